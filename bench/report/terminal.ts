import {NODE_BACKENDS} from '../../examples/shared/backend';
import {textTable} from '../../examples/shared/table';
import {wrapText} from '../../src/text_table';
import type {Result} from '../jobs';
import {tablesOf} from './tables';

/** Everything found, as tables of at most 80 columns. */
export function terminalReport(results: readonly Result[]): string {
  return tablesOf(results, NODE_BACKENDS).map(({title, head, rows, notes}) =>
    ['', title, textTable(head, rows), ...notes.map((line) => wrapText(line))].join('\n')).join('\n');
}
