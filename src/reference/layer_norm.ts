/**
 * Layer normalisation: each example is normalised by itself, so training and testing are the same and nothing is
 * averaged over batches. Over the M values of the normalised axes,
 *
 *     mu = mean(x)    std = sqrt(mean((x - mu)^2) + eps)    xHat = (x - mu) / std
 *     out = gamma * xHat + beta
 *
 * gamma and beta have one value for each position within the normalised axes, so their gradients sum over the
 * other axes, while the means of the backward run over the normalised ones. With dxHat = dout * gamma:
 *
 *     dbeta = sum(dout)    dgamma = sum(dout * xHat)
 *     dx = (dxHat - mean(dxHat) - xHat * mean(dxHat * xHat)) / std
 *
 * *Shape*: x any of rank >= 1; gamma and beta have the sizes of the normalised axes in increasing order, in
 * whatever order `axis` names them.
 *
 * Source: the course notes (docs/from_the_notes.md), `layernorm_forward` and `layernorm_backward`, there batch norm
 * of the transpose; any other set of axes is an addition.
 */
import {
  checkArray, checkCache, checkNumber, checkOptional, checkOptions, checkShape, map, positionsAlong, readAxis, show,
} from './array';
import type {ReferenceArray} from './array';
import {gammaAndBetaGradients, meanAndVariance, normalizeGradient, scaleAndShift, timesGamma} from './batch_norm';
import type {NormGradients} from './batch_norm';

/** Options of {@link layerNormForward}. */
export interface LayerNormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** The axis or axes to normalise over; a negative one counts from the end. Default -1. */
  axis?: number | number[];
}

/** What {@link layerNormBackward} needs of the forward. */
export interface LayerNormCache {
  /** The scale, or null for 1. */
  gamma: ReferenceArray | null;
  /** The shift, or null for 0. */
  beta: ReferenceArray | null;
  /** x normalised. */
  xHat: ReferenceArray;
  /** sqrt(var + eps) of each example. */
  std: Float64Array;
  /** The example of every value of x: its position on the axes that are not normalised. */
  example: Int32Array;
  /** The gamma and beta of every value of x: its position on the normalised axes. */
  feature: Int32Array;
}

/**
 * Normalises x over `axis`, scales by gamma and shifts by beta (null: no scale, no shift).
 *
 * Throws when an axis is not one of x or named twice, gamma or beta does not have the sizes of the normalised axes, or an
 * option is wrong.
 */
export function layerNormForward(
    x: ReferenceArray, gamma: ReferenceArray | null, beta: ReferenceArray | null,
    options: LayerNormOptions = {}): {out: ReferenceArray; cache: LayerNormCache} {
  const name = 'layerNormForward';
  checkOptions(name, options, ['eps', 'axis']);
  checkArray(name, 'x', x);
  const eps = checkNumber(name, 'eps', options.eps ?? 1e-5, 0);
  const axes = readAxes(name, options.axis ?? -1, x.shape);
  const sizes = axes.map((axis) => x.shape[axis]);
  const why = `the sizes of axes ${show(axes)} of x ${show(x.shape)}`;
  checkOptional(name, 'gamma', gamma, sizes, why);
  checkOptional(name, 'beta', beta, sizes, why);

  const others = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const example = positionsAlong(x.shape, others);
  const feature = positionsAlong(x.shape, axes);
  const examples = others.reduce((product, axis) => product * x.shape[axis], 1);

  const {mu, variance} = meanAndVariance(x, example, examples);
  const std = variance.map((value) => Math.sqrt(value + eps));
  const xHat = map(x, (value, i) => (value - mu[example[i]]) / std[example[i]]);
  const out = scaleAndShift(xHat, gamma, beta, feature);
  return {out, cache: {gamma, beta, xHat, std, example, feature}};
}

/**
 * The gradients of sum(out * dout) by x, gamma and beta, in their shapes; dgamma and dbeta are null where gamma and
 * beta were.
 *
 * Throws when dout does not have the shape of x.
 */
export function layerNormBackward(dout: ReferenceArray, cache: LayerNormCache): NormGradients {
  const name = 'layerNormBackward';
  checkCache(name, 'layerNormForward', cache, ['gamma', 'beta', 'xHat', 'std', 'example', 'feature']);
  const {gamma, xHat, std, example, feature} = cache;
  checkShape(name, 'dout', dout, xHat.shape, 'the shape of x');
  return {
    dx: normalizeGradient(timesGamma(dout, gamma, feature), xHat, std, example),
    ...gammaAndBetaGradients(dout, cache, feature),
  };
}

function readAxes(name: string, axis: number | number[], shape: number[]): number[] {
  const axes = (Array.isArray(axis) ? axis : [axis]).map((entry) => readAxis(name, entry, shape));
  if (axes.length === 0 || new Set(axes).size !== axes.length) {
    throw new Error(`${name}: axis must name at least one axis, and each once. Got ${show(axis)} for x of shape ` +
      `${show(shape)}. List the axes once each, as in [1, 2].`);
  }
  return axes.sort((a, b) => a - b);
}
