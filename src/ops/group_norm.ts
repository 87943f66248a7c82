import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D, Tensor3D, TensorLike} from '@tensorflow/tfjs-core';

import type {RowStatistics} from '../backends';
import {isRecording} from '../explicit_op';
import {number} from '../options';
import type {Checked, OptionTable} from '../options';
import {checkAxes, checkAxis, checkScale, checkTensor, show} from '../validate';
import {channelSum} from './channel_sum';
import {asMatrix, reshapeTo} from './layout';
import {asColumn, normalizeRows, normalizeRowsGrad, rowStatistics} from './layer_norm';
import {defineOp} from './record';
import type {ForwardCache, Given} from './record';

/** Options of {@link groupNorm}. */
export interface GroupNormOptions {
  /** The number of groups that the channels are split into; -1 for one per channel. */
  groups: number;
  /** The axis of the channels; the default is the last. */
  axis?: number;
  /** Added to the variance; the default is 1e-5. */
  epsilon?: number;
}

/** Names, defaults and checks of {@link GroupNormOptions}. */
export const groupNormOptions = {
  groups: {check: checkGroups},
  axis: {default: -1, check: checkAxis},
  epsilon: number(1e-5, 0),
} satisfies OptionTable<GroupNormOptions>;

type Inputs = {x: Tensor, gamma: Tensor | null, beta: Tensor | null};
/** `last`: the channels are behind the positions, [N, P, C], else before them, [N, C, P], where groups are whole rows. */
type Settings = {rank: number, axis: number, channels: number, groups: number, epsilon: number, last: boolean};
type Gradients = {dx: Tensor, dgamma: Tensor | null, dbeta: Tensor | null};

/** What {@link groupNormForward} leaves for {@link groupNormBackward}; the channels of x come after the batch. */
export interface GroupNormCache extends ForwardCache<Settings> {
  x: Tensor;
  gamma: Tensor | null;
  beta: Tensor | null;
  /** The mean of each group of each example, [N groups]; off the tape. */
  mean: Tensor1D;
  /** 1 / sqrt(variance + epsilon) of each, [N groups]; off the tape. */
  rstd: Tensor1D;
}

/**
 * Group normalisation: the channels are split into groups of neighbours, and each group of each example is normalised
 * by its own mean and uncorrected variance over its channels and all positions, `out = gamma[c] (x - mean) / sqrt(var +
 * epsilon) + beta[c]`; the same in training and testing. One group is layer norm over everything but the batch; one
 * group per channel is instance norm.
 *
 * Backward: `dx = (g - mean(g) - x-hat mean(g x-hat)) / std`, g = dout gamma and means over the group; `dgamma` and `dbeta`
 * sum dout x-hat and dout over examples and positions.
 *
 * *Shape*
 * - x, out: any rank of at least 2, the batch first
 * - gamma, beta: [C], or null
 *
 * @throws On a wrong dtype, an axis that x does not have or that is the batch, groups that do not divide the channels, gamma or
 * beta of another shape, bad or unknown options.
 *
 * Source: the course notes (docs/from_the_notes.md), layer normalisation, with groups of channels for rows; Wu and He 2018.
 *
 * ```js
 * const x = tf.tensor2d([[1, 3, 10, 30]]);
 * ops.groupNorm(x, null, null, {groups: 2, epsilon: 1e-12}).print();  // [[-1, 1, -1, 1]]
 * ```
 */
export function groupNorm(
    x: Tensor | TensorLike, gamma: Tensor | TensorLike | null, beta: Tensor | TensorLike | null,
    options: GroupNormOptions): Tensor {
  return groupNormalize.call({x, gamma, beta}, options);
}

/** The rows are those of layer norm, without gamma and beta, which go by the channel. */
export const groupNormalize = defineOp<Inputs, typeof groupNormOptions, Settings, RowStatistics>({
  name: 'groupNorm',
  inputs: ['x', 'gamma', 'beta'],
  options: groupNormOptions,
  settle,
  order: ({rank, axis, last}) => {
    const others = Array.from({length: rank}, (_, a) => a).filter(a => a !== 0 && a !== axis);
    return last || axis === 1 ? null : [0, axis, ...others];
  },
  forward: ({x, gamma, beta}, settings) => {
    const {out, mean, rstd} = normalizeRows(rowsOf(x, settings), null, null, settings.epsilon);
    const scaled = timesGamma(asImages(out, x.shape[0]!, settings), gamma, settings);
    return {
      out: reshapeTo(beta ? tf.add(scaled, byChannel(beta, settings)) : scaled, x.shape), cache: {mean, rstd},
    };
  },
  backward: (dout, {x, gamma, beta}, statistics, settings) => {
    const batch = x.shape[0]!;
    const rows = rowsOf(x, settings);
    const {mean, rstd} = isRecording() ? rowStatistics(rows, settings.epsilon) : statistics;
    const images = asImages(dout, batch, settings);
    const {dx} = normalizeRowsGrad(rowsOf(timesGamma(images, gamma, settings), settings), rows, null, mean, rstd);
    const xHat = () => asImages(tf.mul(tf.sub(rows, asColumn(mean)), asColumn(rstd)), batch, settings);
    return {
      x: reshapeTo(dx, x.shape),
      gamma: gamma && sumByChannel(tf.mul(images, xHat()), settings),
      beta: beta && sumByChannel(images, settings),
    };
  },
});

