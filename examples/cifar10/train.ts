import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {models} from '../../src';
import {breathe} from '../shared/interrupt';
import {UserError} from '../shared/run';
import {removeCheckpoint, saveCheckpoint} from './checkpoint';
import type {Epoch, RunState} from './checkpoint';
import {earlyStopping} from './early_stopping';
import {evaluate} from './evaluate';
import type {CifarFlags} from './flags';
import type {Records} from './format';
import {trainingStream} from './stream';

/** A net in training: as it is now, how far it has come, and what it learns from. */
export interface Run {
  model: LayersModel;
  state: RunState;
  training: Records;
  validation: Records;
}

/** Is told how far the training is. */
export interface Watch {
  /** After each step: which epoch it is of, from 1 on, and the steps done of all. */
  step(epoch: number, done: number, total: number, loss: number): void;
  /** After each epoch, when its checkpoint is on disk. */
  epoch(number: number, epoch: Epoch, isBest: boolean): void;
}

/** Where a run keeps itself. */
export function foldersOf({out}: {out: string}): {checkpoint: string, best: string} {
  return {checkpoint: path.join(out, 'checkpoint'), best: path.join(out, 'best')};
}

/**
 * Trains to the last epoch, or until the validation loss no longer falls. After each epoch the best net so far and the
 * checkpoint are on disk, in this order: a run killed between them does the epoch again, with the same result.
 *
 * @throws The signal's reason, when the user asked to stop.
 */
export async function train(run: Run, flags: CifarFlags, signal: AbortSignal, watch: Watch): Promise<void> {
  const {checkpoint, best} = foldersOf(flags);
  const {epochs, steps} = run.state;
  while (epochs.length < flags.epochs && !stoppingOf(run.state, flags).stop) {
    const {losses, accuracy} = await trainEpoch(run, flags, signal, watch);
    const {loss: validationLoss, accuracy: validationAccuracy} = await evaluate(run.model, run.validation, signal);
    steps.push(...losses.map(({loss}) => loss));
    epochs.push({loss: weightedMean(losses), accuracy, validationLoss, validationAccuracy});
    const isBest = stoppingOf(run.state, flags).best === epochs.length - 1;
    if (epochs.length === 1) removeCheckpoint(checkpoint);
    if (isBest) await models.save(run.model, best, {includeOptimizer: false});
    await saveCheckpoint(checkpoint, run.model, run.state);
    watch.epoch(epochs.length, epochs.at(-1)!, isBest);
  }
}

export function stoppingOf({epochs}: RunState, {patience}: CifarFlags): ReturnType<typeof earlyStopping> {
  return earlyStopping(epochs.map(({validationLoss}) => validationLoss), patience);
}

/** What one step lost on how many pictures. */
interface Step {
  loss: number;
  size: number;
}

async function trainEpoch({model, state, training}: Run, flags: CifarFlags, signal: AbortSignal, watch: Watch) {
  const epoch = state.epochs.length;
  const perEpoch = Math.ceil(training.labels.length / flags.batch);
  const losses: Step[] = [];
  let right = 0;
  (model.optimizer as tf.MomentumOptimizer).setLearningRate(flags.learningRate * flags.decay ** epoch);
  const batches = await trainingStream(training, flags, epoch).iterator();
  for (let next = await batches.next(); !next.done; next = await batches.next()) {
    const {x, y} = next.value;
    const [loss, accuracy] = await model.trainOnBatch(x, y) as [number, number];
    losses.push({loss, size: x.shape[0]});
    right += accuracy * x.shape[0];
    tf.dispose([x, y]);
    if (!Number.isFinite(loss)) {
      throw new UserError(
          `The loss is ${loss} in step ${losses.length} of epoch ${epoch + 1}. Try a smaller --learning-rate.`);
    }
    watch.step(epoch + 1, epoch * perEpoch + losses.length, flags.epochs * perEpoch, loss);
    await breathe();
    signal.throwIfAborted();
  }
  return {losses, accuracy: right / training.labels.length};
}

function weightedMean(steps: readonly Step[]): number {
  const [sum, size] = steps.reduce(([sum, all], step) => [sum + step.loss * step.size, all + step.size], [0, 0]);
  return sum / size;
}
