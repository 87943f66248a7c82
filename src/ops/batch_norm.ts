import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D, Tensor2D, TensorLike} from '@tensorflow/tfjs-core';

import {kernels} from '../backends';
import type {NormGradients, Statistics} from '../backends';
import {isRecording} from '../explicit_op';
import {checkedOptions, choice, number} from '../options';
import type {Checked, OptionTable} from '../options';
import {tidy} from '../tidy';
import {checkAxes, checkAxis, checkCache, checkScale, checkTensor, show} from '../validate';
import {channelSum} from './channel_sum';
import {asMatrix, orderWithLast, reshapeTo} from './layout';
import {defineOp} from './record';
import type {ForwardCache, Given} from './record';

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
  runningMean?: Tensor | TensorLike | null;
  /** Running variance [C]; zeros when absent in train mode, required in test mode. */
  runningVar?: Tensor | TensorLike | null;
  /** Weight of the old running value; the default is 0.9. */
  momentum?: number;
}

/** Names, defaults and checks of {@link BatchNormOptions}. */
export const batchNormOptions = {
  axis: {default: -1, check: checkAxis},
  epsilon: number(1e-5, 0),
  backward: choice(['simplified', 'staged'], 'simplified'),
} satisfies OptionTable<BatchNormOptions>;

/** Names, defaults and checks of {@link BatchNormForwardOptions}; the running values are checked beside x. */
export const batchNormForwardOptions = {
  mode: choice(['train', 'test']),
  runningMean: {check: (_, __, value) => value as Running},
  runningVar: {check: (_, __, value) => value as Running},
  momentum: number(0.9, 0, 1),
  ...batchNormOptions,
} satisfies OptionTable<BatchNormForwardOptions>;

type Running = Tensor | TensorLike | undefined;

type Inputs = {x: Tensor, gamma: Tensor1D | null, beta: Tensor1D | null};
type Settings = {rank: number, axis: number, epsilon: number, backward: BatchNormBackwardForm};

/** What {@link batchNormForward} leaves for the two backwards; the channels of x come last. */
export interface BatchNormCache extends ForwardCache<Settings> {
  mode: 'train' | 'test';
  x: Tensor;
  gamma: Tensor1D | null;
  beta: Tensor1D | null;
  /** The mean that x was normalised with, [C]; off the tape. */
  mean: Tensor1D;
  /** The variance that x was normalised with, [C]; off the tape. */
  variance: Tensor1D;
}

/** Gradients of a batch norm, in the shapes of x, gamma and beta; null where gamma or beta was. */
export interface BatchNormGradients {
  dx: Tensor;
  dgamma: Tensor1D | null;
  dbeta: Tensor1D | null;
}

/**
 * Batch normalisation with the statistics of this batch: `out = gamma (x - mean) / sqrt(var + epsilon) + beta`, mean
 * and uncorrected (1/R) variance over every axis but `axis`, so that a 4-D x gives the spatial form.
 *
 * Backward: with x-hat = (x - mean) / std, `dbeta = sum(dout)`, `dgamma = sum(dout x-hat)` and
 * `dx = gamma / (R std) (R dout - dbeta - x-hat dgamma)`; `backward: 'staged'` computes the same numbers the notes'
 * longer way.
 *
 * *Shape*
 * - x, out: any rank of at least 2
 * - gamma, beta: [C], the size of `axis`, or null for ones and zeros
 *
 * @throws On wrong rank or dtype, gamma or beta of another length, bad or unknown options.
 *
 * Source: the course notes (docs/from_the_notes.md), batch normalisation, `batchnorm_backward` and `batchnorm_backward_alt`.
 *
 * ```js
 * const out = ops.batchNorm(tf.tensor2d([[1], [3]]), null, null, {epsilon: 1e-12});
 * out.print();  // [[-1], [1]]
 * ```
 */
export function batchNorm(
    x: Tensor | TensorLike, gamma: Tensor | TensorLike | null = null, beta: Tensor | TensorLike | null = null,
    options: BatchNormOptions = {}): Tensor {
  return byBatch.call({x, gamma, beta}, options);
}

/** Statistics of this batch: they depend on x, and every rule needs the same two sums, so one rule gives all three. */
const byBatch = defineOp<Inputs, typeof batchNormOptions, Settings, Statistics>({
  name: 'batchNorm',
  inputs: ['x', 'gamma', 'beta'],
  options: batchNormOptions,
  settle,
  order: ({rank, axis}) => orderWithLast(rank, [axis]),
  forward: ({x, gamma, beta}, {epsilon}) => {
    const {out, mean, variance} = normalizeColumns(matrixOf(x), gamma, beta, epsilon);
    return {out: reshapeTo(out, x.shape), cache: {mean, variance}};
  },
  backward: (dout, {x, gamma, beta}, statistics, {epsilon, backward}) => {
    const $x = matrixOf(x);
    const {mean, variance} = isRecording() ? columnStatistics($x) : statistics;
    const form = backward === 'staged' ? stagedBackward : normalizeColumnsGrad;
    const {dx, dgamma, dbeta} = form(matrixOf(dout), $x, gamma, mean, variance, epsilon);
    return {x: reshapeTo(dx, x.shape), gamma: gamma && dgamma, beta: beta && dbeta};
  },
});