/** One row for each group of each example. */
function rowsOf(x: Tensor, {groups}: Settings) {
  return asMatrix(x, x.size / (x.shape[0]! * groups));
}

function asImages(x: Tensor, batch: number, {channels, last}: Settings): Tensor3D {
  const positions = x.size / (batch * channels);
  return reshapeTo(x, last ? [batch, positions, channels] : [batch, channels, positions]);
}

function byChannel(scale: Tensor, {channels, last}: Settings): Tensor {
  return last ? scale : tf.reshape(scale, [channels, 1]);
}

function timesGamma(x: Tensor3D, gamma: Tensor | null, settings: Settings): Tensor3D {
  return gamma ? tf.mul(x, byChannel(gamma, settings)) : x;
}

function sumByChannel(x: Tensor3D, {last}: Settings): Tensor1D {
  return channelSum(last ? x : tf.sum(x, 2));
}

/**
 * The forward half of {@link groupNorm}; `cache` goes to {@link groupNormBackward}.
 * @returns `out` in the shape of x, and `cache`.
 */
export function groupNormForward(
    x: Tensor | TensorLike, gamma: Tensor | TensorLike | null, beta: Tensor | TensorLike | null,
    options: GroupNormOptions): {out: Tensor, cache: GroupNormCache} {
  return groupNormalize.forward({x, gamma, beta}, options);
}

/**
 * The backward half of {@link groupNorm}: dx = (g - mean(g) - x-hat mean(g x-hat)) / std with g = dout gamma,
 * dgamma = sum(dout x-hat), dbeta = sum(dout).
 * @returns dx, dgamma and dbeta in the shapes of x, gamma and beta; null where gamma or beta was.
 */
export function groupNormBackward(dout: Tensor, cache: GroupNormCache): Gradients {
  return groupNormalize.backward(dout, cache) as Gradients;
}

function checkGroups(op: string, name: string, groups: unknown): number {
  if (groups !== -1 && (!Number.isInteger(groups) || (groups as number) < 1)) {
    throw new Error(`${op}: ${name} must be a whole number of at least 1 that divides the channels, or -1 for a group per ` +
        `channel. Got ${show(groups)}. Pass such a number.`);
  }
  return groups as number;
}

/**
 * The number of groups, which divides the channels.
 * @throws If it does not.
 */
export function groupsOf(op: string, groups: number, channels: number): number {
  const count = groups === -1 ? channels : groups;
  if (channels % count !== 0) {
    const divisors = Array.from({length: channels}, (_, i) => i + 1).filter(d => channels % d === 0);
    throw new Error(`${op}: groups (${groups}) must divide the channels of x (${channels}). Use one of ${show(divisors)}, ` +
        'or check axis.');
  }
  return count;
}

/** The position of the channels, which is not that of the batch. */
export function channelAxisOf(op: string, axis: number, rank: number): number {
  const [position] = checkAxes(op, axis, rank);
  if (position === 0) {
    throw new Error(`${op}: axis must not be the batch's, 0. Got ${axis}. Name the axis of the channels.`);
  }
  return position!;
}

function settle(
    {x, gamma, beta}: Given<Inputs>, {groups, axis, epsilon}: Checked<typeof groupNormOptions>,
    op: string): {inputs: Inputs, settings: Settings} {
  const $x = checkTensor(op, 'x', x);
  if ($x.rank < 2) throw new Error(`${op}: x must have rank 2 or more. Got ${show($x)}. Reshape it.`);
  const position = channelAxisOf(op, axis, $x.rank);
  const channels = $x.shape[position]!;
  const count = groupsOf(op, groups, channels);
  return {
    inputs: {x: $x, gamma: checkScale(op, 'gamma', gamma, [channels]), beta: checkScale(op, 'beta', beta, [channels])},
    settings: {
      rank: $x.rank, axis: position, channels, groups: count, epsilon, last: count === 1 && position === $x.rank - 1,
    },
  };
}
