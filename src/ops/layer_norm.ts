import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D, Tensor2D, TensorLike} from '@tensorflow/tfjs-core';

import {kernels} from '../backends';
import type {NormGradients, RowStatistics} from '../backends';
import {isRecording} from '../explicit_op';
import {number} from '../options';
import type {Checked, OptionTable} from '../options';
import {checkAxes, checkAxisList, checkScale, checkTensor, show} from '../validate';
import {channelSum} from './channel_sum';
import {asMatrix, orderWithLast, reshapeTo} from './layout';
import {defineOp} from './record';
import type {ForwardCache, Given} from './record';

/** Options of {@link layerNorm}. */
export interface LayerNormOptions {
  /** The axes that are normalised together, in any order; the default is the last. */
  axis?: number | number[];
  /** Added to the variance; the default is 1e-5. */
  epsilon?: number;
}

/** Names, defaults and checks of {@link LayerNormOptions}. */
export const layerNormOptions = {
  axis: {default: -1, check: checkAxisList},
  epsilon: number(1e-5, 0),
} satisfies OptionTable<LayerNormOptions>;

type Inputs = {x: Tensor, gamma: Tensor | null, beta: Tensor | null};
/** `size` is that of an example, `axes` are those that are normalised. */
type Settings = {rank: number, axes: number[], size: number, epsilon: number};
type Gradients = {dx: Tensor, dgamma: Tensor | null, dbeta: Tensor | null};

/** What {@link layerNormForward} leaves for {@link layerNormBackward}; the normalised axes of x come last. */
export interface LayerNormCache extends ForwardCache<Settings> {
  x: Tensor;
  gamma: Tensor | null;
  beta: Tensor | null;
  /** The mean of each example, [R]; off the tape. */
  mean: Tensor1D;
  /** 1 / sqrt(variance + epsilon) of each example, [R]; off the tape. */
  rstd: Tensor1D;
}

/**
 * Layer normalisation: each example is normalised by its own mean and uncorrected variance over the axes of `axis`,
 * `out = gamma (x - mean) / sqrt(var + epsilon) + beta`; the same in training and testing.
 *
 * Backward: as batch norm's, with rows for columns: `dx = (g - mean(g) - x-hat mean(g x-hat)) / std`, g = dout gamma;
 * `dgamma` and `dbeta` sum dout x-hat and dout over the examples.
 *
 * *Shape*
 * - x, out: any rank of at least 1
 * - gamma, beta: the sizes of the normalised axes in increasing order, whatever the order in `axis`; or null
 *
 * @throws On a wrong dtype, an axis that x does not have or that is named twice, gamma or beta of another shape, bad or
 * unknown options.
 *
 * Source: the course notes (docs/from_the_notes.md), layer normalisation, `layernorm_forward` and `layernorm_backward`.
 *
 * ```js
 * const out = ops.layerNorm(tf.tensor2d([[1, 3], [10, 30]]), null, null, {epsilon: 1e-12});
 * out.print();  // [[-1, 1], [-1, 1]]
 * ```
 */
export function layerNorm(
    x: Tensor | TensorLike, gamma: Tensor | TensorLike | null = null, beta: Tensor | TensorLike | null = null,
    options: LayerNormOptions = {}): Tensor {
  return normalize.call({x, gamma, beta}, options);
}

/** Mean and variance of each row are part of dx, and x-hat part of dgamma: one rule gives all three. */
export const normalize = defineOp<Inputs, typeof layerNormOptions, Settings, RowStatistics>({
  name: 'layerNorm',
  inputs: ['x', 'gamma', 'beta'],
  options: layerNormOptions,
  settle,
  order: ({rank, axes}) => orderWithLast(rank, axes),
  forward: ({x, gamma, beta}, {size, epsilon}) => {
    const {out, mean, rstd} = normalizeRows(asMatrix(x, size), flat(gamma), flat(beta), epsilon);
    return {out: reshapeTo(out, x.shape), cache: {mean, rstd}};
  },
  backward: (dout, {x, gamma, beta}, statistics, {size, epsilon}) => {
    const $x = asMatrix(x, size);
    const {mean, rstd} = isRecording() ? rowStatistics($x, epsilon) : statistics;
    const {dx, dgamma, dbeta} = normalizeRowsGrad(asMatrix(dout, size), $x, flat(gamma), mean, rstd);
    return {
      x: reshapeTo(dx, x.shape),
      gamma: gamma && reshapeTo(dgamma, gamma.shape),
      beta: beta && reshapeTo(dbeta, beta.shape),
    };
  },
});

