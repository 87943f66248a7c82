import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import {layers} from '@tensorflow/tfjs-layers';

import {explicitOp} from '../../src';

/**
 * ReLU forward; backward it also keeps back what would lower the output: dx = max(dout, 0) where x > 0. It shows what
 * speaks for a class and hides what speaks against it, and is not a derivative (Springenberg and others, Striving for
 * Simplicity, 2014).
 */
export const guidedRelu = explicitOp<{x: Tensor}>({
  name: 'guidedRelu',
  forward: ({x}) => ({out: tf.relu(x)}),
  backward: {x: (dout, {x}) => tf.mul(tf.relu(dout), tf.step(x))},
});

/** The rule as a layer; it has no weights, and a place in a model of one run needs no name in files. */
export class GuidedReLU extends layers.Layer {
  static className = 'GuidedReLU';

  override call(inputs: Tensor | Tensor[]): Tensor {
    return guidedRelu({x: Array.isArray(inputs) ? inputs[0]! : inputs});
  }
}
