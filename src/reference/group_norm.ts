/**
 * Group normalisation: the channels are split into groups of neighbours, and each group of each example is normalised
 * by itself, over its channels and all positions. With M values in a group,
 *
 *     mu = mean(x)    std = sqrt(mean((x - mu)^2) + eps)    xHat = (x - mu) / std
 *     out = gamma[c] * xHat + beta[c]
 *
 * gamma and beta have one value per channel, as in batch norm, so their gradients sum over examples and positions,
 * while the means of the backward run over the group. With dxHat = dout * gamma[c]:
 *
 *     dbeta[c] = sum(dout)    dgamma[c] = sum(dout * xHat)
 *     dx = (dxHat - mean(dxHat) - xHat * mean(dxHat * xHat)) / std
 *
 * One group is layer norm over everything but the batch; as many groups as channels is instance norm.
 *
 * *Shape*: x and out [N, C, ...] of rank >= 2, gamma and beta [C].
 *
 * Source: the course notes (docs/from_the_notes.md), layer norm with groups of channels for rows; Wu and He 2018.
 */
import {
  checkArray, checkCache, checkNumber, checkOptional, checkOptions, checkShape, map, positionsAlong, show,
} from './array';
import type {ReferenceArray} from './array';
import {gammaAndBetaGradients, meanAndVariance, normalizeGradient, scaleAndShift, timesGamma} from './batch_norm';
import type {NormGradients} from './batch_norm';

/** Options of {@link groupNormForward}. */
export interface GroupNormOptions {
  /** How many groups the channels are cut into; -1 for one per channel. */
  groups: number;
  /** Added to the variance. Default 1e-5. */
  eps?: number;
}

/** What {@link groupNormBackward} needs of the forward. */
export interface GroupNormCache {
  /** The scale, or null for 1. */
  gamma: ReferenceArray | null;
  /** The shift, or null for 0. */
  beta: ReferenceArray | null;
  /** x normalised. */
  xHat: ReferenceArray;
  /** sqrt(var + eps) of each group of each example. */
  std: Float64Array;
  /** The group of every value of x, counted example by example. */
  group: Int32Array;
  /** The channel of every value of x. */
  channel: Int32Array;
}

/**
 * Normalises each group of channels of each example of x, scales by gamma and shifts by beta (null: no scale, no shift).
 *
 * Throws when the groups do not divide the channels, gamma or beta does not have one value per channel, or an option is
 * wrong.
 */
export function groupNormForward(
    x: ReferenceArray, gamma: ReferenceArray | null, beta: ReferenceArray | null,
    options: GroupNormOptions): {out: ReferenceArray; cache: GroupNormCache} {
  const name = 'groupNormForward';
  checkOptions(name, options, ['groups', 'eps']);
  checkArray(name, 'x', x);
  if (x.shape.length < 2) {
    throw new Error(`${name}: x must have a batch axis and a channel axis, [N, C, ...]. Got shape ${show(x.shape)}. ` +
      'Reshape it.');
  }
  const eps = checkNumber(name, 'eps', options.eps ?? 1e-5, 0);
  const channels = x.shape[1];
  const groups = readGroups(name, options.groups, channels);
  checkOptional(name, 'gamma', gamma, [channels], 'one value per channel');
  checkOptional(name, 'beta', beta, [channels], 'one value per channel');
  const channel = positionsAlong(x.shape, [1]);
  const group = positionsAlong(x.shape, [0, 1]).map((position) => Math.floor(position / (channels / groups)));

  const {mu, variance} = meanAndVariance(x, group, x.shape[0] * groups);
  const std = variance.map((value) => Math.sqrt(value + eps));
  const xHat = map(x, (value, i) => (value - mu[group[i]]) / std[group[i]]);
  const out = scaleAndShift(xHat, gamma, beta, channel);
  return {out, cache: {gamma, beta, xHat, std, group, channel}};
}

/**
 * The gradients of sum(out * dout) by x, gamma and beta, in their shapes; dgamma and dbeta are null where gamma and
 * beta were.
 *
 * Throws when dout does not have the shape of x.
 */
export function groupNormBackward(dout: ReferenceArray, cache: GroupNormCache): NormGradients {
  const name = 'groupNormBackward';
  checkCache(name, 'groupNormForward', cache, ['gamma', 'beta', 'xHat', 'std', 'group', 'channel']);
  const {gamma, xHat, std, group, channel} = cache;
  checkShape(name, 'dout', dout, xHat.shape, 'the shape of x');
  return {
    dx: normalizeGradient(timesGamma(dout, gamma, channel), xHat, std, group),
    ...gammaAndBetaGradients(dout, cache, channel),
  };
}

function readGroups(name: string, groups: number, channels: number): number {
  const count = groups === -1 ? channels : groups;
  if (!Number.isInteger(count) || count < 1 || channels % count !== 0) {
    throw new Error(`${name}: groups must be a whole number >= 1 that divides the ${channels} channels, or -1 for one ` +
      `per channel. Got ${show(groups)}. Use one of ${show(divisors(channels))}.`);
  }
  return count;
}

function divisors(n: number): number[] {
  return Array.from({length: n}, (_, i) => i + 1).filter((d) => n % d === 0);
}
