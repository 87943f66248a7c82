import {composedSet, registerKernels} from '../../src/backends/registry';

/** Gives a backend the kernels that are composed of tfjs operations; the result takes them back. */
export function replaceKernels(backend: string): () => void {
  const composed = composedSet('the specs want them');
  return registerKernels(backend, () => composed);
}
