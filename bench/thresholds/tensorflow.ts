import * as tf from '@tensorflow/tfjs-core';
import type {Tensor4D} from '@tensorflow/tfjs-core';

import {kernels} from '../../src/backends';
import {thresholds} from '../../src/backends/tensorflow/thresholds';
import {geometry, numberOf} from './threshold';
import type {Threshold} from './threshold';

/** A convolution 3x3 with patches of about so many entries. */
function convolution(entries: number, filters: number): () => void {
  const channels = Math.max(1, Math.round(entries / 9));
  const [x, w] = [tf.ones<tf.Rank.R4>([16, 32, 32, channels]), tf.ones<tf.Rank.R4>([3, 3, channels, filters])];
  return () => kernels().conv2d(x, w, null, geometry(x, w));
}

function filterGradient(entries: number): () => void {
  const filters = Math.round(entries / (9 * 128));
  const [x, w] = [tf.ones<tf.Rank.R4>([16, 10, 10, 128]), tf.ones<tf.Rank.R4>([3, 3, 128, filters])];
  const dout: Tensor4D = tf.ones([16, 8, 8, filters]);
  return () => kernels().conv2dFilterGrad(x, dout, geometry(x, w));
}

function product(terms: number, rows: number): () => void {
  const [a, b] = [tf.ones<tf.Rank.R2>([terms, rows]), tf.ones<tf.Rank.R2>([terms, 256])];
  return () => kernels().matMul(a, b, true, false);
}

function hugeFilter(entries: number, places: number): () => void {
  const filters = Math.round(entries / (49 * 512));
  const [x, w] = [tf.ones<tf.Rank.R4>([places, 7, 7, 512]), tf.ones<tf.Rank.R4>([7, 7, 512, filters])];
  return () => kernels().conv2d(x, w, null, geometry(x, w));
}

/** The first way is ours, or the product of patches; the other one is TensorFlow's. */
export function tensorflowThresholds(): Threshold[] {
  const patches = {
    first: {largestPatch: Infinity, largestNarrowPatch: Infinity}, other: {largestPatch: 0, largestNarrowPatch: 0}};
  const theirProduct = {fewTerms: 0, fewRows: 0}, theirConvolution = {hugeFilter: Infinity};
  return [
    numberOf(thresholds, 'largestPatch', {...patches, run: (size) => convolution(size, 32)}),
    numberOf(thresholds, 'largestNarrowPatch', {...patches, run: (size) => convolution(size, 24)}),
    numberOf(thresholds, 'largestFilter',
      {first: {largestFilter: Infinity}, other: {largestFilter: 0}, run: filterGradient}),
    numberOf(thresholds, 'fewTerms',
      {first: {fewTerms: Infinity}, other: theirProduct, run: (size) => product(size, 512)}),
    numberOf(thresholds, 'fewRows',
      {first: {fewRows: Infinity}, other: theirProduct, run: (size) => product(4096, size)}),
    numberOf(thresholds, 'hugeFilter',
      {first: {hugeFilter: 0}, other: theirConvolution, run: (size) => hugeFilter(size, 16), factors: [0.25, 1]}),
    numberOf(thresholds, 'fewPlaces',
      {first: {hugeFilter: 0, fewPlaces: Infinity}, other: theirConvolution, run: (size) => hugeFilter(2 ** 25, size)}),
  ];
}
