import * as tf from '@tensorflow/tfjs-core';

/** False where reading a value waits until a device has done all work before. */
export function readsAtOnce(): boolean {
  return !['webgl', 'webgpu'].includes(tf.getBackend());
}

/** True where the current backend has this tfjs kernel. */
export function hasKernel(name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) != null;
}
