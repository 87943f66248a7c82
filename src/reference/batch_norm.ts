/**
 * Batch normalisation. Per channel, over all M values that the channel has in the batch,
 *
 *     mu = mean(x)    var = mean((x - mu)^2)    std = sqrt(var + eps)    xHat = (x - mu) / std
 *     out = gamma * xHat + beta
 *
 * The variance is the uncorrected one (divided by M), for the running average too:
 *
 *     running = momentum * running + (1 - momentum) * this batch's
 *
 * In test mode the running values replace mu and var, and come back unchanged.
 *
 * Backward in train mode, where mu and std depend on x, with dxHat = dout * gamma:
 *
 *     dbeta = sum(dout)    dgamma = sum(dout * xHat)
 *     dx = (dxHat - mean(dxHat) - xHat * mean(dxHat * xHat)) / std
 *
 * once in stages through every intermediate ({@link batchNormBackward}), once by this last line
 * ({@link batchNormBackwardAlt}). In test mode mu and std are constants, so dx = dxHat / std.
 *
 * *Shape*: x any of rank >= 2; with C the size of `axis` (1: [N, D] and [N, C, H, W]), gamma, beta, runningMean
 * and runningVar are [C], and M is the product of the other sizes. Statistics run over every axis but `axis`.
 *
 * Source: the course notes (docs/from_the_notes.md), `batchnorm_forward`, `batchnorm_backward` and
 * `batchnorm_backward_alt`; more than two axes, and a backward in test mode, are additions.
 */
import {
  array, checkArray, checkCache, checkNumber, checkOptional, checkOptions, checkShape, map, positionsAlong, readAxis, show,
  sumAt, zeros,
} from './array';
import type {ReferenceArray} from './array';

/** Options of {@link batchNormForward}. */
export interface BatchNormOptions {
  /** Whether to normalise by this batch ('train') or by the running values ('test'). */
  mode: 'train' | 'test';
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Weight of the old running value. Default 0.9. */
  momentum?: number;
  /** Running mean, [C]. Default zeros in train mode; required in test mode. */
  runningMean?: ReferenceArray | null;
  /** Running variance, [C]. Default zeros in train mode; required in test mode. */
  runningVar?: ReferenceArray | null;
  /** The channels' axis; a negative one counts from the end. Default 1. */
  axis?: number;
}

/** What the backwards need of the forward. */
export interface BatchNormCache {
  /** The input. */
  x: ReferenceArray;
  /** The scale, or null for 1. */
  gamma: ReferenceArray | null;
  /** The shift, or null for 0. */
  beta: ReferenceArray | null;
  /** Which values normalised. */
  mode: 'train' | 'test';
  /** Mean of each channel. */
  mu: Float64Array;
  /** sqrt(var + eps) of each channel. */
  std: Float64Array;
  /** x normalised. */
  xHat: ReferenceArray;
  /** The channel of every value of x. */
  channel: Int32Array;
}

/** The gradients that the backwards return. */
export interface NormGradients {
  /** By x, in its shape. */
  dx: ReferenceArray;
  /** By gamma; null where gamma was. */
  dgamma: ReferenceArray | null;
  /** By beta; null where beta was. */
  dbeta: ReferenceArray | null;
}

const optionNames = ['mode', 'eps', 'momentum', 'runningMean', 'runningVar', 'axis'];
const cacheNames = ['x', 'gamma', 'beta', 'mode', 'mu', 'std', 'xHat', 'channel'];

/**
 * Normalises x, scales by gamma and shifts by beta (null: no scale, no shift). The running values that are returned
 * are new arrays; those given are not changed.
 *
 * Throws when mode is neither 'train' nor 'test', x has fewer than two axes, a vector does not have the channels' length,
 * another option is wrong, or a running value is missing in test mode.
 */
