import type {Tensor, Tensor1D, Tensor2D} from '@tensorflow/tfjs-core';

import type {ReluParameters} from '../kernels';
import {bool, execute} from './execute';
import {native, nativeOne} from './native_ops';
import {thresholds} from './thresholds';

const bends = ({negativeSlope, threshold, maxValue}: ReluParameters) => ({numbers: [negativeSlope, threshold, maxValue]});

export function relu(x: Tensor, parameters: ReluParameters): Tensor {
  return nativeOne('ExplicitRelu', [x], bends(parameters));
}

export function reluGrad(dout: Tensor, x: Tensor, parameters: ReluParameters): Tensor {
  return nativeOne('ExplicitReluGrad', [dout, x], bends(parameters));
}

/**
 * Ours for a^T b of few terms, or of few rows and many terms; else TensorFlow's BatchMatMulV2, which is quicker than its
 * MatMul where an operand is transposed, and as quick elsewhere.
 */
export function matMul(a: Tensor2D, b: Tensor2D, transposeA: boolean, transposeB: boolean): Tensor2D {
  const [terms, rows] = a.shape;
  const isOurs = transposeA && !transposeB && b.shape[1] > 0 && b.shape[1] % thresholds.vector === 0 &&
      (terms <= thresholds.fewTerms || rows <= thresholds.fewRows);
  return isOurs ? nativeOne('ExplicitTransposedProduct', [a, b]) :
      execute('BatchMatMulV2', [bool('adj_x', transposeA), bool('adj_y', transposeB)], [a, b]);
}

export function affine(x: Tensor2D, w: Tensor2D, b: Tensor1D | null): Tensor2D {
  return addBias(matMul(x, w, false, false), b, false);
}

export function affineRelu(x: Tensor2D, w: Tensor2D, b: Tensor1D | null): Tensor2D {
  return addBias(matMul(x, w, false, false), b, true);
}

/**
 * Adds a bias to the last axis of a tensor that was just made; then max(0, .) if asked. The tensor may be overwritten: it is
 * of no use without its bias.
 */
export function addBias<T extends Tensor>(fresh: T, bias: Tensor1D | null, rectify: boolean): T {
  if (bias) return nativeOne('ExplicitAddBias', [fresh, bias], {sizes: [Number(rectify)]});
  return rectify ? nativeOne('ExplicitRelu', [fresh], bends({negativeSlope: 0, threshold: 0, maxValue: Infinity})) : fresh;
}

export function columnSum(x: Tensor2D): Tensor1D {
  return nativeOne('ExplicitColumnSum', [x]);
}

export function softmaxLoss(scores: Tensor2D, labels: Tensor): {losses: Tensor1D, gradient: Tensor2D} {
  const op = labels.rank === 1 ? 'ExplicitSoftmaxLossOfClasses' : 'ExplicitSoftmaxLossOfWeights';
  const [losses, gradient] = native(op, [scores, labels], {}, 2);
  return {losses: losses as Tensor1D, gradient: gradient as Tensor2D};
}
