import type {Tensor, Tensor1D, Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

import type {ConvGeometry, WindowGeometry} from '../../geometry';
import {tieRules} from '../kernels';
import type {NormGradients, ReluParameters, Statistics, TieRule} from '../kernels';
import {addBiasRelu} from './bias';
import * as tensorFlowConv from './conv';
import * as tensorFlowDense from './dense';
import {native} from './native_ops';
import type {NativeAttributes} from './native_ops';

const LARGEST_FILTER = 2 ** 18;
/** Entries of a patch up to which {@link conv2d} is the quicker one; fewer where filters do not fill wide vectors. */
const LARGEST_PATCH = 320;
const LARGEST_NARROW_PATCH = 96;
/** Floats of a vector in `native/tiles.h`. */
const VECTOR = 8;

/** A window without the sizes of tensors, which `native/window.h` takes from the tensors. */
function windowSizes(g: WindowGeometry): number[] {
  return [...g.kernel, ...g.strides, ...g.dilation, ...g.padding.flat()];
}

function one<T extends Tensor>(op: string, inputs: Array<Tensor | null>, attributes?: NativeAttributes): T {
  return native(op, inputs, attributes)[0] as T;
}

/** Null where TensorFlow's kernel is the better one: for large patches, and where filters do not fill vectors. */
export function conv2d(x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry): Tensor4D | null {
  return servesForward(g) ? one('ExplicitConv', [x, w, b], {sizes: [...windowSizes(g), 0]}) : null;
}

export function conv2dRelu(x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry): Tensor4D | null {
  if (servesForward(g)) return one('ExplicitConv', [x, w, b], {sizes: [...windowSizes(g), 1]});
  return b && addBiasRelu(tensorFlowConv.conv2d(x, w, null, g), b);
}

function servesForward(g: ConvGeometry): boolean {
  const patch = g.kernel[0] * g.kernel[1] * g.channels;
  return g.groups === 1 && g.filters % VECTOR === 0 &&
      patch <= (g.filters % (2 * VECTOR) === 0 ? LARGEST_PATCH : LARGEST_NARROW_PATCH);
}

/** Null where TensorFlow's kernel is the better one: sums for a filter as large as this would be kept by every thread. */
export function conv2dFilterGrad(x: Tensor4D, dout: Tensor4D, g: ConvGeometry): Tensor4D | null {
  return conv2dWeightGrads(x, dout, g)?.dw ?? null;
}

export function conv2dWeightGrads(x: Tensor4D, dout: Tensor4D, g: ConvGeometry): {dw: Tensor4D, db: Tensor1D} | null {
  const size = g.kernel[0] * g.kernel[1] * g.channels * g.filters;
  if (g.groups > 1 || size > LARGEST_FILTER) return null;
  const [dw, db] = native('ExplicitConvWeightGrads', [x, dout], {sizes: windowSizes(g)}, 2);
  return {dw: dw as Tensor4D, db: db as Tensor1D};
}

export function maxPool(x: Tensor4D, g: WindowGeometry): Tensor4D {
  return one('ExplicitMaxPool', [x], {sizes: windowSizes(g)});
}

export function maxPoolScatter(
    dout: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  return one('ExplicitMaxPoolScatter', [dout, x, out], {sizes: [...windowSizes(g), tieRules.indexOf(ties)]});
}

export function maxPoolGather(v: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  return one('ExplicitMaxPoolGather', [v, x, out], {sizes: [...windowSizes(g), tieRules.indexOf(ties)]});
}

const bends = ({negativeSlope, threshold, maxValue}: ReluParameters) => ({numbers: [negativeSlope, threshold, maxValue]});

export function relu(x: Tensor, shape: ReluParameters): Tensor {
  return one('ExplicitRelu', [x], bends(shape));
}

export function reluGrad(dout: Tensor, x: Tensor, shape: ReluParameters): Tensor {
  return one('ExplicitReluGrad', [dout, x], bends(shape));
}

/** Null where TensorFlow's product is the better one: but for a^T b of few terms, or of few rows and many terms. */
export function matMul(a: Tensor2D, b: Tensor2D, transposeA: boolean, transposeB: boolean): Tensor2D | null {
  const [terms, rows] = a.shape;
  const serves = transposeA && !transposeB && b.shape[1] % VECTOR === 0 && (terms <= 256 || rows <= 64);
  return serves ? one('ExplicitTransposedProduct', [a, b]) : null;
}

export function affineRelu(x: Tensor2D, w: Tensor2D, b: Tensor1D | null): Tensor2D | null {
  return b && addBiasRelu(tensorFlowDense.matMul(x, w, false, false), b);
}

export function columnSum(x: Tensor2D): Tensor1D {
  return one('ExplicitColumnSum', [x]);
}

export function softmaxLoss(scores: Tensor2D, labels: Tensor): {losses: Tensor1D, gradient: Tensor2D} {
  const op = labels.rank === 1 ? 'ExplicitSoftmaxLossOfClasses' : 'ExplicitSoftmaxLossOfWeights';
  const [losses, gradient] = native(op, [scores, labels], {}, 2);
  return {losses: losses as Tensor1D, gradient: gradient as Tensor2D};
}

export function batchNorm(x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, epsilon: number):
    {out: Tensor2D, mean: Tensor1D, variance: Tensor1D} {
  const [out, mean, variance] = native('ExplicitBatchNorm', [x, gamma, beta], {numbers: [epsilon]}, 3);
  return {out: out as Tensor2D, mean: mean as Tensor1D, variance: variance as Tensor1D};
}

export function batchNormGrad(
    dout: Tensor2D, x: Tensor2D, gamma: Tensor1D | null, mean: Tensor1D, variance: Tensor1D,
    epsilon: number): NormGradients {
  return gradients(native('ExplicitBatchNormGrad', [dout, x, gamma, mean, variance], {numbers: [epsilon]}, 3));
}

export function movingAverages(running: Statistics, batch: Statistics, share: number): Statistics {
  const given = [running.mean, batch.mean, running.variance, batch.variance];
  const [mean, variance] = native('ExplicitMovingAverages', given, {numbers: [share, 1 - share]}, 2);
  return {mean: mean as Tensor1D, variance: variance as Tensor1D};
}

export function batchNormInference(
    x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, mean: Tensor1D, variance: Tensor1D,
    epsilon: number): Tensor2D {
  return one('ExplicitBatchNormInference', [x, gamma, beta, mean, variance], {numbers: [epsilon]});
}

export function layerNorm(x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, epsilon: number):
    {out: Tensor2D, mean: Tensor1D, rstd: Tensor1D} {
  const [out, mean, rstd] = native('ExplicitLayerNorm', [x, gamma, beta], {numbers: [epsilon]}, 3);
  return {out: out as Tensor2D, mean: mean as Tensor1D, rstd: rstd as Tensor1D};
}

export function layerNormGrad(
    dout: Tensor2D, x: Tensor2D, gamma: Tensor1D | null, mean: Tensor1D, rstd: Tensor1D): NormGradients {
  return gradients(native('ExplicitLayerNormGrad', [dout, x, gamma, mean, rstd], {}, 3));
}

function gradients([dx, dgamma, dbeta]: Tensor[]): NormGradients {
  return {dx: dx as Tensor2D, dgamma: dgamma as Tensor1D, dbeta: dbeta as Tensor1D};
}
