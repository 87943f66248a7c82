/** What is tried, in turn. */
export const KINDS = ['ops', 'layers', 'topologies', 'archives', 'hdf5', 'weights'] as const;
export type Kind = (typeof KINDS)[number];

/** What the worker is asked to do. */
export interface Task {
  seed: number;
  /** The first case. */
  from: number;
  /** The case after the last one; null where only time ends it. */
  to: number | null;
  /** The only kind that is tried; null for all. */
  only: Kind | null;
}

/** What it tells: that it is ready, that a case begins, and how it ended. */
export type Message =
  {backends: readonly string[]} | {begins: number, backend: string} | {ends: number, kind: Kind, failure: string | null};
