import * as tf from '@tensorflow/tfjs-core';

import {tidy} from '../tidy';

/** A difference that float32 sees next to 1 and float16 does not. */
const SMALL = 2 ** -20;

/**
 * With how many bits the current backend computes: 16 or 32. Where webgl renders float32, its own `floatPrecision()`
 * says 16, so there it is measured.
 */
export function floatPrecision(): 16 | 32 {
  if (tf.getBackend() !== 'webgl') return tf.backend().floatPrecision();
  return tidy(() => tf.sub(tf.add(tf.scalar(1), SMALL), 1).dataSync()[0]! > 0 ? 32 : 16);
}
