import * as tf from '@tensorflow/tfjs-core';
import type {Sequential} from '@tensorflow/tfjs-layers';

import {losses, models} from '../../src';
import {batchOf} from '../shared/images';
import type {ImageSet} from '../shared/images';
import {breathe} from '../shared/interrupt';

/** One of the models, and how its training went. */
export interface Side {
  name: string;
  model: Sequential;
  /** Of each step. */
  losses: number[];
  /** Milliseconds of each step. */
  times: number[];
}

const LEARNING_RATE = 0.01;

/** Of every side; each gets one of its own. */
export const makeOptimizer = () => tf.train.momentum(LEARNING_RATE, 0.9);

/** How many of all steps run at the full learning rate, before it goes down to zero step by step. */
export function constantSteps(steps: number): number {
  return Math.ceil(steps / 2);
}

/** The explicit side, ready to train with the package's loss. */
export function explicitSide(model: Sequential): Side {
  model.compile({optimizer: makeOptimizer(), loss: losses.softmaxLoss});
  return {name: 'explicit', model, losses: [], times: []};
}

/** The explicit side again, its steps as TensorFlow graphs. */
export function graphSide(model: Sequential): Side {
  return {...explicitSide(models.runAsGraph(model)), name: 'graph'};
}

/** The built-in side, ready to train with the same loss of tfjs-core. */
export function builtInSide(model: Sequential): Side {
  const {NONE} = tf.Reduction;
  model.compile({
    optimizer: makeOptimizer(),
    loss: (yTrue, yPred) => tf.losses.softmaxCrossEntropy(yTrue, yPred, undefined, 0, NONE),
  });
  return {name: 'built-in', model, losses: [], times: []};
}

/**
 * Trains the sides step by step on the same batches; they take turns in going first.
 * @param batches the indices of each step's images
 * @param onStep called after each step
 * @returns how many steps were done: all, or those until the user asked to stop
 */
export async function train(
    sides: readonly Side[], images: ImageSet, batches: readonly Uint32Array[], signal: AbortSignal,
    onStep: (done: number) => void): Promise<number> {
  const constant = constantSteps(batches.length);
  for (const [step, indices] of batches.entries()) {
    const {x, y} = batchOf(images, indices);
    const rate = LEARNING_RATE * Math.min(1, (batches.length - step) / (batches.length - constant));
    for (const {model} of sides) (model.optimizer as tf.MomentumOptimizer).setLearningRate(rate);
    for (const side of step % 2 === 0 ? sides : [...sides].reverse()) {
      const start = performance.now();
      const loss = await side.model.trainOnBatch(x, y);
      side.times.push(performance.now() - start);
      side.losses.push(loss as number);
    }
    tf.dispose([x, y]);
    onStep(step + 1);
    await breathe();
    if (signal.aborted) return step + 1;
  }
  return batches.length;
}
