import * as tf from '@tensorflow/tfjs-core';

import {kernels} from '../../src/backends';
import {currentHeap} from '../../src/backends/wasm/open_heap';
import {thresholds} from '../../src/backends/wasm/thresholds';
import {geometry, numberOf} from './threshold';
import type {Threshold} from './threshold';

function product(rows: number, columns: number): () => void {
  const [a, b] = [tf.ones<tf.Rank.R2>([rows, 512]), tf.ones<tf.Rank.R2>([512, columns])];
  return () => kernels().matMul(a, b, false, false);
}

/** A convolution 3x3 of so many patches, or its input gradient. */
function convolution(patches: number, filters: number, backward = false): () => void {
  const x = tf.ones<tf.Rank.R4>([1, 3, patches + 2, 64]), w = tf.ones<tf.Rank.R4>([3, 3, 64, filters]);
  const dout = tf.ones<tf.Rank.R4>([1, 1, patches, filters]), g = geometry(x, w);
  return () => backward ? kernels().conv2dInputGrad(dout, w, g) : kernels().conv2d(x, w, null, g);
}

/**
 * The first way reads the right factor, or the filters, as they are; the other one packs them. Compiled numbers stay what they
 * are: there the other way is that of a convolution with one patch more, whose ratio alone counts.
 */
export function wasmThresholds(): Threshold[] {
  const {constants} = currentHeap()!, thinRows = constants['thinRows']!, filters = [32, 128, 512];
  return [
    numberOf(constants, 'thinRows',
      {first: {thinRows: Infinity}, other: {thinRows: 0}, run: (size) => product(size, 512), factors: [1, 2, 4]}),
    numberOf(thresholds, 'thinColumns',
      {first: {thinColumns: 0}, other: {thinColumns: Infinity}, run: (size) => product(thinRows, size)}),
    {name: 'thinRows, patches', sizes: [thinRows],
      ways: (size) => [convolution(size, 512), convolution(size + 1, 512)]},
    {name: 'fewPatches', sizes: filters, ways: (size) => [convolution(size - 1, size), convolution(size, size)]},
    {name: 'fewPatches, dx', sizes: filters,
      ways: (size) => [convolution(size - 1, size, true), convolution(size, size, true)]},
  ];
}
