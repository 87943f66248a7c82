import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D, Tensor4D} from '@tensorflow/tfjs-core';

import * as ops from '../../../src/ops';
import {tidy} from '../../../src/tidy';
import type {Numbers} from './numbers';
import type {Problem} from './problem';

/** How much of dout flows back: of every cell, of the cells up to this step in the order of the loops, of it alone. */
export type Share = 'all' | 'so far' | 'alone';

/** What the library's backward pass returns; dw and db are null for a pooling. */
export interface Gradients {
  dx: Numbers;
  dw: Numbers | null;
  db: Numbers | null;
}

/** out, [Ho, Wo, K], by the library's forward op. */
export function forward(problem: Problem): Numbers {
  return tidy(() => numbers(tf.squeeze(pair(problem).out, [0])));
}

/** The gradients for this dout, [Ho, Wo, K], by the library's backward op. */
export function backward(problem: Problem, dout: Numbers): Gradients {
  return tidy(() => {
    const {dx, dw, db} = pair(problem).backward(batched(dout));
    return {dx: numbers(tf.squeeze(dx, [0])), dw: dw && numbers(dw), db: db && numbers(db)};
  });
}

/** The window of every output position as a column, [F F D, Ho Wo], by the library's im2col. */
export function columns({x, sizes: {kernel, stride, padding}, exactFit}: Problem): Numbers {
  return tidy(() => numbers(ops.im2col(batched(x), {kernelSize: kernel, strides: stride, padding, exactFit})));
}

/** The filters as rows, [K, F F D]. */
export function filterRows({w}: Problem): Numbers {
  return tidy(() => numbers(tf.transpose(tf.reshape(tensor(w), [-1, w.shape[3]!]))));
}

/** filter rows * columns + b, [K, Ho Wo]: the convolution as one matrix product. */
export function product(rows: Numbers, cols: Numbers, b: Numbers): Numbers {
  return tidy(() => numbers(tf.add(
    tf.matMul(tensor(rows) as tf.Tensor2D, tensor(cols) as tf.Tensor2D), tf.expandDims(tensor(b), 1))));
}

/** The products of a row and a column, one list a channel, and the sum of each list. */
export function products(row: number[], column: number[], depth: number): {terms: number[], sum: number}[] {
  return tidy(() => {
    const byChannel = tf.transpose(tf.reshape(tf.mul(tf.tensor1d(row), tf.tensor1d(column)), [-1, depth]));
    const sums = tf.sum(byChannel, 1).dataSync();
    return tf.unstack(byChannel).map((terms, c) => ({terms: [...terms.dataSync()], sum: sums[c]!}));
  });
}

function pair({layer, x, w, b, sizes: {kernel, stride, padding}, exactFit, ties}: Problem):
    {out: Tensor4D, backward: (dout: Tensor4D) => {dx: Tensor, dw: Tensor | null, db: Tensor | null}} {
  if (layer === 'pool') {
    const {out, cache} = ops.maxPool2dForward(batched(x), {poolSize: kernel, strides: stride, padding, exactFit, ties});
    return {out, backward: (dout) => ({...ops.maxPool2dBackward(dout, cache), dw: null, db: null})};
  }
  const {out, cache} = ops.conv2dForward(
    batched(x), tensor(w) as Tensor4D, tensor(b) as Tensor1D, {strides: stride, padding, exactFit});
  return {out, backward: (dout) => ops.conv2dBackward(dout, cache)};
}

function tensor({shape, data}: Numbers): Tensor {
  return tf.tensor(data, shape, 'float32');
}

function batched(image: Numbers): Tensor4D {
  return tf.expandDims(tensor(image), 0) as Tensor4D;
}

function numbers(t: Tensor): Numbers {
  return {shape: t.shape, data: [...t.dataSync()]};
}
