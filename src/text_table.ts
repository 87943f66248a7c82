/** Columns of a terminal that tables and notes keep to. */
export const TEXT_WIDTH = 80;

/** A column of a {@link textTable}. */
export interface TextColumn {
  title: string;
  align?: 'left' | 'right';
}

/**
 * A plain table: columns two spaces apart, a rule under the titles. Where it would be wider than {@link TEXT_WIDTH}, long
 * cells of the first column get a line of their own above their row, so that names stay whole.
 *
 * @param columns titles and alignment
 * @param rows their cells, as text; an empty row makes a blank line
 */
export function textTable(columns: readonly TextColumn[], rows: ReadonlyArray<readonly string[]>): string {
  const widths = columns.map(({title}, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const others = widths.slice(1).reduce((sum, width) => sum + width + 2, 0);
  widths[0] = Math.max(4, Math.min(widths[0]!, TEXT_WIDTH - others));
  const line = ([first, ...cells]: readonly string[]): string => {
    if (first !== undefined && first.length > widths[0]!) return `${first}\n${line(['', ...cells])}`;
    return [first ?? '', ...cells].map((cell, i) =>
      (columns[i]!.align === 'right' ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  ').trimEnd();
  };
  return [
    line(columns.map(({title}) => title)),
    columns.map(({title}, i) => (title === '' ? '' : '-'.repeat(widths[i]!))).join('  ').trimEnd(),
    ...rows.map(line),
  ].join('\n');
}

/**
 * Text in lines of at most {@link TEXT_WIDTH}; a word that is longer stays whole. The blanks that it begins with stay.
 * @param indent of the lines after the first
 */
export function wrapText(text: string, indent = ''): string {
  const lines: string[] = [];
  let line = /^ */.exec(text)![0];
  for (const word of text.trimStart().split(' ')) {
    const isFirst = line.trim() === '';
    if (!isFirst && line.length + 1 + word.length > TEXT_WIDTH) {
      lines.push(line);
      line = indent + word;
    } else {
      line += isFirst ? word : ` ${word}`;
    }
  }
  return [...lines, line].join('\n');
}
