import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D, Tensor2D} from '@tensorflow/tfjs-core';

import {columnSum} from './dense';

/** Two passes, mean then squares of the differences: the difference of large squares would lose all digits. */
export function batchNorm(
    x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, epsilon: number, sum = columnSum):
    {out: Tensor2D, mean: Tensor1D, variance: Tensor1D} {
  const rows = x.shape[0];
  const mean = tf.div(sum(x), rows) as Tensor1D;
  const centred = tf.sub(x, mean) as Tensor2D;
  const variance = tf.div(sum(tf.square(centred)), rows) as Tensor1D;
  const scale = times(tf.rsqrt(tf.add(variance, epsilon)), gamma);
  return {out: plus(tf.mul(centred, scale), beta), mean, variance};
}

/** dx = gamma / std * (dout - (sum(dout) + x-hat * sum(dout * x-hat)) / R), put together from two column sums. */
export function batchNormGrad(
    dout: Tensor2D, x: Tensor2D, gamma: Tensor1D | null, mean: Tensor1D, variance: Tensor1D,
    epsilon: number, sum = columnSum): {dx: Tensor2D, dgamma: Tensor1D, dbeta: Tensor1D} {
  const rows = x.shape[0];
  const rstd = tf.rsqrt(tf.add(variance, epsilon)) as Tensor1D;
  const xHat = tf.mul(tf.sub(x, mean), rstd) as Tensor2D;
  const dbeta = sum(dout);
  const dgamma = sum(tf.mul(dout, xHat));
  const pulled: Tensor = tf.sub(dout, tf.add(tf.div(dbeta, rows), tf.mul(xHat, tf.div(dgamma, rows))));
  return {dx: tf.mul(pulled, times(rstd, gamma)) as Tensor2D, dgamma, dbeta};
}

export function batchNormInference(
    x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, mean: Tensor1D, variance: Tensor1D,
    epsilon: number): Tensor2D {
  return tf.batchNorm(x, mean, variance, beta ?? undefined, gamma ?? undefined, epsilon) as Tensor2D;
}

export function layerNorm(x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, epsilon: number):
    {out: Tensor2D, saved: {[name: string]: Tensor}} {
  const mean = tf.mean(x, 1, true);
  const centred = tf.sub(x, mean);
  const rstd = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon));
  const out = plus(times(tf.mul(centred, rstd), gamma), beta);
  return {out: out as Tensor2D, saved: {mean, rstd}};
}

/** dx = (g - mean(g) - x-hat * mean(g * x-hat)) / std with g = dout * gamma, means over the row. */
export function layerNormGrad(
    dout: Tensor2D, x: Tensor2D, gamma: Tensor1D | null, saved: {[name: string]: Tensor}):
    {dx: Tensor2D, dgamma: Tensor1D, dbeta: Tensor1D} {
  const {mean, rstd} = saved as {mean: Tensor, rstd: Tensor};
  const xHat = tf.mul(tf.sub(x, mean), rstd) as Tensor2D;
  const g = times(dout, gamma);
  const pulled: Tensor = tf.sub(g, tf.add(tf.mean(g, 1, true), tf.mul(xHat, tf.mean(tf.mul(g, xHat), 1, true))));
  return {
    dx: tf.mul(pulled, rstd) as Tensor2D,
    dgamma: columnSum(tf.mul(dout, xHat)),
    dbeta: columnSum(dout),
  };
}

function times<T extends Tensor>(x: T, gamma: Tensor1D | null): T {
  return gamma ? tf.mul(x, gamma) : x;
}

function plus<T extends Tensor>(x: T, beta: Tensor1D | null): T {
  return beta ? tf.add(x, beta) : x;
}