export function batchNormForward(
    x: ReferenceArray, gamma: ReferenceArray | null, beta: ReferenceArray | null, options: BatchNormOptions):
    {out: ReferenceArray; cache: BatchNormCache; runningMean: ReferenceArray; runningVar: ReferenceArray} {
  const {mode, eps, momentum, axis, C, runningMean, runningVar} = readOptions(x, gamma, beta, options);
  const channel = positionsAlong(x.shape, [axis]);
  const sample = mode === 'train' ? meanAndVariance(x, channel, C) : {mu: runningMean, variance: runningVar};
  const mu = sample.mu.slice();
  const std = sample.variance.map((value) => Math.sqrt(value + eps));

  const xHat = map(x, (value, i) => (value - mu[channel[i]]) / std[channel[i]]);
  const out = scaleAndShift(xHat, gamma, beta, channel);

  const update = (running: Float64Array, value: Float64Array): ReferenceArray =>
    array([C], mode === 'train' ? decay(running, value, momentum) : running);
  return {
    out,
    cache: {x, gamma, beta, mode, mu, std, xHat, channel},
    runningMean: update(runningMean, sample.mu),
    runningVar: update(runningVar, sample.variance),
  };
}

/**
 * The gradients by way of every intermediate value, each line the derivative of one line of the forward.
 *
 * Throws when dout does not have the shape of x.
 */
export function batchNormBackward(dout: ReferenceArray, cache: BatchNormCache): NormGradients {
  const {mode, gamma, std, channel} = readCache('batchNormBackward', dout, cache);
  const dx = mode === 'train' ?
    batchNormStages(dout, cache).dx :
    map(timesGamma(dout, gamma, channel), (value, i) => value / std[channel[i]]);
  return {dx, ...gammaAndBetaGradients(dout, cache, channel)};
}

/** The intermediate gradients of {@link batchNormBackward} in train mode, from dout down to dx. */
export function batchNormStages(dout: ReferenceArray, {x, gamma, mu, std, channel}: BatchNormCache) {
  const C = std.length;
  const M = channel.length / C;
  const dxHat = timesGamma(dout, gamma, channel);
  const dstd = sumAt(channel, C, (i) => -dxHat.data[i] * (x.data[i] - mu[channel[i]]) / std[channel[i]] ** 2);
  const dvar = dstd.map((value, c) => 0.5 * value / std[c]);
  const dx1 = map(dxHat, (value, i) =>
    value / std[channel[i]] + 2 * (x.data[i] - mu[channel[i]]) * dvar[channel[i]] / M);
  const dmu = sumAt(channel, C, (i) => -dx1.data[i]);
  const dx = map(dx1, (value, i) => value + dmu[channel[i]] / M);
  return {dxHat, dstd, dvar, dx1, dmu, dx};
}

/**
 * The same gradients by the simplified formula.
 *
 * Throws when dout does not have the shape of x.
 */
export function batchNormBackwardAlt(dout: ReferenceArray, cache: BatchNormCache): NormGradients {
  const {mode, std, xHat, channel} = readCache('batchNormBackwardAlt', dout, cache);
  const dxHat = timesGamma(dout, cache.gamma, channel);
  const dx = mode === 'train' ?
    normalizeGradient(dxHat, xHat, std, channel) :
    map(dxHat, (value, i) => value / std[channel[i]]);
  return {dx, ...gammaAndBetaGradients(dout, cache, channel)};
}

/** Mean and uncorrected variance of the values that share a position. */
export function meanAndVariance(
    x: ReferenceArray, where: Int32Array, size: number): {mu: Float64Array; variance: Float64Array} {
  const M = where.length / size;
  const mu = sumAt(where, size, (i) => x.data[i]).map((sum) => sum / M);
  const variance = sumAt(where, size, (i) => (x.data[i] - mu[where[i]]) ** 2).map((sum) => sum / M);
  return {mu, variance};
}

/** (dxHat - mean(dxHat) - xHat * mean(dxHat * xHat)) / std, the means over the values that share a position. */
export function normalizeGradient(
    dxHat: ReferenceArray, xHat: ReferenceArray, std: Float64Array, where: Int32Array): ReferenceArray {
  const M = where.length / std.length;
  const mean = sumAt(where, std.length, (i) => dxHat.data[i]).map((sum) => sum / M);
  const meanXHat = sumAt(where, std.length, (i) => dxHat.data[i] * xHat.data[i]).map((sum) => sum / M);
  return map(dxHat, (value, i) => (value - mean[where[i]] - xHat.data[i] * meanXHat[where[i]]) / std[where[i]]);
}

