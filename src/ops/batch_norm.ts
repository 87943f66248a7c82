import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D, Tensor2D, TensorLike} from '@tensorflow/tfjs-core';

import {kernels} from '../backends';
import type {NormGradients, Statistics} from '../backends';
import {explicitForward, explicitOp, isRecording} from '../explicit_op';
import {tidy} from '../tidy';
import {
  checkAxes, checkCache, checkChoice, checkDout, checkNumber, checkOptions, checkScale, checkTensor, show,
} from '../validate';
import {channelSum} from './channel_sum';
import {matrixView} from './layout';

/** Which of the notes' two backward passes runs; they agree to rounding. */
export type BatchNormBackwardForm = 'simplified' | 'staged';

/** Options of {@link batchNorm}. */
export interface BatchNormOptions {
  /** The axis that keeps its own statistics; the default is the last. */
  axis?: number;
  /** Added to the variance; the default is 1e-5. */
  epsilon?: number;
  /** 'simplified' (the default, fast): the closed form; 'staged': node by node. */
  backward?: BatchNormBackwardForm;
}

/** Options of {@link batchNormForward}. */
export interface BatchNormForwardOptions extends BatchNormOptions {
  /** 'train': statistics of this batch; 'test': the running ones. */
  mode: 'train' | 'test';
  /** Running mean [C]; zeros when absent in train mode, required in test mode. */
  runningMean?: Tensor1D | TensorLike | null;
  /** Running variance [C]; zeros when absent in train mode, required in test mode. */
  runningVar?: Tensor1D | TensorLike | null;
  /** Weight of the old running value; the default is 0.9. */
  momentum?: number;
}

/** What {@link batchNormForward} leaves for the two backwards. */
export interface BatchNormCache {
  mode: 'train' | 'test';
  x: Tensor;
  gamma: Tensor1D | null;
  beta: Tensor1D | null;
  /** The mean that x was normalised with, [C]; off the tape. */
  mean: Tensor1D;
  /** The variance that x was normalised with, [C]; off the tape. */
  variance: Tensor1D;
  axis: number;
  epsilon: number;
}

/** Gradients of a batch norm, in the shapes of x, gamma and beta; null where gamma or beta was. */
export interface BatchNormGradients {
  dx: Tensor;
  dgamma: Tensor1D | null;
  dbeta: Tensor1D | null;
}

type Inputs = {x: Tensor, gamma: Tensor1D | null, beta: Tensor1D | null};
type Settings = {axis: number, epsilon: number, backward: BatchNormBackwardForm};
type TestInputs = Inputs & Statistics;

/** Statistics of this batch: they depend on x, and every rule needs the same two sums, so one rule gives all three. */
const normalizeByBatch = explicitForward<Inputs, Settings, Statistics>({
  name: 'batchNorm',
  forward: ({x, gamma, beta}, {axis, epsilon}) => {
    const view = matrixView(x.shape, [axis]);
    const {out, mean, variance} = normalizeColumns(view.toMatrix(x), gamma, beta, epsilon);
    return {out: view.fromMatrix(out), cache: {mean, variance}};
  },
  backward: (dout, inputs, statistics, settings) => {
    const {dx, dgamma, dbeta} = trainGradients(dout, inputs, statistics, settings);
    return {x: dx, gamma: dgamma, beta: dbeta};
  },
});

function trainGradients(
    dout: Tensor, {x, gamma, beta}: Inputs, statistics: Statistics, {axis, epsilon, backward}: Settings):
    BatchNormGradients {
  const view = matrixView(x.shape, [axis]);
  const [$dout, $x] = [view.toMatrix(dout), view.toMatrix(x)];
  const {mean, variance} = isRecording() ? columnStatistics($x) : statistics;
  const form = backward === 'staged' ? stagedBackward : normalizeColumnsGrad;
  const {dx, dgamma, dbeta} = form($dout, $x, gamma, mean, variance, epsilon);
  return {dx: view.fromMatrix(dx), dgamma: gamma && dgamma, dbeta: beta && dbeta};
}

/** gamma (x - mu) / sqrt(var + epsilon) + beta, column by column. */
export function normalizeColumns(x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, epsilon: number):
    Statistics & {out: Tensor2D} {
  const own = kernels().batchNorm?.(x, gamma, beta, epsilon);
  if (own) return own;
  const {mean, variance} = columnStatistics(x);
  const rstd = tf.rsqrt(tf.add(variance, epsilon));
  const scaled = tf.mul(tf.sub(x, mean), gamma ? tf.mul(rstd, gamma) : rstd) as Tensor2D;
  return {out: beta ? tf.add(scaled, beta) : scaled, mean, variance};
}

