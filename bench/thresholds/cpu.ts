import * as tf from '@tensorflow/tfjs-core';

import {kernels} from '../../src/backends';
import {thresholds} from '../../src/backends/cpu/thresholds';
import {geometry, numberOf} from './threshold';
import type {Threshold} from './threshold';

/** A product of so many rows, whose other factor is as it is or transposed. */
function product(rows: number, transposed: boolean): () => void {
  const [a, b] = [tf.ones<tf.Rank.R2>([rows, 512]), tf.ones<tf.Rank.R2>([512, 512])];
  return () => kernels().matMul(a, b, false, transposed);
}

/** A convolution 3x3, or its filter gradient, with groups of two channels and so many channels times filters. */
function convolution(pairs: number, groups: number, backward = false): () => void {
  const x = tf.ones<tf.Rank.R4>([2, 32, 32, 2 * groups]), w = tf.ones<tf.Rank.R4>([3, 3, 2, pairs / 2 * groups]);
  const dout = tf.ones<tf.Rank.R4>([2, 30, 30, pairs / 2 * groups]), g = geometry(x, w);
  return () => backward ? kernels().conv2dFilterGrad(x, dout, g) : kernels().conv2d(x, w, null, g);
}

/** The first way reads the factors as they are; the other one packs them. */
export function cpuThresholds(): Threshold[] {
  const lines = {first: {fewLines: Infinity}, other: {fewLines: 0}, factors: [0.5, 0.75, 1, 2]};
  const pairs = {first: {fewPairs: Infinity}, other: {fewPairs: 0}};
  return [
    numberOf(thresholds, 'fewLines', {...lines, of: 'a b', run: (size) => product(size, false)}),
    numberOf(thresholds, 'fewLines', {...lines, of: 'a b^T', run: (size) => product(size, true)}),
    numberOf(thresholds, 'fewPairs', {...pairs, run: (size) => convolution(size, 1)}),
    numberOf(thresholds, 'fewPairs', {...pairs, of: 'groups', run: (size) => convolution(size, 8)}),
    numberOf(thresholds, 'fewPairs', {...pairs, of: 'dw', run: (size) => convolution(size, 1, true)}),
  ];
}