/** gamma * xHat + beta, `feature` naming the gamma and beta of every value. */
export function scaleAndShift(
    xHat: ReferenceArray, gamma: ReferenceArray | null, beta: ReferenceArray | null,
    feature: Int32Array): ReferenceArray {
  return map(timesGamma(xHat, gamma, feature), (value, i) => beta === null ? value : value + beta.data[feature[i]]);
}

/** values * gamma. */
export function timesGamma(
    values: ReferenceArray, gamma: ReferenceArray | null, feature: Int32Array): ReferenceArray {
  return map(values, (value, i) => gamma === null ? value : value * gamma.data[feature[i]]);
}

/** sum(dout * xHat) and sum(dout) over the values that share a gamma and a beta. */
export function gammaAndBetaGradients(
    dout: ReferenceArray, {xHat, gamma, beta}: Pick<BatchNormCache, 'xHat' | 'gamma' | 'beta'>,
    feature: Int32Array): {dgamma: ReferenceArray | null; dbeta: ReferenceArray | null} {
  const sumLike = (like: ReferenceArray | null, values: (i: number) => number) =>
    like === null ? null : {shape: [...like.shape], data: sumAt(feature, like.data.length, values)};
  return {
    dgamma: sumLike(gamma, (i) => dout.data[i] * xHat.data[i]),
    dbeta: sumLike(beta, (i) => dout.data[i]),
  };
}

function decay(running: Float64Array, sample: Float64Array, momentum: number): Float64Array {
  return running.map((value, c) => momentum * value + (1 - momentum) * sample[c]);
}

function readCache(name: string, dout: ReferenceArray, cache: BatchNormCache): BatchNormCache {
  checkCache(name, 'batchNormForward', cache, cacheNames);
  checkShape(name, 'dout', dout, cache.x.shape, 'the shape of x');
  return cache;
}

function readOptions(
    x: ReferenceArray, gamma: ReferenceArray | null, beta: ReferenceArray | null, options: BatchNormOptions) {
  const name = 'batchNormForward';
  checkOptions(name, options, optionNames);
  const {mode} = options;
  if (mode !== 'train' && mode !== 'test') {
    throw new Error(`${name}: mode must be 'train' or 'test'. Got ${show(mode)}. Name one.`);
  }
  checkArray(name, 'x', x);
  if (x.shape.length < 2) {
    throw new Error(`${name}: x must have at least 2 axes, [N, D] or [N, C, H, W]. Got shape ` +
      `${show(x.shape)}. Reshape it.`);
  }
  const eps = checkNumber(name, 'eps', options.eps ?? 1e-5, 0);
  const momentum = checkNumber(name, 'momentum', options.momentum ?? 0.9, 0, 1);
  const axis = readAxis(name, options.axis ?? 1, x.shape);
  const C = x.shape[axis];
  const why = `one value for each of the ${C} channels on axis ${axis} of x ${show(x.shape)}`;
  checkOptional(name, 'gamma', gamma, [C], why);
  checkOptional(name, 'beta', beta, [C], why);
  const runningMean = readRunning(name, 'runningMean', options, C, why);
  const runningVar = readRunning(name, 'runningVar', options, C, why);
  return {mode, eps, momentum, axis, C, runningMean, runningVar};
}

function readRunning(
    name: string, label: 'runningMean' | 'runningVar', options: BatchNormOptions, C: number,
    why: string): Float64Array {
  const value = options[label] ?? null;
  if (value === null && options.mode === 'test') {
    throw new Error(`${name}: ${label} is required in test mode, an array [${C}]. Got ${show(options[label])}. ` +
      `Pass the ${label} that train mode returned.`);
  }
  checkOptional(name, label, value, [C], why);
  return (value ?? zeros([C])).data;
}
