const WIDTH = 80;

/**
 * Breaks a text at its spaces into lines of at most 80 columns, where no word is longer itself.
 * @param {string} text
 * @param {string} [indent] of the lines after the first
 * @returns {string[]}
 */
export function wrap(text, indent = '') {
  const lines = [];
  let line = '';
  for (const word of text.split(/(?<=\S)\s/)) {
    if (line && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent + word;
    } else {
      line = line ? `${line} ${word}` : word;
    }
  }
  return [...lines, line];
}
