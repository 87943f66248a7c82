/**
 * How far a float32 result may be from the reference's float64 one, in one place.
 *
 * A float32 value is good to 6e-8 of itself, a sum of n products to about n * 6e-8 of the sum of their sizes; the specs
 * take sums of at most some hundred products of values below 2. What is left of a sum that cancels has the error of its
 * terms, so the absolute part is measured by the largest value of the array.
 */
import * as tf from '@tensorflow/tfjs-core';

import {floatPrecision} from '../../src/checks/precision';

/** See {@link expectClose}. */
export interface Tolerance {
  relative: number;
  absolute: number;
}

/** Only values that are copied, chosen or counted. */
export const exact: Tolerance = {relative: 0, absolute: 0};

const float32 = {
  /** One or two roundings each. */
  relu: {relative: 1e-6, absolute: 1e-6},
  /** Sums of a window's few gradients. */
  maxPool2d: {relative: 1e-6, absolute: 1e-6},
  /** Sums of as many terms as windows overlap. */
  im2col: {relative: 1e-6, absolute: 1e-6},
  /** Sums of up to some hundred products; libraries also regroup them (Winograd). */
  conv2d: {relative: 1e-5, absolute: 1e-5},
  affine: {relative: 1e-5, absolute: 1e-5},
  /** exp and log, whose error grows with the scores. */
  softmaxLoss: {relative: 1e-5, absolute: 1e-5},
  /** 1 / std is up to 316 for a channel that hardly varies, and multiplies differences that cancel. */
  batchNorm: {relative: 5e-5, absolute: 5e-5},
  layerNorm: {relative: 5e-5, absolute: 5e-5},
} satisfies {[op: string]: Tolerance};

/** GPU code divides, takes roots and exponentials to a few units in the last place only, and sums in another order. */
const backendFactors: {[backend: string]: number} = {webgl: 10, webgpu: 10};

/** Where a device has textures of float16 only: 11 bits, 2^13 times less than float32. */
const FLOAT16_FACTOR = 2 ** 13;

/** What has a tolerance of its own. */
export type ToleranceName = keyof typeof float32;

/** The tolerance of an op on the current backend. */
export function toleranceOf(op: ToleranceName): Tolerance {
  const factor = floatPrecision() === 16 ? FLOAT16_FACTOR : backendFactors[tf.getBackend()] ?? 1;
  return {relative: factor * float32[op].relative, absolute: factor * float32[op].absolute};
}

/**
 * tfjs applies constraints anew whenever weights are set, and maxNorm divides by norm + epsilon even within the limit;
 * its webgl takes the epsilon of float16, 1e-4, also where it computes in float32.
 */
export function constrained(): Tolerance {
  const rest = 10 * tf.backend().epsilon();
  return {relative: rest, absolute: rest};
}

/** For derivatives of a gradient: twice as many operations, and the central differences' own 1e-9. */
export function secondOrder({relative, absolute}: Tolerance): Tolerance {
  return {relative: 10 * relative, absolute: 10 * absolute};
}
