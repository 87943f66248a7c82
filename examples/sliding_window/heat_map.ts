import * as tf from '@tensorflow/tfjs-core';
import type {Tensor3D, Tensor4D} from '@tensorflow/tfjs-core';

import {DIGIT, DIGIT_STRIDE} from './digits';
import type {DigitMap} from './digits';

const ZOOM = 3;

/** The digits in grey, and red over them where the net sees the class: each place colours the middle of its crop. */
export function heatMap({picture, probability}: DigitMap): Tensor3D {
  return tf.tidy(() => {
    const [, size] = picture.shape;
    const [, rows, columns] = probability.shape;
    const heat = tf.image.resizeNearestNeighbor(probability, [rows * DIGIT_STRIDE, columns * DIGIT_STRIDE]);
    const before = (DIGIT - DIGIT_STRIDE) / 2;
    const share = tf.mul(0.6, tf.pad(heat, [[0, 0], [before, size - before - rows * DIGIT_STRIDE],
      [before, size - before - columns * DIGIT_STRIDE], [0, 0]]));
    const red = tf.mul(share, tf.tensor4d([1, 0.15, 0.1], [1, 1, 1, 3]));
    const mixed = tf.add(tf.mul(picture, tf.sub(1, share)), red) as Tensor4D;
    const large = tf.image.resizeNearestNeighbor(mixed, [ZOOM * size, ZOOM * size]);
    return tf.mul(tf.squeeze(large, [0]), 255) as Tensor3D;
  });
}
