import type {NodeBackend} from '../../examples/shared/backend';
import type {FirstCallResult} from '../sections/first_calls';
import {figures, megabytes, verdict} from './format';
import type {ReportTable} from './table';

/** What the first call of each operation costs on a backend beside the later ones. */
export function firstCallTable(backend: NodeBackend, results: readonly FirstCallResult[]): ReportTable {
  return {
    title: `${backend}: first calls of ours`,
    head: ['', 'first ms', 'later ms', 'kept MB', 'later MB', 'nothing again'],
    rows: results.map(({name, firstMs, laterMs, keptBytes: {first, later}}) => [
      name, figures(firstMs), figures(laterMs), megabytes(first), megabytes(later), verdict('', later === 0).trim(),
    ]),
    notes: ['Kept: memory that stays after the first call; later: what nine more calls add to it. The first call of all ' +
      'also loads the backend.'],
  };
}
