import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D, Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

import {executeAll, bool, execute, float, text, type} from './execute';
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
    epsilon: number): {dx: Tensor2D, dgamma: Tensor1D, dbeta: Tensor1D} {
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

/** x-hat is kept: making it again would cost two passes. */
export function layerNorm(x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, epsilon: number):
    {out: Tensor2D, saved: {[name: string]: Tensor}} {
  const centred = tf.sub(x, rowMean(x)) as Tensor2D;
  const rstd = tf.rsqrt(tf.add(rowMean(tf.square(centred)), epsilon));
  const xHat = tf.mul(centred, rstd) as Tensor2D;
  const scaled = gamma ? tf.mul(xHat, gamma) as Tensor2D : xHat;
  return {out: beta ? tf.add(scaled, beta) : scaled, saved: {xHat, rstd}};
}

/**
 * dx = (dout gamma - mean(dout gamma) - x-hat mean(dout gamma x-hat)) / std; row means of products with gamma are
 * matrix products.
 */
export function layerNormGrad(
    dout: Tensor2D, x: Tensor2D, gamma: Tensor1D | null, saved: {[name: string]: Tensor}):
    {dx: Tensor2D, dgamma: Tensor1D, dbeta: Tensor1D} {
  const {xHat, rstd} = saved as {xHat: Tensor2D, rstd: Tensor2D};
  const weighted = tf.mul(dout, xHat) as Tensor2D;
  const g = gamma ? tf.mul(dout, gamma) : dout;
  const along = gamma ? (t: Tensor2D) => dot(t, tf.div(gamma, x.shape[1])) : rowMean;
  const pulled = tf.sub(tf.sub(g, along(dout)), tf.mul(xHat, along(weighted)));
  return {dx: tf.mul(pulled, rstd) as Tensor2D, dgamma: tf.sum(weighted, 0), dbeta: tf.sum(dout, 0)};
}

function rowMean(x: Tensor2D): Tensor2D {
  return tf.mean(x, 1, true) as Tensor2D;
}

function dot(x: Tensor2D, column: Tensor): Tensor2D {
  return execute('MatMul', [bool('transpose_a', false), bool('transpose_b', false)],
      [x, tf.reshape(column, [x.shape[1], 1])]);
}
