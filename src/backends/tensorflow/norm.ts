import * as tf from '@tensorflow/tfjs-core';
import type {Tensor1D, Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

import type {NormGradients} from '../kernels';
import {bool, executeAll, float, text, type} from './execute';
import type {Attribute} from './execute';

/** The fused kernels want an image; rows as the width of one are the quickest. */
function asImage(x: Tensor2D): Tensor4D {
  return tf.reshape(x, [1, 1, ...x.shape]);
}

function attributes(epsilon: number, isTraining: boolean): Attribute[] {
  return [type('U', 'float32'), float('epsilon', epsilon), text('data_format', 'NHWC'), bool('is_training', isTraining)];
}

export function batchNorm(x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, epsilon: number):
    {out: Tensor2D, mean: Tensor1D, variance: Tensor1D} {
  const channels = x.shape[1];
  const none = tf.tensor1d([]);
  // The second output pair is kept for the gradient: the variance there is uncorrected, the first one's is not.
  const [out, , , mean, variance] = executeAll(
      'FusedBatchNormV3', [...attributes(epsilon, true), float('exponential_avg_factor', 1)],
      [asImage(x), gamma ?? tf.ones([channels]), beta ?? tf.zeros([channels]), none, none], 6);
  return {out: tf.reshape(out!, x.shape), mean: mean as Tensor1D, variance: variance as Tensor1D};
}

export function batchNormGrad(
    dout: Tensor2D, x: Tensor2D, gamma: Tensor1D | null, mean: Tensor1D, variance: Tensor1D,
    epsilon: number): NormGradients {
  const [dx, dgamma, dbeta] = executeAll(
      'FusedBatchNormGradV3', attributes(epsilon, true),
      [asImage(dout), asImage(x), gamma ?? tf.ones([x.shape[1]]), mean, variance, tf.tensor1d([])], 5);
  return {dx: tf.reshape(dx!, x.shape), dgamma: dgamma as Tensor1D, dbeta: dbeta as Tensor1D};
}

export function batchNormInference(
    x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, mean: Tensor1D, variance: Tensor1D,
    epsilon: number): Tensor2D {
  const channels = x.shape[1];
  const [out] = executeAll(
      'FusedBatchNormV3', [...attributes(epsilon, false), float('exponential_avg_factor', 1)],
      [asImage(x), gamma ?? tf.ones([channels]), beta ?? tf.zeros([channels]), mean, variance], 6);
  return tf.reshape(out!, x.shape);
}
