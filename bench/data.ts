import * as tf from '@tensorflow/tfjs-core';

import {seededRandom, shuffled} from '../examples/shared/random';

/** Normally distributed values, always the same for the same seed. */
export function normal<R extends tf.Rank = tf.Rank>(shape: tf.ShapeMap[R], seed: number): tf.Tensor<R> {
  const random = seededRandom(seed);
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  for (let i = 0; i < values.length; i += 2) {  // Box and Muller
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    values[i] = radius * Math.cos(angle);
    if (i + 1 < values.length) values[i + 1] = radius * Math.sin(angle);
  }
  return tf.tensor(values, shape, 'float32');
}

/**
 * Values between 0 and 1 of which no two are equal, so that no maximum is tied; above 0, since the max-pool gradient of
 * tfjs-backend-wasm 4.22 forgets windows without a positive value.
 */
export function distinct<R extends tf.Rank = tf.Rank>(shape: tf.ShapeMap[R], seed: number): tf.Tensor<R> {
  const size = tf.util.sizeFromShape(shape);
  if (size > 2 ** 23) throw new Error(`distinct: float32 tells ${2 ** 23} values apart. Got [${shape}].`);
  const order = shuffled(size, seededRandom(seed));
  const step = 2 ** -Math.ceil(Math.log2(size));
  return tf.tensor(Float32Array.from(order, (place) => (place + 0.5) * step), shape, 'float32');
}

/** One-hot rows of random classes. */
export function randomLabels(rows: number, classes: number, seed: number): tf.Tensor2D {
  const random = seededRandom(seed);
  const values = new Float32Array(rows * classes);
  for (let row = 0; row < rows; row++) values[row * classes + Math.floor(random() * classes)] = 1;
  return tf.tensor2d(values, [rows, classes]);
}
