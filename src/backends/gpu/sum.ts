import * as tf from '@tensorflow/tfjs-core';
import type {Tensor1D, Tensor2D} from '@tensorflow/tfjs-core';

import {columnSum as columnSumInBlocks} from '../default/dense';

/**
 * Up to here tfjs's own launch adds few enough numbers one after the other: these backends sum as a tree, but for a prime
 * number of rows. Chosen by digits, not by speed: spec/backends/gpu_spec.ts sums columns on each side.
 */
export const rowsOfOneLaunch = 1 << 14;

export function columnSum(x: Tensor2D): Tensor1D {
  return x.shape[0] <= rowsOfOneLaunch ? tf.sum(x, 0) : columnSumInBlocks(x);
}
