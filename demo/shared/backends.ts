import * as tf from '@tensorflow/tfjs-core';

/** The backends a browser may have, the fastest first. */
export const BACKENDS = ['webgpu', 'webgl', 'wasm', 'cpu'] as const;

export type Backend = typeof BACKENDS[number];

const load: {[name in Backend]: () => Promise<unknown>} = {
  webgpu: () => import('@tensorflow/tfjs-backend-webgpu'),
  webgl: () => import('@tensorflow/tfjs-backend-webgl'),
  wasm: async () => (await import('./wasm')).prepare(),
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
};

/**
 * Loads and starts a backend, in a page or in a worker.
 * @throws If this browser does not have it: the message is for the visitor.
 */
export async function startBackend(name: Backend): Promise<void> {
  tf.env().set('PROD', true);
  await load[name]();
  const started = await tf.setBackend(name).catch(() => false);
  if (!started) throw new Error(`This browser does not run ${name} here.`);
  await tf.ready();
}

/** Which backends start here: a context that nobody computes with is cheap, so each is tried. */
export async function missingBackends(): Promise<Backend[]> {
  const missing: Backend[] = [];
  for (const name of BACKENDS) {
    const there = name === 'webgpu' ? await hasWebGpu() : name === 'webgl' ? hasWebGl() : name === 'cpu' || hasWasm();
    if (!there) missing.push(name);
  }
  return missing;
}

async function hasWebGpu(): Promise<boolean> {
  const gpu = (navigator as {gpu?: {requestAdapter: () => Promise<unknown>}}).gpu;
  return Boolean(await gpu?.requestAdapter().catch(() => null));
}

function hasWebGl(): boolean {
  return typeof OffscreenCanvas !== 'undefined' && new OffscreenCanvas(1, 1).getContext('webgl2') !== null;
}

function hasWasm(): boolean {
  return typeof WebAssembly === 'object';
}
