import type {NodeBackend} from '../../examples/shared/backend';
import {resultsOf} from '../jobs';
import type {Result} from '../jobs';
import {firstCallTable} from './first_calls';
import {growthTables} from './growth';
import {limitTables} from './limit';
import {memoryTable} from './memory';
import {peerTable} from './peers';
import {rowTable} from './rows';
import type {ReportTable} from './table';
import {threadsTable} from './threads';

/** Every table that something was found for. */
export function tablesOf(results: readonly Result[], backends: readonly NodeBackend[]): ReportTable[] {
  const found = backends.map((backend) => ({
    backend,
    rows: resultsOf(results, 'rows', backend),
    memory: resultsOf(results, 'memory', backend),
    firstCalls: resultsOf(results, 'firstCalls', backend),
  }));
  return [
    ...found.map(({backend, rows}) => rowTable(backend, rows)),
    threadsTable(resultsOf(results, 'threads', 'wasm')),
    peerTable(results.filter((result) => result.section === 'peers')),
    memoryTable(found),
    ...growthTables(resultsOf(results, 'growth', 'tensorflow')),
    ...limitTables(results),
    ...found.map(({backend, firstCalls}) => firstCallTable(backend, firstCalls)),
  ].filter(({rows}) => rows.length > 0);
}
