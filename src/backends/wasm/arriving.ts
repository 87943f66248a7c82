import {beforeBackendStarts} from '../../tfjs_private';
import type {Loadable} from './carried';

/**
 * For a build that has the kernels of wasm in a file of their own: loads them when that backend starts, which then waits for
 * them. Where it ran before, they are loaded at its first op, and operations of tfjs are composed until they are there.
 * @param remedy What to do if they do not load.
 * @returns Gives the kernels; null until they are there.
 */
export function arriving(load: () => Promise<Loadable>, remedy: string): () => Loadable | null {
  let kernels: Loadable | null = null;
  let arrival: Promise<void> | undefined;
  const start = (): Promise<void> => arrival ??= load().then(text => { kernels = text; }, ({message}: Error) =>
    console.warn(`tfjs-explicit-layers: the kernels for wasm did not load (${message}), and what runs in their place is slow. ` +
        remedy));
  // A backend that is registered by another import of the same program may come after this one.
  if (!beforeBackendStarts('wasm', start)) void Promise.resolve().then(() => beforeBackendStarts('wasm', start));
  return () => {
    void start();
    return kernels;
  };
}
