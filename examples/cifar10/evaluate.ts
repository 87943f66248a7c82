import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {losses} from '../../src';
import {breathe} from '../shared/interrupt';
import {CLASSES} from './format';
import type {Records} from './format';
import {testStream} from './stream';

/** How a net does on pictures that it does not learn from. */
export interface Evaluation {
  /** Mean softmax loss. */
  loss: number;
  /** Share of pictures whose highest score is their class's. */
  accuracy: number;
  /** How many pictures of each class (rows) got the highest score for each (columns). */
  confusion: number[][];
}

const BATCH = 250;

/**
 * Tests the net.
 * @throws The signal's reason, when the user asked to stop.
 */
export async function evaluate(
    model: LayersModel, records: Records, signal: AbortSignal, onBatch: (done: number) => void = () => {}):
    Promise<Evaluation> {
  const confusion = Array.from({length: CLASSES}, () => Array<number>(CLASSES).fill(0));
  let [done, loss] = [0, 0];
  const batches = await testStream(records, BATCH).iterator();
  for (let next = await batches.next(); !next.done; next = await batches.next()) {
    const {x, y} = next.value;
    const [guesses, each] = tf.tidy(() => {
      const scores = model.predict(x, {batchSize: BATCH}) as Tensor;
      return [tf.argMax(scores, 1) as Tensor1D, losses.softmaxLoss(y, scores)];
    });
    const [guessed, lost] = [await guesses.data<'int32'>(), await each.data<'float32'>()];
    for (const [i, guess] of guessed.entries()) confusion[records.labels[done + i]!]![guess]!++;
    loss += lost.reduce((sum, value) => sum + value, 0);
    done += guessed.length;
    tf.dispose([x, y, guesses, each]);
    onBatch(done);
    await breathe();
    signal.throwIfAborted();
  }
  const right = confusion.reduce((sum, row, label) => sum + row[label]!, 0);
  return {loss: loss / done, accuracy: right / done, confusion};
}
