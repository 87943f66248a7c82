import Table from 'cli-table3';

/** Columns of a terminal that every table here keeps to. */
export const TABLE_WIDTH = 80;

/**
 * A table for a terminal, as wide as it must be and at most 80 columns: the first column takes what the others leave
 * and wraps.
 *
 * @param head the titles of the columns
 * @param rows their cells, as text
 */
export function textTable(head: string[], rows: string[][]): string {
  const needed = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)) + 2);
  const others = needed.slice(1).reduce((sum, width) => sum + width, 0);
  const first = Math.min(needed[0]!, TABLE_WIDTH - others - head.length - 1);
  const table = new Table({
    head, colWidths: [first, ...needed.slice(1)], wordWrap: true,
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')), style: {head: [], border: [], compact: true},
  });
  table.push(...rows);
  return table.toString();
}

/** Text in lines of at most {@link TABLE_WIDTH}. */
export function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + 1 + word.length > TABLE_WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}
