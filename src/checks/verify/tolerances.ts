import * as tf from '@tensorflow/tfjs-core';

import {floatPrecision} from '../precision';

/** What has a tolerance of its own: the ops, and the layers by the op below them. */
export type VerifiedOp =
    'conv2d' | 'im2col' | 'relu' | 'maxPool2d' | 'affine' | 'softmaxLoss' | 'batchNorm' | 'layerNorm';

/**
 * How far a float32 result may be from float64, as a part of the largest value of its array. float32 rounds by 6e-8.
 *
 * - relu, im2col: values are copied or rounded once or twice. maxPool2d: sums of a window's few gradients.
 * - conv2d, affine: sums of up to a thousand products, each off by 6e-8 of the sum of their sizes at worst; libraries
 *   regroup them (Winograd, blocked sums).
 * - softmaxLoss: an exp, a log and a division on top of sums.
 * - batchNorm, layerNorm: 1 / std multiplies differences that cancel, and again in the gradient.
 */
const float32: {[op in VerifiedOp]: number} = {
  relu: 1e-6,
  im2col: 1e-6,
  maxPool2d: 1e-6,
  conv2d: 1e-5,
  affine: 1e-5,
  softmaxLoss: 1e-5,
  batchNorm: 5e-5,
  layerNorm: 5e-5,
};

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
  return Math.min(float32[op] * factor * precision, 0.5);
}
