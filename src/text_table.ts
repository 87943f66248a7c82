/** Columns of a terminal that tables and notes keep to. */
export const TEXT_WIDTH = 80;

/** A column of a {@link textTable}. */
export interface TextColumn {
  title: string;
  align?: 'left' | 'right';
}

/**
 * A plain table: columns two spaces apart, a rule under the titles. The first column is cut where the table would be
 * wider than {@link TEXT_WIDTH}.
 *
 * @param columns titles and alignment
 * @param rows their cells, as text; an empty row makes a blank line
 */
export function textTable(columns: readonly TextColumn[], rows: ReadonlyArray<readonly string[]>): string {
  const widths = columns.map(({title}, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const others = widths.slice(1).reduce((sum, width) => sum + width + 2, 0);
  widths[0] = Math.max(4, Math.min(widths[0]!, TEXT_WIDTH - others));
  const line = (cells: readonly string[]) => cells.map((cell, i) => {
    const text = shorten(cell, widths[i]!);
    return columns[i]!.align === 'right' ? text.padStart(widths[i]!) : text.padEnd(widths[i]!);
  }).join('  ').trimEnd();
  return [
    line(columns.map(({title}) => title)),
    columns.map(({title}, i) => (title === '' ? '' : '-'.repeat(widths[i]!))).join('  ').trimEnd(),
    ...rows.map(line),
  ].join('\n');
}

/**
 * Text in lines of at most {@link TEXT_WIDTH}. The blanks that it begins with stay.
 * @param indent of the lines after the first
 */
export function wrapText(text: string, indent = ''): string {
  const first = /^ */.exec(text)![0];
  const lines: string[] = [];
  let line = '';
  for (const word of text.slice(first.length).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > TEXT_WIDTH) {
      lines.push(line);
      line = indent + word;
    } else {
      line = line === '' ? first + word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\n');
}

/** Keeps the end, which tells layers of one model apart. */
function shorten(text: string, width: number): string {
  return text.length <= width ? text : `…${text.slice(text.length - width + 1)}`;
}
