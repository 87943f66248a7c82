import type {NodeBackend} from '../examples/shared/backend';
import {sections} from './sections';
import type {Findings, RunOptions, SectionName} from './sections';

/** What one child process does. */
export interface Job {
  section: SectionName;
  backend: NodeBackend;
  /** What is to be measured, in order. */
  items: string[];
  options: RunOptions;
}

/** What a child says to its parent. */
export type Message =
  | {type: 'started', title: string}
  | {type: 'begins', item: string}
  | {type: 'result', result: Result}
  | {type: 'wrong', item: string, message: string}
  | {type: 'unavailable', item?: string, message: string}
  | {type: 'done'};

/** One thing measured. */
export type Result<S extends SectionName = SectionName> =
  S extends SectionName ? {section: S, backend: NodeBackend, item: string, found: Findings[S]} : never;

/** What is to be measured. */
export interface Selection {
  backends: readonly NodeBackend[];
  sections: readonly SectionName[];
  filter?: RegExp;
}

/** The jobs of a run: one process for each part and backend, so that none carries what another left. */
export function plan({backends, sections: names, filter}: Selection, options: RunOptions): Job[] {
  return names.flatMap((section) => {
    const used = backends.filter((backend) => sections[section].backends.includes(backend));
    return used.flatMap((backend) => {
      const items = sections[section].items(backend).filter((item) => filter?.test(item) ?? true);
      return items.length === 0 ? [] : [{section, backend, items, options}];
    });
  });
}

/** What one section found on one backend, in order. */
export function resultsOf<S extends SectionName>(results: readonly Result[], section: S, backend: NodeBackend):
    Findings[S][] {
  return results.filter((result) => result.section === section && result.backend === backend)
    .map(({found}) => found as Findings[S]);
}
