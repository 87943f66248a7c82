/** The backends a browser may have, the fastest first. */
export const BACKENDS = ['webgpu', 'webgl', 'wasm', 'cpu'] as const;

export type Backend = typeof BACKENDS[number];

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