/** x with its channels, which come last, as the columns. */
function matrixOf(x: Tensor): Tensor2D {
  return asMatrix(x, x.shape[x.rank - 1]!);
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
  const mean = tf.div(channelSum(x), rows) as Tensor1D;
  return {mean, variance: tf.div(channelSum(tf.square(tf.sub(x, mean))), rows)};
}

/** Node by node: x-hat, then the standard deviation and the variance, then the mean, each with its own gradient. */
function stagedBackward(
    dout: Tensor2D, x: Tensor2D, gamma: Tensor1D | null, mean: Tensor1D, variance: Tensor1D,
    epsilon: number): NormGradients {
  const rows = x.shape[0];
  const std = tf.sqrt(tf.add(variance, epsilon));
  const centred = tf.sub(x, mean);
  const dbeta = channelSum(dout);
  const dgamma = channelSum(tf.mul(dout, tf.div(centred, std)));
  const dxHat = gamma ? tf.mul(dout, gamma) : dout;
  const dstd = tf.neg(tf.div(channelSum(tf.mul(dxHat, centred)), tf.square(std)));
  const dvar = tf.div(tf.mul(0.5, dstd), std);
  const dx1 = tf.add(tf.div(dxHat, std), tf.mul(centred, tf.div(tf.mul(2, dvar), rows)));
  const dmu = tf.neg(channelSum(dx1));
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
  const dbeta = channelSum(dout);
  const dgamma = channelSum(tf.mul(dout, xHat));
  const pulled = tf.sub(dout, tf.add(tf.div(dbeta, rows), tf.mul(xHat, tf.div(dgamma, rows))));
  return {dx: tf.mul(pulled, gamma ? tf.mul(gamma, rstd) : rstd), dgamma, dbeta};
}

/** Statistics that do not depend on x: out is linear in each input. */
const byRunning = defineOp<Inputs & Statistics, typeof batchNormOptions, Settings>({
  name: 'batchNorm',
  inputs: ['x', 'gamma', 'beta', 'mean', 'variance'],
  options: batchNormOptions,
  settle: ({mean, variance, ...given}, options, op) => {
    const {inputs, settings} = settle(given, options, op);
    return {inputs: {...inputs, mean: mean as Tensor1D, variance: variance as Tensor1D}, settings};
  },
  order: ({rank, axis}) => orderWithLast(rank, [axis]),
  forward: ({x, gamma, beta, mean, variance}, {epsilon}) =>
    ({out: reshapeTo(normalizeColumnsBy(matrixOf(x), gamma, beta, mean, variance, epsilon), x.shape)}),
  backward: {
    x: (dout, {gamma, variance}, _, {epsilon}) => {
      const rstd = tf.rsqrt(tf.add(variance, epsilon));
      return tf.mul(dout, gamma ? tf.mul(gamma, rstd) : rstd);
    },
    gamma: (dout, {x, mean, variance}, _, {epsilon}) =>
      tf.mul(channelSum(tf.mul(dout, tf.sub(x, mean))), tf.rsqrt(tf.add(variance, epsilon))),
    beta: dout => channelSum(dout),
  },
});

/** gamma (x - mean) / sqrt(variance + epsilon) + beta, column by column. */
export function normalizeColumnsBy(
    x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, mean: Tensor1D, variance: Tensor1D,
    epsilon: number): Tensor2D {
  return kernels().batchNormInference?.(x, gamma, beta, mean, variance, epsilon) ??
      tf.batchNorm(x, mean, variance, beta ?? undefined, gamma ?? undefined, epsilon) as Tensor2D;
}

/**
 * The forward half with running statistics.
 *
 * In train mode x is normalised with the mean and the uncorrected variance of this batch, and updated running values
 * are returned: `momentum * running + (1 - momentum) * batch`. In test mode x is normalised with the running values,
 * which are returned unchanged. `out` is on the tape, with `backward` as its rule in train mode; the running values are
 * new tensors off the tape.
 *
 * *Shape*
 * - x, out: any rank of at least 2
 * - gamma, beta, runningMean, runningVar: [C], the size of `axis`
 *
 * @returns `out`, `cache` for {@link batchNormBackward} and {@link batchNormBackwardAlt}, `runningMean`, `runningVar`.
 * @throws If mode is missing, if test mode lacks running values, or if a shape or option does not fit.
 *
 * Source: the course notes (docs/from_the_notes.md), `batchnorm_forward`.
 */