/**
 * mu = sum(x) / R and var = sum((x - mu)^2) / R of each column, in two passes: the difference of large squares would
 * lose all digits.
 */
function columnStatistics(x: Tensor2D): Statistics {
  const rows = x.shape[0];
  const mean = tf.div(channelSum(x, 1), rows) as Tensor1D;
  return {mean, variance: tf.div(channelSum(tf.square(tf.sub(x, mean)), 1), rows)};
}

/** Node by node: x-hat, then the standard deviation and the variance, then the mean, each with its own gradient. */
function stagedBackward(
    dout: Tensor2D, x: Tensor2D, gamma: Tensor1D | null, mean: Tensor1D, variance: Tensor1D,
    epsilon: number): NormGradients {
  const rows = x.shape[0];
  const std = tf.sqrt(tf.add(variance, epsilon));
  const centred = tf.sub(x, mean);
  const dbeta = channelSum(dout, 1);
  const dgamma = channelSum(tf.mul(dout, tf.div(centred, std)), 1);
  const dxHat = gamma ? tf.mul(dout, gamma) : dout;
  const dstd = tf.neg(tf.div(channelSum(tf.mul(dxHat, centred), 1), tf.square(std)));
  const dvar = tf.div(tf.mul(0.5, dstd), std);
  const dx1 = tf.add(tf.div(dxHat, std), tf.mul(centred, tf.div(tf.mul(2, dvar), rows)));
  const dmu = tf.neg(channelSum(dx1, 1));
  const dx2 = tf.div(dmu, rows);
  return {dx: tf.add(dx1, dx2), dgamma, dbeta};
}

/** dx = gamma / (R std) * (R dout - sum(dout) - x-hat sum(dout x-hat)) */
export function normalizeColumnsGrad(
    dout: Tensor2D, x: Tensor2D, gamma: Tensor1D | null, mean: Tensor1D, variance: Tensor1D,
    epsilon: number): NormGradients {
  const own = isRecording() ? null : kernels().batchNormGrad?.(dout, x, gamma, mean, variance, epsilon);
  if (own) return own;
  const rows = x.shape[0];
  const rstd = tf.rsqrt(tf.add(variance, epsilon));
  const xHat = tf.mul(tf.sub(x, mean), rstd);
  const dbeta = channelSum(dout, 1);
  const dgamma = channelSum(tf.mul(dout, xHat), 1);
  const pulled = tf.sub(dout, tf.add(tf.div(dbeta, rows), tf.mul(xHat, tf.div(dgamma, rows))));
  return {dx: tf.mul(pulled, gamma ? tf.mul(gamma, rstd) : rstd), dgamma, dbeta};
}

/** Statistics that do not depend on x: out is linear in each input. */
const normalizeByRunning = explicitOp<TestInputs, {axis: number, epsilon: number}>({
  name: 'batchNorm',
  forward: ({x, gamma, beta, mean, variance}, {axis, epsilon}) => {
    const view = matrixView(x.shape, [axis]);
    return {out: view.fromMatrix(normalizeColumnsBy(view.toMatrix(x), gamma, beta, mean, variance, epsilon))};
  },
  backward: {
    x: (dout, inputs, _, settings) => testDx(dout, inputs, settings),
    gamma: (dout, inputs, _, settings) => testDgamma(dout, inputs, settings),
    beta: (dout, _, __, {axis}) => channelSum(dout, axis),
  },
});

/** gamma (x - mean) / sqrt(variance + epsilon) + beta, column by column. */
export function normalizeColumnsBy(
    x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, mean: Tensor1D, variance: Tensor1D,
    epsilon: number): Tensor2D {
  return kernels().batchNormInference?.(x, gamma, beta, mean, variance, epsilon) ??
      tf.batchNorm(x, mean, variance, beta ?? undefined, gamma ?? undefined, epsilon) as Tensor2D;
}

type TestSettings = {axis: number, epsilon: number};

/** dx = dout * gamma / sqrt(runningVar + epsilon) */
function testDx(dout: Tensor, {gamma, variance}: TestInputs, {axis, epsilon}: TestSettings): Tensor {
  const view = matrixView(dout.shape, [axis]);
  const rstd = tf.rsqrt(tf.add(variance, epsilon));
  return view.fromMatrix(tf.mul(view.toMatrix(dout), gamma ? tf.mul(gamma, rstd) : rstd));
}

