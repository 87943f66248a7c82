import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D, Tensor2D} from '@tensorflow/tfjs-core';

import type {ReluShape} from '../kernels';

export function relu(x: Tensor, {negativeSlope, threshold, maxValue}: ReluShape): Tensor {
  if (threshold === 0 && negativeSlope === 0 && maxValue === Infinity) return tf.relu(x);
  const below = negativeSlope === 0 ? tf.zerosLike(x) : tf.mul(tf.sub(x, threshold), negativeSlope);
  const bent = tf.where(tf.less(x, threshold), below, x);
  return maxValue === Infinity ? bent : tf.where(tf.greaterEqual(x, maxValue), tf.fill(x.shape, maxValue), bent);
}

export function reluGrad(dout: Tensor, x: Tensor, {negativeSlope, threshold, maxValue}: ReluShape): Tensor {
  const outside = negativeSlope === 0 ? tf.zerosLike(dout) : tf.mul(dout, negativeSlope);
  const dx = tf.where(tf.greater(x, threshold), dout, outside);
  return maxValue === Infinity ? dx : tf.where(tf.greaterEqual(x, maxValue), tf.zerosLike(dout), dx);
}

export function matMul(a: Tensor2D, b: Tensor2D, transposeA: boolean, transposeB: boolean): Tensor2D {
  return tf.matMul(a, b, transposeA, transposeB) as Tensor2D;
}

export function affine(x: Tensor2D, w: Tensor2D, b: Tensor1D | null): Tensor2D {
  return b ? tf.fused.matMul({a: x, b: w, transposeA: false, transposeB: false, bias: b}) as Tensor2D : tf.matMul(x, w);
}

export function columnSum(x: Tensor2D): Tensor1D {
  return tf.sum(x, 0);
}

/** loss = sum_j y_j (log sum exp(x) - x_j), gradient P sum(y) - y; a class out of range has no y and gives NaN. */
export function softmaxLoss(scores: Tensor2D, labels: Tensor): {losses: Tensor1D, gradient: Tensor2D} {
  const classes = scores.shape[1];
  const isClass = labels.rank === 1;
  const y = isClass ? tf.cast(tf.equal(tf.reshape(labels, [-1, 1]), tf.range(0, classes, 1, 'int32')), 'float32') :
                      labels as Tensor2D;
  const shifted = tf.sub(scores, tf.max(scores, 1, true));
  const exps = tf.exp(shifted);
  const total = tf.sum(exps, 1, true);
  const terms = tf.mul(y, tf.sub(tf.log(total), shifted));
  const losses = tf.sum(tf.where(tf.equal(y, 0), tf.zerosLike(terms), terms), 1) as Tensor1D;
  const weight = tf.sum(y, 1, true);
  const gradient = tf.sub(tf.mul(tf.div(exps, total), weight), y) as Tensor2D;
  if (!isClass) return {losses, gradient};
  const missing = tf.equal(tf.squeeze(weight, [1]), 0);
  return {losses: tf.where(missing, tf.fill(losses.shape, NaN), losses), gradient};
}
