import * as tf from '@tensorflow/tfjs-core';

import {scratchBytes} from '../../src/backends/cpu/scratch';

/**
 * The most bytes that tensors took at any moment of `f`, and the memory of our own beside them after it. tf.profile
 * looks only after each of tfjs's kernels; this looks at every tensor made, also by operations that a backend runs
 * directly.
 */
export async function peakBytes(f: () => unknown): Promise<number> {
  const {state} = tf.engine() as unknown as {state: {numBytes: number}};
  let bytes = state.numBytes;
  let peak = bytes;
  Object.defineProperty(state, 'numBytes', {
    configurable: true, enumerable: true,
    get: () => bytes,
    set: (value: number) => {
      bytes = value;
      peak = Math.max(peak, value);
    },
  });
  try {
    await f();
  } finally {
    Object.defineProperty(state, 'numBytes', {configurable: true, enumerable: true, writable: true, value: bytes});
  }
  return peak + scratchBytes();
}
