import * as tf from '@tensorflow/tfjs-core';

/** tf.tidy for results of any type; tensors anywhere in the result are kept. */
export function tidy<T>(f: () => T): T {
  return tf.tidy(f as () => tf.TensorContainer) as T;
}
