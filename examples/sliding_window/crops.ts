import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor4D} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {CROP, PLACES, STRIDE} from './networks';

/** The 36 crops of a large picture [1, 384, 384, 3], row by row. */
export function cropsOf(picture: Tensor4D): Tensor4D[] {
  return Array.from({length: PLACES * PLACES}, (_, i) =>
    tf.slice(picture, [0, STRIDE * Math.floor(i / PLACES), STRIDE * (i % PLACES), 0], [1, CROP, CROP, 3]));
}

/** The scores of all crops, [36, classes], in one batch. */
export function inOneBatch(model: LayersModel, picture: Tensor4D): Tensor {
  return tf.tidy(() => model.predict(tf.concat(cropsOf(picture)), {batchSize: PLACES * PLACES}) as Tensor);
}

/** The same, crop by crop. */
export function oneByOne(model: LayersModel, picture: Tensor4D): Tensor {
  return tf.tidy(() => tf.concat(cropsOf(picture).map((crop) => tf.tidy(() => model.predict(crop) as Tensor))));
}

/** The same from one pass of the fully convolutional model, [36, classes]. */
export function inOnePass(model: LayersModel, picture: Tensor4D): Tensor {
  return tf.tidy(() => tf.reshape(model.predict(picture) as Tensor4D, [PLACES * PLACES, -1]));
}

/** The largest difference, relative to the largest value. */
export function largestDifference(actual: Tensor, expected: Tensor): number {
  return tf.tidy(() => tf.div(tf.max(tf.abs(tf.sub(actual, expected))), tf.max(tf.abs(expected))).dataSync()[0]!);
}