export function batchNormForward(
    x: Tensor | TensorLike, gamma: Tensor | TensorLike | null, beta: Tensor | TensorLike | null,
    options: BatchNormForwardOptions):
    {out: Tensor, cache: BatchNormCache, runningMean: Tensor1D, runningVar: Tensor1D} {
  return forwardChecked({x, gamma, beta}, checkedOptions('batchNormForward', batchNormForwardOptions, options));
}

/** {@link batchNormForward} of options that are checked. */
export function forwardChecked(given: Given<Inputs>, options: Checked<typeof batchNormForwardOptions>):
    {out: Tensor, cache: BatchNormCache, runningMean: Tensor1D, runningVar: Tensor1D} {
  const {mode, momentum, runningMean, runningVar, ...settings} = options;
  return tidy(() => {
    const x = checkTensor('batchNormForward', 'x', given.x);
    const running = runningValues(mode, runningMean, runningVar, channelsOf(x, settings.axis));
    if (mode === 'test') {
      const {out, cache} = byRunning.forwardChecked({...given, x, ...running}, settings);
      return {
        out, cache: {mode, ...cache}, runningMean: tf.clone(running.mean), runningVar: tf.clone(running.variance),
      } as ReturnType<typeof batchNormForward>;
    }
    const {out, cache} = byBatch.forwardChecked({...given, x}, settings);
    const moved = movedAverages(running, cache, momentum);
    return {out, cache: {mode, ...cache}, runningMean: moved.mean, runningVar: moved.variance};
  });
}

/** momentum * running + (1 - momentum) * batch */
function movedAverages(running: Statistics, batch: Statistics, momentum: number): Statistics {
  const own = kernels().movingAverages?.(running, batch, momentum);
  if (own) return own;
  const move = (old: Tensor1D, now: Tensor1D): Tensor1D => tf.add(tf.mul(old, momentum), tf.mul(now, 1 - momentum));
  return {mean: move(running.mean, batch.mean), variance: move(running.variance, batch.variance)};
}

/**
 * The backward half, staged: follows each node of the forward back. In test mode, where the statistics do not depend
 * on x, `dx = dout gamma / sqrt(runningVar + epsilon)`.
 * @returns dx, dgamma and dbeta in the shapes of x, gamma and beta; null where gamma or beta was.
 */
export function batchNormBackward(dout: Tensor, cache: BatchNormCache): BatchNormGradients {
  return backwardFromCache('batchNormBackward', dout, cache, 'staged');
}

/**
 * The backward half, simplified: `dx = gamma / (R std) (R dout - sum(dout) - x-hat sum(dout x-hat))`, with R values per
 * statistic.
 * @returns The same as {@link batchNormBackward}, to rounding.
 */
export function batchNormBackwardAlt(dout: Tensor, cache: BatchNormCache): BatchNormGradients {
  return backwardFromCache('batchNormBackwardAlt', dout, cache, 'simplified');
}

function backwardFromCache(
    half: string, dout: Tensor, cache: BatchNormCache, backward: BatchNormBackwardForm): BatchNormGradients {
  checkCache(half, 'batchNormForward', cache, 'batchNorm');
  const {mode, settings} = cache;
  const op = mode === 'train' ? byBatch : byRunning;
  return op.backward(dout, {...cache, settings: {...settings, backward}}, half) as unknown as BatchNormGradients;
}

function channelsOf(x: Tensor, axis: number): number {
  if (x.rank < 2) throw new Error(`batchNorm: x must have rank 2 or more. Got ${show(x)}. Reshape it.`);
  return x.shape[checkAxes('batchNorm', axis, x.rank)[0]!]!;
}

function settle(
    {x, gamma, beta}: Given<Inputs>, {axis, epsilon, backward}: Checked<typeof batchNormOptions>,
    op: string): {inputs: Inputs, settings: Settings} {
  const $x = checkTensor(op, 'x', x);
  const shape = [channelsOf($x, axis)];
  return {
    inputs: {
      x: $x,
      gamma: checkScale(op, 'gamma', gamma, shape) as Tensor1D | null,
      beta: checkScale(op, 'beta', beta, shape) as Tensor1D | null,
    },
    settings: {rank: $x.rank, axis: checkAxes(op, axis, $x.rank)[0]!, epsilon, backward},
  };
}

function runningValues(mode: 'train' | 'test', mean: Running, variance: Running, channels: number): Statistics {
  const op = 'batchNormForward';
  const $mean = checkScale(op, 'runningMean', mean, [channels]) as Tensor1D | null;
  const $variance = checkScale(op, 'runningVar', variance, [channels]) as Tensor1D | null;
  if (mode === 'test' && (!$mean || !$variance)) {
    throw new Error(`${op}: test mode normalises with runningMean and runningVar, [${channels}] each. Got ` +
        `${show(mean)} and ${show(variance)}. Pass those that train mode returned.`);
  }
  return {mean: $mean ?? tf.zeros([channels]), variance: $variance ?? tf.zeros([channels])};
}