/** dgamma = sum(dout * (x - runningMean)) / sqrt(runningVar + epsilon) */
function testDgamma(dout: Tensor, {x, mean, variance}: TestInputs, {axis, epsilon}: TestSettings): Tensor1D {
  const view = matrixView(dout.shape, [axis]);
  const sum = channelSum(tf.mul(view.toMatrix(dout), tf.sub(view.toMatrix(x), mean)), 1);
  return tf.mul(sum, tf.rsqrt(tf.add(variance, epsilon)));
}

/**
 * The forward half with running statistics.
 *
 * In train mode x is normalised with the mean and the uncorrected variance of this batch, and the running values come
 * back moved: `momentum * running + (1 - momentum) * batch`. In test mode x is normalised with the running values,
 * which come back unchanged. `out` is on the tape, `backward` being its rule in train mode; the running values are new
 * tensors and off it.
 *
 * *Shape*
 * - x, out: any rank of at least 2
 * - gamma, beta, runningMean, runningVar: [C], the size of `axis`
 *
 * @returns `out`, `cache` for {@link batchNormBackward} and {@link batchNormBackwardAlt}, `runningMean`, `runningVar`.
 * @throws If mode is missing, in test mode the running values are, or a shape or option does not fit.
 *
 * Source: the notes' `batchnorm_forward`.
 */
export function batchNormForward(
    x: Tensor | TensorLike, gamma: Tensor1D | TensorLike | null, beta: Tensor1D | TensorLike | null,
    options: BatchNormForwardOptions):
    {out: Tensor, cache: BatchNormCache, runningMean: Tensor1D, runningVar: Tensor1D} {
  const op = 'batchNormForward';
  return tidy(() => {
    checkOptions(op, options, ['mode', 'runningMean', 'runningVar', 'momentum', 'epsilon', 'axis', 'backward']);
    const mode = checkChoice(op, 'mode', options?.mode, ['train', 'test'] as const);
    const momentum = checkNumber(op, 'momentum', options.momentum ?? 0.9, 0, 1);
    const backward = checkForm(op, options.backward);
    const {inputs, axis, epsilon} = prepare(op, x, gamma, beta, options);
    const running = runningValues(op, mode, options, inputs.x.shape[axis]!);
    if (mode === 'test') {
      const out = normalizeByRunning({...inputs, ...running}, {axis, epsilon});
      return {
        out, cache: {mode, ...inputs, ...running, axis, epsilon},
        runningMean: tf.clone(running.mean), runningVar: tf.clone(running.variance),
      };
    }
    const {out, cache} = normalizeByBatch(inputs, {axis, epsilon, backward});
    const move = (old: Tensor1D, batch: Tensor1D): Tensor1D =>
        tf.add(tf.mul(old, momentum), tf.mul(batch, 1 - momentum));
    const moved = kernels().movingAverages?.(running, cache, momentum) ??
        {mean: move(running.mean, cache.mean), variance: move(running.variance, cache.variance)};
    return {
      out, cache: {mode, ...inputs, ...cache, axis, epsilon},
      runningMean: moved.mean, runningVar: moved.variance,
    };
  });
}

/**
 * The backward half, staged: follows each node of the forward back. In test mode, where the statistics do not depend
 * on x, `dx = dout gamma / sqrt(runningVar + epsilon)`.
 * @returns dx, dgamma and dbeta in the shapes of x, gamma and beta; null where gamma or beta was.
 */
export function batchNormBackward(dout: Tensor, cache: BatchNormCache): BatchNormGradients {
  return backwardFromCache(dout, cache, 'staged');
}

/**
 * The backward half, simplified: `dx = gamma / (R std) (R dout - sum(dout) - x-hat sum(dout x-hat))`, R values to a
 * statistic.
 * @returns The same as {@link batchNormBackward}, to rounding.
 */
export function batchNormBackwardAlt(dout: Tensor, cache: BatchNormCache): BatchNormGradients {
  return backwardFromCache(dout, cache, 'simplified');
}

