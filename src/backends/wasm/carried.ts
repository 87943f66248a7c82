import * as loadable from './loadable';

export type Loadable = typeof loadable;

/** What runs on the heap of wasm; null where a build has it in a file of its own that is not loaded yet. */
export function carried(): Loadable | null {
  return loadable;
}