/** gamma (x - mu) / sqrt(var + epsilon) + beta, row by row. */
export function normalizeRows(x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, epsilon: number):
    RowStatistics & {out: Tensor2D} {
  const own = kernels().layerNorm?.(x, gamma, beta, epsilon);
  if (own) return own;
  const {mean, rstd} = rowStatistics(x, epsilon);
  const xHat = tf.mul(tf.sub(x, asColumn(mean)), asColumn(rstd));
  const scaled = gamma ? tf.mul(xHat, gamma) : xHat;
  return {out: (beta ? tf.add(scaled, beta) : scaled) as Tensor2D, mean, rstd};
}

/** Mean and 1 / std of each row, of operations that can be differentiated. */
export function rowStatistics(x: Tensor2D, epsilon: number): RowStatistics {
  const mean = rowMean(x);
  const variance = rowMean(tf.square(tf.sub(x, asColumn(mean))));
  return {mean, rstd: tf.rsqrt(tf.add(variance, epsilon))};
}

/** dx = (g - mean(g) - x-hat mean(g x-hat)) / std with g = dout gamma and means over the row. */
export function normalizeRowsGrad(
    dout: Tensor2D, x: Tensor2D, gamma: Tensor1D | null, mean: Tensor1D, rstd: Tensor1D): NormGradients {
  const own = isRecording() ? null : kernels().layerNormGrad?.(dout, x, gamma, mean, rstd);
  if (own) return own;
  const xHat = tf.mul(tf.sub(x, asColumn(mean)), asColumn(rstd));
  const g = gamma ? tf.mul(dout, gamma) : dout;
  const along = asColumn(rowMean(tf.mul(g, xHat)));
  const pulled: Tensor = tf.sub(g, tf.add(asColumn(rowMean(g)), tf.mul(xHat, along)));
  return {
    dx: tf.mul(pulled, asColumn(rstd)) as Tensor2D, dgamma: channelSum(tf.mul(dout, xHat)), dbeta: channelSum(dout),
  };
}

function rowMean(x: Tensor): Tensor1D {
  return tf.div(tf.sum(x, 1), x.shape[1]!);
}

export function asColumn(x: Tensor1D): Tensor2D {
  return tf.reshape(x, [-1, 1]);
}

/**
 * The forward half of {@link layerNorm}; `cache` goes to {@link layerNormBackward}.
 * @returns `out` in the shape of x, and `cache`.
 */
export function layerNormForward(
    x: Tensor | TensorLike, gamma: Tensor | TensorLike | null = null, beta: Tensor | TensorLike | null = null,
    options: LayerNormOptions = {}): {out: Tensor, cache: LayerNormCache} {
  return normalize.forward({x, gamma, beta}, options);
}

/**
 * The backward half of {@link layerNorm}: dx = (g - mean(g) - x-hat mean(g x-hat)) / std with g = dout gamma,
 * dgamma = sum(dout x-hat), dbeta = sum(dout).
 * @returns dx, dgamma and dbeta in the shapes of x, gamma and beta; null where gamma or beta was.
 */
export function layerNormBackward(dout: Tensor, cache: LayerNormCache): Gradients {
  return normalize.backward(dout, cache) as Gradients;
}

function flat(scale: Tensor | null): Tensor1D | null {
  return scale && reshapeTo(scale, [scale.size]);
}

function settle(
    {x, gamma, beta}: Given<Inputs>, {axis, epsilon}: Checked<typeof layerNormOptions>,
    op: string): {inputs: Inputs, settings: Settings} {
  const $x = checkTensor(op, 'x', x);
  if ($x.rank < 1) throw new Error(`${op}: x must have rank 1 or more. Got ${show($x)}. Reshape it.`);
  const axes = checkAxes(op, axis, $x.rank);
  const shape = axes.map(a => $x.shape[a]!);
  return {
    inputs: {x: $x, gamma: checkScale(op, 'gamma', gamma, shape), beta: checkScale(op, 'beta', beta, shape)},
    settings: {rank: $x.rank, axes, size: tf.util.sizeFromShape(shape), epsilon},
  };
}
