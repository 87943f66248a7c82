import * as tf from '@tensorflow/tfjs-core';

import {defaultKernels} from './default';
import type {Kernels} from './kernels';

const sets = new Map<string, Kernels>();

/** Gives a backend its own kernels; what is not given is composed of tfjs operations. */
export function registerKernels(backend: string, own: Partial<Kernels>): void {
  sets.set(backend, {...defaultKernels, ...own});
}

/** The kernels of the current backend. */
export function kernels(): Kernels {
  return sets.get(tf.getBackend()) ?? defaultKernels;
}
