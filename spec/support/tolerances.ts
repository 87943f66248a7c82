/**
 * How far a float32 result may be from the reference's float64 one, in one place.
 *
 * A float32 value is good to 6e-8 of itself, a sum of n products to about n * 6e-8 of the sum of their sizes; the specs
 * take sums of at most some hundred products of values below 2. What is left of a sum that cancels has the error of its
 * terms, so the absolute part is measured by the largest value of the array.
 */
import * as tf from '@tensorflow/tfjs-core';

import type {VerifiedOp} from '../../src/checks/verify/case';
import {toleranceOf as verifiedTolerance} from '../../src/checks/verify/tolerances';

/** See {@link expectClose}. */
export interface Tolerance {
  relative: number;
  absolute: number;
}

/** Only values that are copied, chosen or counted. */
export const exact: Tolerance = {relative: 0, absolute: 0};

/** What has a tolerance of its own. */
export type ToleranceName = VerifiedOp;

/** The tolerance of an op on the current backend: the one that users' devices are held to. */
export function toleranceOf(op: ToleranceName): Tolerance {
  const tolerance = verifiedTolerance(op);
  return {relative: tolerance, absolute: tolerance};
}

/**
 * tfjs applies constraints again whenever weights are set, and maxNorm divides by norm + epsilon even within the limit;
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