function backwardFromCache(dout: Tensor, cache: BatchNormCache, backward: BatchNormBackwardForm): BatchNormGradients {
  const op = backward === 'staged' ? 'batchNormBackward' : 'batchNormBackwardAlt';
  checkCache(op, 'batchNormForward', cache, ['mode', 'x', 'gamma', 'beta', 'mean', 'variance', 'axis', 'epsilon']);
  return tidy(() => {
    const $dout = checkDout(op, dout, cache.x.shape);
    if (cache.mode === 'train') return trainGradients($dout, cache, cache, {...cache, backward});
    const {x, gamma, beta, mean, variance} = cache;
    const inputs = {x, gamma, beta, mean, variance};
    return {
      dx: testDx($dout, inputs, cache),
      dgamma: gamma && testDgamma($dout, inputs, cache),
      dbeta: beta && channelSum($dout, cache.axis),
    };
  });
}

/**
 * Batch normalisation with the statistics of this batch: `out = gamma (x - mean) / sqrt(var + epsilon) + beta`, mean
 * and uncorrected (1/R) variance over every axis but `axis`, so that a 4-D x gives the spatial form.
 *
 * Backward: with x-hat = (x - mean) / std, `dbeta = sum(dout)`, `dgamma = sum(dout x-hat)` and
 * `dx = gamma / (R std) (R dout - dbeta - x-hat dgamma)`; `backward: 'staged'` takes the notes' longer way to the same
 * numbers.
 *
 * *Shape*
 * - x, out: any rank of at least 2
 * - gamma, beta: [C], the size of `axis`, or null for ones and zeros
 *
 * @throws On wrong rank or dtype, gamma or beta of another length, bad or unknown options.
 *
 * Source: the notes' batch normalisation, `batchnorm_backward` and `batchnorm_backward_alt`.
 *
 * ```js
 * const out = ops.batchNorm(tf.tensor2d([[1], [3]]), null, null, {epsilon: 1e-12});
 * out.print();  // [[-1], [1]]
 * ```
 */
export function batchNorm(
    x: Tensor | TensorLike, gamma: Tensor1D | TensorLike | null = null, beta: Tensor1D | TensorLike | null = null,
    options: BatchNormOptions = {}): Tensor {
  const op = 'batchNorm';
  return tidy(() => {
    checkOptions(op, options, ['axis', 'epsilon', 'backward']);
    const backward = checkForm(op, options?.backward);
    const {inputs, axis, epsilon} = prepare(op, x, gamma, beta, options ?? {});
    return normalizeByBatch(inputs, {axis, epsilon, backward}).out;
  });
}

function checkForm(op: string, backward: unknown): BatchNormBackwardForm {
  return checkChoice(op, 'backward', backward ?? 'simplified', ['simplified', 'staged'] as const);
}

function prepare(
    op: string, x: Tensor | TensorLike, gamma: Tensor1D | TensorLike | null | undefined,
    beta: Tensor1D | TensorLike | null | undefined, options: {axis?: number, epsilon?: number}):
    {inputs: Inputs, axis: number, epsilon: number} {
  const $x = checkTensor(op, 'x', x);
  if ($x.rank < 2) throw new Error(`${op}: x must have rank 2 or more. Got ${show($x)}. Reshape it.`);
  const wanted = options.axis ?? -1;
  if (typeof wanted !== 'number') throw new Error(`${op}: axis must be one number. Got ${show(wanted)}. Name one axis.`);
  const axis = checkAxes(op, wanted, $x.rank)[0]!;
  const shape = [$x.shape[axis]!];
  return {
    inputs: {
      x: $x,
      gamma: checkScale(op, 'gamma', gamma, shape) as Tensor1D | null,
      beta: checkScale(op, 'beta', beta, shape) as Tensor1D | null,
    },
    axis,
    epsilon: checkNumber(op, 'epsilon', options.epsilon ?? 1e-5, 0),
  };
}

function runningValues(
    op: string, mode: 'train' | 'test', options: BatchNormForwardOptions, channels: number): Statistics {
  const mean = checkScale(op, 'runningMean', options.runningMean, [channels]) as Tensor1D | null;
  const variance = checkScale(op, 'runningVar', options.runningVar, [channels]) as Tensor1D | null;
  if (mode === 'test' && (!mean || !variance)) {
    throw new Error(`${op}: test mode normalises with runningMean and runningVar, [${channels}] each. Got ` +
        `${show(options.runningMean)} and ${show(options.runningVar)}. Pass those that train mode returned.`);
  }
  return {mean: mean ?? tf.zeros([channels]), variance: variance ?? tf.zeros([channels])};
}
