import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor2D, Tensor4D, TensorLike} from '@tensorflow/tfjs-core';

import {tidy} from '../tidy';
import {show} from '../validate';
import {conv2d} from './conv2d';
import type {Conv2dOptions} from './conv2d';

/**
 * The matrix of a convolution: `affine(x, convMatrix(filter, x.shape, options), null)` equals `conv2d(x, filter, null,
 * options)`, one image per row. Every CONV layer is an FC layer with a matrix that is mostly zero (where an output does
 * not see an entry) and repeats each number of the filter many times (parameters are shared). It is meant for study and
 * for tests: its size is that of an image times that of an output.
 *
 * Column by column it says what an output entry sees; row by row, where an entry of x goes: row d is the output for an
 * image that is 1 at d and 0 elsewhere.
 *
 * Backward: it is a convolution of such images, so gradients reach the filter.
 *
 * *Shape*
 * - filter: [kh, kw, C / groups, K]
 * - xShape: [H, W, C] or [N, H, W, C], where N does not matter; channels first as `dataFormat` says
 * - out: [H * W * C, Ho * Wo * K], both in the order in which the data format flattens
 *
 * @throws On a bad xShape, and where conv2d does.
 *
 * Source: the course notes (docs/from_the_notes.md), on converting between FC and CONV layers.
 *
 * ```js
 * const matrix = ops.convMatrix(tf.ones([2, 2, 1, 1]), [3, 3, 1]);
 * console.log(matrix.shape);  // [9, 4]
 * const out = ops.affine(tf.ones([1, 3, 3, 1]), matrix, null);  // [[4, 4, 4, 4]]
 * ```
 */
export function convMatrix(
    filter: Tensor | TensorLike, xShape: readonly number[], options: Conv2dOptions = {}): Tensor2D {
  const shape: unknown[] = Array.isArray(xShape) ? xShape : [];
  const sizes = shape.slice(-3);
  if (![3, 4].includes(shape.length) || !sizes.every((size) => Number.isInteger(size) && (size as number) > 0)) {
    throw new Error(`convMatrix: xShape must be the shape of x, 3 whole numbers or 4 with the batch. Got ${show(xShape)}. ` +
        'Pass x.shape.');
  }
  return tidy(() => {
    const entries = tf.util.sizeFromShape(sizes as number[]);
    const units = tf.reshape<tf.Rank.R4>(tf.eye(entries), [entries, ...sizes] as Tensor4D['shape']);
    return tf.reshape(conv2d(units, filter, null, options), [entries, -1]);
  });
}
