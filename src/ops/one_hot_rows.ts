import * as tf from '@tensorflow/tfjs-core';
import type {Tensor2D} from '@tensorflow/tfjs-core';

/** One-hot rows [N, classes] of labels [N, 1], all zeros for what is no class; core's oneHot refuses a single class. */
export function oneHotRows(labels: Tensor2D, classes: number): Tensor2D {
  return tf.cast(tf.equal(labels, tf.range(0, classes, 1, labels.dtype as 'int32')), 'float32');
}
