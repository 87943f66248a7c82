import * as tf from '@tensorflow/tfjs-core';
import type {Tensor2D, Tensor3D, Tensor4D} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {batchOf} from '../shared/images';
import type {Batch, ImageSet} from '../shared/images';
import {breathe} from '../shared/interrupt';

/** Told apart with every kind of colour vision. */
const COLOURS = {right: [86, 180, 233], wrong: [213, 94, 0]};
const COLUMNS = 10;
const ROWS = 6;
/** Images that are read at once. */
const AT_ONCE = 50;

/** Digits as a net for photographs takes them: enlarged, in three colours, from -1 to 1. The caller disposes them. */
export function enlarged(set: ImageSet, indices: ArrayLike<number>, side: number): Batch {
  const {x, y} = batchOf(set, indices);
  const large = tf.tidy(() => {
    const coloured = tf.sub(tf.mul(tf.tile(x, [1, 1, 1, 3]), 2), 1) as Tensor4D;
    return tf.image.resizeBilinear(coloured, [side, side]);
  });
  x.dispose();
  return {x: large, y};
}

/** Which of the digits the net reads right. */
export async function readDigits(net: LayersModel, set: ImageSet, side: number, signal: AbortSignal): Promise<boolean[]> {
  const right: boolean[] = [];
  for (let first = 0; first < set.size && !signal.aborted; first += AT_ONCE) {
    const indices = Array.from({length: Math.min(AT_ONCE, set.size - first)}, (_, i) => first + i);
    const {x, y} = enlarged(set, indices, side);
    const found = tf.tidy(() => tf.argMax(net.predict(x) as Tensor2D, 1));
    const labels = await found.data();
    tf.dispose([x, y, found]);
    right.push(...indices.map((index, i) => labels[i] === set.labels[index]));
    await breathe();
  }
  return right;
}

/** The first digits as one picture [height, width, 3] from 0 to 255: blue where they are read right, else orange. */
export function sheetOf({pixels, height, width}: ImageSet, right: readonly boolean[]): Tensor3D {
  const sheet = tf.buffer([ROWS * height, COLUMNS * width, 3]);
  for (let i = 0; i < Math.min(ROWS * COLUMNS, right.length); i++) {
    const colour = COLOURS[right[i] ? 'right' : 'wrong'];
    const [top, left] = [Math.floor(i / COLUMNS) * height, i % COLUMNS * width];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const ink = pixels[(i * height + y) * width + x]! / 255;
        colour.forEach((value, k) => sheet.set(ink * value, top + y, left + x, k));
      }
    }
  }
  return sheet.toTensor() as Tensor3D;
}
