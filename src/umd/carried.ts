/** In the small script for backends/wasm/carried.ts: the kernels are in a file beside it, loaded when wasm needs them. */
import {version} from '../../package.json';
import type {ModuleText} from '../backends/wasm/carried';

/** Where that file leaves them. */
export type WithKernels = {tfjsExplicitLayersWasm?: ModuleText & {version: string}};

const FILE = 'tfjs-explicit-layers.wasm.min.js';
const own = (globalThis.document?.currentScript as HTMLScriptElement | null | undefined)?.src;
let asked = false;

export function carried(): ModuleText | null {
  const {tfjsExplicitLayersWasm: kernels} = globalThis as WithKernels;
  if (kernels?.version === version) return kernels;
  if (!asked) {
    asked = true;
    if (own) load(own.replace(/[^/]*$/, FILE));
    else warn();
  }
  return null;
}

function load(src: string): void {
  const script = document.createElement('script');
  script.src = src;
  script.onload = script.onerror = () => {
    if (!carried()) warn();
  };
  document.head.append(script);
}

function warn(): void {
  console.warn(`tfjs-explicit-layers: without ${FILE} of version ${version}, wasm is slow here: operations of tfjs are ` +
      'composed. Put that file beside this script, or give it a script tag.');
}
