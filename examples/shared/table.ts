import Table from 'cli-table3';

import {TEXT_WIDTH} from '../../src/text_table';

/**
 * A table for a terminal, as wide as it must be and at most {@link TEXT_WIDTH}: the first column takes what the others leave
 * and wraps.
 *
 * @param head the titles of the columns
 * @param rows their cells, as text
 */
export function textTable(head: string[], rows: string[][]): string {
  const needed = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)) + 2);
  const others = needed.slice(1).reduce((sum, width) => sum + width, 0);
  const first = Math.min(needed[0]!, TEXT_WIDTH - others - head.length - 1);
  const table = new Table({
    head, colWidths: [first, ...needed.slice(1)], wordWrap: true,
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')), style: {head: [], border: [], compact: true},
  });
  table.push(...rows);
  return table.toString();
}
