/** Between the reference's float64 arrays, in the document's layout, and the ops' tensors. */
import * as tf from '@tensorflow/tfjs-core';

import {array} from '../../src/reference/array';
import type {ReferenceArray} from '../../src/reference/array';

/** [N, C, H, W] to [N, H, W, C]. */
export const toChannelsLast = [0, 2, 3, 1];
/** [N, H, W, C] to [N, C, H, W]. */
export const toChannelsFirst = [0, 3, 1, 2];
/** The reference's filters [K, C, kh, kw] to the ops' [kh, kw, C, K]. */
export const toHWIO = [2, 3, 1, 0];

/** The reference's depthwise filters [C, M, kh, kw] to the ops' [kh, kw, C, M]. */
export const toTaps = [2, 3, 0, 1];

/** The array with its axes in another order: axis i of the result is axis `order[i]` of x. */
export function transposed(x: ReferenceArray, order?: readonly number[]): ReferenceArray {
  if (!order) return x;
  const strides = x.shape.map((_, axis) => x.shape.slice(axis + 1).reduce((size, n) => size * n, 1));
  const shape = order.map((axis) => x.shape[axis]!);
  const values = new Float64Array(x.data.length);
  const place = shape.map(() => 0);
  for (let i = 0; i < values.length; i++) {
    values[i] = x.data[order.reduce((sum, axis, k) => sum + place[k]! * strides[axis]!, 0)]!;
    for (let k = shape.length - 1; k >= 0; k--) {
      place[k]!++;
      if (place[k]! < shape[k]!) break;
      place[k] = 0;
    }
  }
  return array(shape, values);
}

/** A float32 tensor of the array's values, its axes in another order if asked. */
export function toTensor<R extends tf.Rank = tf.Rank>(x: ReferenceArray, order?: readonly number[]): tf.Tensor<R> {
  const {shape, data} = transposed(x, order);
  return tf.tensor(Float32Array.from(data), shape as tf.ShapeMap[R], 'float32');
}

/** {@link toTensor}, null for null. */
export function toTensorOrNull<R extends tf.Rank>(x: ReferenceArray | null): tf.Tensor<R> | null {
  return x && toTensor<R>(x);
}
