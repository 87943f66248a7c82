import type {NodeBackend} from '../examples/shared/backend';
import {cases} from './cases';
import type {CaseResult} from './run_case';

/** What one child process does. */
export interface Job {
  section: 'rows';
  backend: NodeBackend;
  /** The names of what is to be measured, in order. */
  names: string[];
  quick: boolean;
}

/** What a child says to its parent. */
export type Message =
  | {type: 'begins', name: string}
  | {type: 'result', result: Result}
  | {type: 'wrong', name: string, message: string}
  | {type: 'unavailable', message: string}
  | {type: 'done'};

/** One thing measured. */
export type Result = {section: 'rows'} & CaseResult;

/** The jobs of a run: one process for each backend, so that none carries what another left. */
export function plan(backends: readonly NodeBackend[], filter: (name: string) => boolean, quick: boolean): Job[] {
  return backends.flatMap((backend) => {
    const names = cases.filter((entry) => entry.backends.includes(backend)).map(({name}) => name).filter(filter);
    return names.length === 0 ? [] : [{section: 'rows' as const, backend, names, quick}];
  });
}
