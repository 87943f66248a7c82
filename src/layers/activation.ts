import type {Tensor} from '@tensorflow/tfjs-core';

import {relu} from '../ops';
import type {Activation} from './resolve';

/** Applies an activation: 'relu' is this library's op, every other one tf.layers' own. */
export function activate(activation: Activation, x: Tensor): Tensor {
  const name = activation.getClassName();
  if (name === 'linear') return x;
  return name === 'relu' ? relu(x) : activation.apply(x);
}
