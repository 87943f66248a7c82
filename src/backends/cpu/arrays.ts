import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

/** The numbers of a tensor, in place: to be read, never written, since other tensors may share them. */
export function read(x: Tensor): Float32Array {
  return x.dataSync<'float32'>();
}

/** A tensor that takes over `values`, without a copy; tf.tensor would refuse a NaN in debug mode. */
export function wrap<T extends Tensor>(values: Float32Array, shape: number[]): T {
  return tf.engine().makeTensor(values, shape, 'float32') as T;
}

/** How many numbers a tensor of this shape holds. */
export function sizeOf(shape: number[]): number {
  return shape.reduce((size, n) => size * n, 1);
}

/** Makes every row of `matrix` a copy of `row`. */
export function fillRows(matrix: Float32Array, row: Float32Array): void {
  matrix.set(row);
  for (let filled = row.length; filled < matrix.length; filled *= 2) matrix.copyWithin(filled, 0, filled);
}

/** True where no number is NaN or infinite. */
export function areFinite(values: Float32Array): boolean {
  let zero = 0;
  for (const value of values) zero += 0 * value;
  return zero === 0;
}
