import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D, Tensor2D, TensorLike} from '@tensorflow/tfjs-core';

import {kernels} from '../backends';
import type {NormGradients, RowStatistics} from '../backends';
import {explicitForward, isRecording} from '../explicit_op';
import {tidy} from '../tidy';
import {
  checkAxes, checkCache, checkDout, checkNumber, checkOptions, checkScale, checkTensor, show,
} from '../validate';
import {channelSum} from './channel_sum';
import {matrixView, reshapeTo} from './layout';

/** Options of {@link layerNorm}. */
export interface LayerNormOptions {
  /** The axes that are normalised together, in any order; the default is the last. */
  axis?: number | number[];
  /** Added to the variance; the default is 1e-5. */
  epsilon?: number;
}

/** What {@link layerNormForward} leaves for {@link layerNormBackward}. */
export interface LayerNormCache {
  x: Tensor;
  gamma: Tensor | null;
  beta: Tensor | null;
  axes: number[];
  epsilon: number;
  /** The mean of each example, [R]; off the tape. */
  mean: Tensor1D;
  /** 1 / sqrt(variance + epsilon) of each example, [R]; off the tape. */
  rstd: Tensor1D;
}

type Inputs = {x: Tensor, gamma: Tensor | null, beta: Tensor | null};
type Settings = {axes: number[], epsilon: number};
type Gradients = {dx: Tensor, dgamma: Tensor | null, dbeta: Tensor | null};

/** Mean and variance of each row are part of dx, and x-hat part of dgamma: one rule gives all three. */
const normalize = explicitForward<Inputs, Settings, RowStatistics>({
  name: 'layerNorm',
  forward: ({x, gamma, beta}, {axes, epsilon}) => {
    const view = matrixView(x.shape, axes);
    const {out, mean, rstd} = normalizeRows(view.toMatrix(x), flat(gamma), flat(beta), epsilon);
    return {out: view.fromMatrix(out), cache: {mean, rstd}};
  },
  backward: (dout, inputs, statistics, settings) => {
    const {dx, dgamma, dbeta} = gradients(dout, inputs, statistics, settings);
    return {x: dx, gamma: dgamma, beta: dbeta};
  },
});

function gradients(
    dout: Tensor, {x, gamma, beta}: Inputs, statistics: RowStatistics, {axes, epsilon}: Settings): Gradients {
  const view = matrixView(x.shape, axes);
  const [$dout, $x] = [view.toMatrix(dout), view.toMatrix(x)];
  const {mean, rstd} = isRecording() ? rowStatistics($x, epsilon) : statistics;
  const {dx, dgamma, dbeta} = normalizeRowsGrad($dout, $x, flat(gamma), mean, rstd);
  return {
    dx: view.fromMatrix(dx),
    dgamma: gamma && reshapeTo(dgamma, gamma.shape),
    dbeta: beta && reshapeTo(dbeta, beta.shape),
  };
}

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

function rowStatistics(x: Tensor2D, epsilon: number): RowStatistics {
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
    dx: tf.mul(pulled, asColumn(rstd)) as Tensor2D, dgamma: channelSum(tf.mul(dout, xHat), 1), dbeta: channelSum(dout, 1),
  };
}

function rowMean(x: Tensor): Tensor1D {
  return tf.div(tf.sum(x, 1), x.shape[1]!);
}

function asColumn(x: Tensor1D): Tensor2D {
  return tf.reshape(x, [-1, 1]);
}

/**
 * The forward half of {@link layerNorm}; `cache` goes to {@link layerNormBackward}.
 * @returns `out` in the shape of x, and `cache`.
 */
export function layerNormForward(
    x: Tensor | TensorLike, gamma: Tensor | TensorLike | null = null, beta: Tensor | TensorLike | null = null,
    options: LayerNormOptions = {}): {out: Tensor, cache: LayerNormCache} {
  return tidy(() => {
    const {inputs, settings} = prepare(x, gamma, beta, options);
    const {out, cache: statistics} = normalize(inputs, settings);
    return {out, cache: {...inputs, ...settings, ...statistics}};
  });
}

/**
 * The backward half of {@link layerNorm}: dx = (g - mean(g) - x-hat mean(g x-hat)) / std with g = dout gamma,
 * dgamma = sum(dout x-hat), dbeta = sum(dout).
 * @returns dx, dgamma and dbeta in the shapes of x, gamma and beta; null where gamma or beta was.
 */
export function layerNormBackward(dout: Tensor, cache: LayerNormCache): Gradients {
  const op = 'layerNormBackward';
  checkCache(op, 'layerNormForward', cache, ['x', 'gamma', 'beta', 'axes', 'epsilon', 'mean', 'rstd']);
  return tidy(() => gradients(checkDout(op, dout, cache.x.shape), cache, cache, cache));
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
 * @throws On a wrong dtype, an axis that x has not or that is named twice, gamma or beta of another shape, bad or
 * unknown options.
 *
 * Source: the notes' layer normalisation, `layernorm_forward` and `layernorm_backward`.
 *
 * ```js
 * const out = ops.layerNorm(tf.tensor2d([[1, 3], [10, 30]]), null, null, {epsilon: 1e-12});
 * out.print();  // [[-1, 1], [-1, 1]]
 * ```
 */
export function layerNorm(
    x: Tensor | TensorLike, gamma: Tensor | TensorLike | null = null, beta: Tensor | TensorLike | null = null,
    options: LayerNormOptions = {}): Tensor {
  return tidy(() => {
    const {inputs, settings} = prepare(x, gamma, beta, options);
    return normalize(inputs, settings).out;
  });
}

function flat(scale: Tensor | null): Tensor1D | null {
  return scale && reshapeTo(scale, [scale.size]);
}

function prepare(
    x: Tensor | TensorLike, gamma: Tensor | TensorLike | null, beta: Tensor | TensorLike | null,
    options: LayerNormOptions): {inputs: Inputs, settings: Settings} {
  const op = 'layerNorm';
  checkOptions(op, options, ['axis', 'epsilon']);
  const $x = checkTensor(op, 'x', x);
  if ($x.rank < 1) throw new Error(`${op}: x must have rank 1 or more. Got ${show($x)}. Reshape it.`);
  const axes = checkAxes(op, options?.axis ?? -1, $x.rank);
  const shape = axes.map(axis => $x.shape[axis]!);
  return {
    inputs: {x: $x, gamma: checkScale(op, 'gamma', gamma, shape), beta: checkScale(op, 'beta', beta, shape)},
    settings: {axes, epsilon: checkNumber(op, 'epsilon', options?.epsilon ?? 1e-5, 0)},
  };
}
