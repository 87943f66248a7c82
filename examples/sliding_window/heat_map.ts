import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor3D, Tensor4D} from '@tensorflow/tfjs-core';

import {CROP, LARGE, PLACES, STRIDE} from './networks';

/** The class whose score differs most from place to place. */
export function mostVaried(scores: Tensor): number {
  return tf.tidy(() => tf.argMax(tf.moments(scores, 0).variance).dataSync()[0]!);
}

/**
 * A picture with a class's scores over it: each place colours the middle of its crop, from blue (low) to red (high).
 * What no crop has in its middle stays as it is.
 */
export function heatMap(picture: Tensor4D, scores: Tensor, label: number): Tensor3D {
  return tf.tidy(() => {
    const map = tf.reshape(tf.slice(scores, [0, label], [-1, 1]), [1, PLACES, PLACES, 1]) as Tensor4D;
    const [low, high] = [tf.min(map), tf.max(map)];
    const size = STRIDE * PLACES;
    const heat = tf.image.resizeNearestNeighbor(tf.div(tf.sub(map, low), tf.sub(high, low)) as Tensor4D, [size, size]);
    const colours = tf.mul(tf.concat([heat, tf.zerosLike(heat), tf.sub(1, heat)], 3), 255);
    const border = (CROP - STRIDE) / 2;
    const pad = [[0, 0], [border, LARGE - border - size], [border, LARGE - border - size], [0, 0]] as [number, number][];
    const share = tf.pad(tf.fill([1, size, size, 1], 0.5), pad);
    const mixed = tf.add(tf.mul(picture, tf.sub(1, share)), tf.mul(tf.pad(colours, pad), share));
    return tf.squeeze(mixed, [0]) as Tensor3D;
  });
}
