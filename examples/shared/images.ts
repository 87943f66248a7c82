import * as tf from '@tensorflow/tfjs-core';
import type {Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

/** Labelled images as bytes, [size, height, width, channels] row by row. */
export interface ImageSet {
  pixels: Uint8Array;
  labels: Uint8Array;
  size: number;
  height: number;
  width: number;
  channels: number;
  classes: number;
}

/** What a training step takes: images [N, H, W, C] with values from 0 to 1, labels one-hot [N, classes]. */
export interface Batch {
  x: Tensor4D;
  y: Tensor2D;
}

/** The images of these indices as tensors, which the caller disposes. */
export function batchOf(set: ImageSet, indices: ArrayLike<number>): Batch {
  const {height, width, channels, classes} = set;
  const imageSize = height * width * channels;
  const x = new Float32Array(indices.length * imageSize);
  const y = new Float32Array(indices.length * classes);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]! * imageSize;
    for (let k = 0; k < imageSize; k++) x[i * imageSize + k] = set.pixels[from + k]! / 255;
    y[i * classes + set.labels[indices[i]!]!] = 1;
  }
  return {x: tf.tensor4d(x, [indices.length, height, width, channels]), y: tf.tensor2d(y, [indices.length, classes])};
}

/** The indices 0..size-1 cut into pieces of `batchSize`, the last one shorter where it does not divide. */
export function batchesOf(order: Uint32Array, batchSize: number): Uint32Array[] {
  return Array.from({length: Math.ceil(order.length / batchSize)},
      (_, i) => order.subarray(i * batchSize, (i + 1) * batchSize));
}
