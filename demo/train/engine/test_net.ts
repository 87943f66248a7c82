import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {batchOf} from '../../../examples/shared/images';
import type {ImageSet} from '../../../examples/shared/images';
import type {Tested} from './contract';
import {breathe} from './one_at_a_time';

const CHUNK = 50;

/**
 * Classifies images and counts which class was taken for which.
 * @param onChunk gets what is known after every few, and says whether to go on
 */
export async function testNet(
    net: LayersModel, set: ImageSet,
    onChunk: (result: Omit<Tested, 'type' | 'step'>) => Promise<boolean>): Promise<void> {
  const confusion = new Uint32Array(set.classes ** 2);
  let right = 0;
  for (let images = 0; images < set.size;) {
    const indices = Array.from({length: Math.min(CHUNK, set.size - images)}, (_, i) => images + i);
    const guesses = await guessesOf(net, set, indices);
    for (const [i, index] of indices.entries()) {
      const label = set.labels[index]!;
      confusion[label * set.classes + guesses[i]!]!++;
      if (label === guesses[i]) right++;
    }
    images += indices.length;
    if (!await onChunk({images, accuracy: right / images, confusion: confusion.slice()})) return;
    await breathe();
  }
}

async function guessesOf(net: LayersModel, images: ImageSet, indices: number[]): Promise<ArrayLike<number>> {
  const {x, y} = batchOf(images, indices);
  const guesses = tf.tidy(() => tf.argMax(net.predict(x) as Tensor, 1));
  try {
    return await guesses.data();
  } finally {
    tf.dispose([x, y, guesses]);
  }
}
