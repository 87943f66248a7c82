import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D, Tensor2D} from '@tensorflow/tfjs-core';

import type {ReluParameters} from '../kernels';

/** True for max(0, x). */
export function isPlainRelu({negativeSlope, threshold, maxValue}: ReluParameters): boolean {
  return negativeSlope === 0 && threshold === 0 && maxValue === Infinity;
}

export function relu(x: Tensor, parameters: ReluParameters): Tensor {
  const {negativeSlope, threshold, maxValue} = parameters;
  if (isPlainRelu(parameters)) return tf.relu(x);
  const below = negativeSlope === 0 ? tf.zerosLike(x) : tf.mul(tf.sub(x, threshold), negativeSlope);
  const bent = tf.where(tf.less(x, threshold), below, x);
  return maxValue === Infinity ? bent : tf.where(tf.greaterEqual(x, maxValue), tf.fill(x.shape, maxValue), bent);
}

export function reluGrad(dout: Tensor, x: Tensor, {negativeSlope, threshold, maxValue}: ReluParameters): Tensor {
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
  return sumInBlocks(x, rows => tf.sum(rows, 0));
}

/** Rows that are summed one after the other: so few that a float keeps its digits. */
const rowsTogether = 16;

/** Sums of the columns of [R, C], `rowsTogether` rows far from each other at a time, until few are left. */
export function sumInBlocks(x: Tensor2D, sum: (rows: Tensor2D) => Tensor1D): Tensor1D {
  const [rows, columns] = x.shape, each = Math.floor(rows / rowsTogether), whole = each * rowsTogether;
  if (each < 2) return sum(x);
  const head = whole < rows ? tf.slice(x, 0, whole) : x;
  const sums = tf.reshape(sum(tf.reshape(head, [rowsTogether, each * columns])), [each, columns]) as Tensor2D;
  const all = whole < rows ? tf.concat([sums, tf.slice(x, whole)], 0) : sums;
  return sumInBlocks(all, sum);
}
