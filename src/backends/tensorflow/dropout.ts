import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {nativeOne} from './native_ops';

/** Seed and call number are tensors: a recorded step counts up the latter. */
export function dropoutMask(seed: number, call: Tensor, shape: number[], threshold: number, scale: number): Tensor {
  const ints = [seed | 0, tf.util.sizeFromShape(shape)].map(value => tf.scalar(value, 'int32'));
  const halves = [Math.floor(threshold / 65536), threshold % 65536];  // tfjs-node's attributes are int32
  const mask = nativeOne('ExplicitDropoutMask', [ints[0]!, call, ints[1]!], {sizes: halves, numbers: [scale]});
  return tf.reshape(mask, shape);
}
