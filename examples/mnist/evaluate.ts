import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {batchOf, batchesOf} from '../shared/images';
import type {ImageSet} from '../shared/images';
import {breathe} from '../shared/interrupt';

const BATCH = 500;

/**
 * The share of images whose largest score is that of their class.
 * @throws The signal's reason, when the user asked to stop.
 */
export async function accuracyOf(model: LayersModel, images: ImageSet, signal: AbortSignal): Promise<number> {
  let right = 0;
  const order = Uint32Array.from({length: images.size}, (_, i) => i);
  for (const indices of batchesOf(order, BATCH)) {
    const {x, y} = batchOf(images, indices);
    const guesses = tf.tidy(() => tf.argMax(model.predict(x) as Tensor, 1));
    const found = await guesses.data();
    right += indices.filter((index, i) => found[i] === images.labels[index]).length;
    tf.dispose([x, y, guesses]);
    await breathe();
    signal.throwIfAborted();
  }
  return right / images.size;
}
