import * as bytes from './module_bytes';

/** The kernels as module_bytes.ts has them. */
export type ModuleText = typeof bytes;

/** The kernels; null where a build has them in a file of its own that is not loaded yet. */
export function carried(): ModuleText | null {
  return bytes;
}
