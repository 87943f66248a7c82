import * as tf from '@tensorflow/tfjs-core';
import type {Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';
import {generator} from '@tensorflow/tfjs-data';
import type {Dataset} from '@tensorflow/tfjs-data';

import {seededRandom, shuffled} from '../shared/random';
import {pictureOf, randomChange, UNCHANGED, writePicture} from './augment';
import type {Change} from './augment';
import {CHANNELS, CLASSES, PICTURE, SIDE} from './format';
import type {Records} from './format';

/** Batches that are made while the net works on the one before. */
const AHEAD = 2;

/** What a training step takes: pictures [N, 32, 32, 3] around 0, labels one-hot [N, 10]; the taker disposes them. */
export type Batch = {x: Tensor4D, y: Tensor2D};

/** Which pictures a batch consists of, and how they are changed. */
type Recipe = {indices: number[], changes: Change[]};
/** What decides an epoch's order and changes. */
export interface StreamArgs {
  seed: number;
  batch: number;
  augment: boolean;
}

/** Pictures to train on, in the order and with the changes that belong to this epoch, whatever ran before. */
export function trainingStream(
    records: Records, {seed, batch, augment}: StreamArgs, epoch: number): Dataset<Batch> {
  return streamOf(records, function* () {
    const random = epochRandom(seed, epoch);
    const order = shuffled(records.labels.length, random);
    for (let start = 0; start < order.length; start += batch) {
      const indices = [...order.subarray(start, start + batch)];
      yield {indices, changes: indices.map(() => (augment ? randomChange(random) : UNCHANGED))};
    }
  });
}

/** All pictures in order, as they are. */
export function testStream(records: Records, batch: number): Dataset<Batch> {
  return streamOf(records, function* () {
    for (let start = 0; start < records.labels.length; start += batch) {
      const length = Math.min(batch, records.labels.length - start);
      yield {indices: Array.from({length}, (_, i) => start + i), changes: Array<Change>(length).fill(UNCHANGED)};
    }
  });
}

function streamOf(records: Records, recipes: () => Generator<Recipe>): Dataset<Batch> {
  return (generator(recipes).map((recipe) => batchOf(records, recipe)) as Dataset<Batch>).prefetch(AHEAD);
}

function batchOf({labels, pictures}: Records, {indices, changes}: Recipe): Batch {
  const x = new Float32Array(indices.length * PICTURE);
  const y = new Float32Array(indices.length * CLASSES);
  indices.forEach((index, i) => {
    writePicture(pictureOf(pictures, index), changes[i]!, x, i * PICTURE);
    y[i * CLASSES + labels[index]!] = 1;
  });
  return {x: tf.tensor4d(x, [indices.length, SIDE, SIDE, CHANNELS]), y: tf.tensor2d(y, [indices.length, CLASSES])};
}

/** Random numbers of one epoch alone: a resumed run needs none from the epochs before. */
function epochRandom(seed: number, epoch: number): () => number {
  return seededRandom(Math.floor(seededRandom(seed)() * 2 ** 32) + Math.imul(epoch + 1, 0x9e3779b1));
}
