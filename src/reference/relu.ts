/**
 * Rectified linear units. Without options
 *
 *     out = max(0, x)             dx = dout where x > 0, else 0
 *
 * With options, the formula of Keras's ReLU layer:
 *
 *     x >= maxValue               out = maxValue                           dx = 0
 *     threshold <= x < maxValue   out = x                                  dx = dout
 *     x < threshold               out = negativeSlope * (x - threshold)    dx = negativeSlope * dout
 *
 * At a kink the gradient is the outer side's: negativeSlope at the threshold (so 0 at 0 without options), 0 at
 * maxValue. NaN stays NaN in the forward and passes no gradient; where the slope is 0, dx is 0 whatever dout
 * holds.
 *
 * *Shape*: x, out, dout and dx have one shape, any.
 *
 * Source: the course notes (docs/from_the_notes.md), `relu_forward` and `relu_backward`; the options are Keras's.
 */
import {checkArray, checkCache, checkNumber, checkOptions, checkShape, map} from './array';
import type {ReferenceArray} from './array';

/** Options of {@link reluForward}. */
export interface ReluOptions {
  /** Slope below the threshold. Default 0. */
  negativeSlope?: number;
  /** Values below it are not passed as they are. Default 0. */
  threshold?: number;
  /** The largest output; null for no limit. Default null. */
  maxValue?: number | null;
}

/** What {@link reluBackward} needs of the forward. */
export interface ReluCache {
  /** The input. */
  x: ReferenceArray;
  /** Slope below the threshold. */
  negativeSlope: number;
  /** Where the outputs start to be x. */
  threshold: number;
  /** The largest output; Infinity for no limit. */
  maxValue: number;
}

/** Rectifies x. Throws when x is not an array, or an option is unknown or not a finite number. */
export function reluForward(x: ReferenceArray, options: ReluOptions = {}): {out: ReferenceArray; cache: ReluCache} {
  const name = 'reluForward';
  checkOptions(name, options, ['negativeSlope', 'threshold', 'maxValue']);
  checkArray(name, 'x', x);
  const negativeSlope = checkNumber(name, 'negativeSlope', options.negativeSlope ?? 0);
  const threshold = checkNumber(name, 'threshold', options.threshold ?? 0);
  checkNumber(name, 'maxValue', options.maxValue ?? 0);
  const cache = {x, negativeSlope, threshold, maxValue: options.maxValue ?? Infinity};
  return {out: map(x, (value) => rectify(value, cache)), cache};
}

/** The gradient of sum(out * dout) by x. Throws when dout does not have the shape of x. */
export function reluBackward(dout: ReferenceArray, cache: ReluCache): {dx: ReferenceArray} {
  const name = 'reluBackward';
  checkCache(name, 'reluForward', cache, ['x', 'negativeSlope', 'threshold', 'maxValue']);
  const {x} = cache;
  checkShape(name, 'dout', dout, x.shape, 'the shape of x');
  const dx = map(dout, (value, i) => {
    const slope = slopeAt(x.data[i], cache);
    return slope === 0 ? 0 : slope * value;
  });
  return {dx};
}

function rectify(x: number, {negativeSlope, threshold, maxValue}: ReluCache): number {
  if (Number.isNaN(x)) {
    return NaN;
  }
  if (x >= maxValue) {
    return maxValue;
  }
  if (x >= threshold) {
    return Math.max(x, threshold);
  }
  return negativeSlope === 0 ? 0 : negativeSlope * (x - threshold);
}

function slopeAt(x: number, {negativeSlope, threshold, maxValue}: ReluCache): number {
  const isCapped = maxValue < Infinity && x >= maxValue;  // without a cap infinity is passed on like any x > 0
  if (Number.isNaN(x) || isCapped) {
    return 0;
  }
  return x > threshold ? 1 : negativeSlope;
}
