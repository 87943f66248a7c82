import * as tf from '@tensorflow/tfjs-core';

import {floatPrecision} from '../precision';
import {opChecks} from './all';
import type {VerifiedOp} from './case';

/** GPUs divide, take roots and exponentials to some units in the last place only. */
const looser: {[backend: string]: number} = {webgl: 10, webgpu: 10};

/** float16 keeps 11 bits, 2^13 times less than float32. */
const FLOAT16 = 2 ** 13;

/**
 * The error allowed for an op on the current backend.
 * @param factor How much worse the case is conditioned than the op usually is.
 */
export function toleranceOf(op: VerifiedOp, factor = 1): number {
  const precision = floatPrecision() === 16 ? FLOAT16 : looser[tf.getBackend()] ?? 1;
  return Math.min(opChecks[op]!.tolerance * factor * precision, 0.5);
}
