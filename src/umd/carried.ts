/** In the small script for backends/wasm/carried.ts: the kernels are in a file beside it. */
import {version} from '../../package.json';
import {arriving} from '../backends/wasm/arriving';
import type {Loadable} from '../backends/wasm/carried';

/** Where that file leaves them. */
export type WithKernels = {tfjsExplicitLayersWasm?: Loadable & {version: string}};

const FILE = 'tfjs-explicit-layers.wasm.min.js';
const own = (globalThis.document?.currentScript as HTMLScriptElement | null | undefined)?.src;

export const carried = arriving(() => new Promise((resolve, reject) => {
  const settle = (): void => {
    const {tfjsExplicitLayersWasm: kernels} = globalThis as WithKernels;
    if (kernels?.version === version) resolve(kernels);
    else reject(new Error(`no ${FILE} of version ${version}`));
  };
  if (!own || (globalThis as WithKernels).tfjsExplicitLayersWasm?.version === version) return settle();
  const script = document.createElement('script');
  script.src = own.replace(/[^/]*$/, FILE);
  script.onload = script.onerror = settle;
  document.head.append(script);
}), 'Put that file beside this script, or give it a script tag.');
