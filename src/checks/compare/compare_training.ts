import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import type {CheckedOptions} from './options';
import type {Milliseconds} from './report';
import {median} from './statistics';

/** What training both sides on the same batches gave. */
export interface TrainingComparison {
  losses: {explicit: number[], builtIn: number[] | null};
  milliseconds: Milliseconds;
}

/**
 * Trains both models, which it changes, step by step in turns.
 * @param theirs null where there is none or it cannot train
 * @param onStep called after each step of both; it may end the comparison by throwing
 */
export async function compareTraining(
    ours: LayersModel, theirs: LayersModel | null, xs: Tensor[], ys: Tensor[], options: CheckedOptions,
    onStep: () => Promise<void>): Promise<TrainingComparison> {
  const optimizers = {explicit: options.optimizer(), builtIn: options.optimizer()};
  const models = {explicit: ours, builtIn: theirs};
  const losses = {explicit: [] as number[], builtIn: [] as number[]};
  const times = {explicit: [] as number[], builtIn: [] as number[]};
  try {
    for (const side of ['explicit', 'builtIn'] as const) {
      models[side]?.compile({optimizer: optimizers[side], loss: options.losses[side]});
    }
    for (let step = 0; step < options.steps; step++) {
      const batch = batchAt(step, xs, ys, options.batchSize);
      try {
        for (const side of step % 2 === 0 ? ['explicit', 'builtIn'] as const : ['builtIn', 'explicit'] as const) {
          const model = models[side];
          if (!model) continue;
          const start = performance.now();
          losses[side].push(onlyLoss(await model.trainOnBatch(batch.xs, batch.ys)));
          times[side].push(performance.now() - start);
        }
      } finally {
        tf.dispose([batch.xs, batch.ys]);
      }
      await onStep();
    }
  } finally {
    Object.values(optimizers).forEach((optimizer) => optimizer.dispose());
  }
  return {
    losses: {explicit: losses.explicit, builtIn: theirs ? losses.builtIn : null},
    milliseconds: {explicit: median(times.explicit), builtIn: median(times.builtIn)},
  };
}

/** The examples of a step: the next `batchSize` of them, from the start again where they end. */
function batchAt(step: number, xs: Tensor[], ys: Tensor[], batchSize: number | null) {
  const examples = xs[0]!.shape[0]!;
  const size = Math.min(batchSize ?? examples, examples);
  const start = step % Math.ceil(examples / size) * size;
  const take = (tensor: Tensor) => tf.slice(tensor, start, Math.min(size, examples - start));
  return {xs: xs.map(take), ys: ys.map(take)};
}

function onlyLoss(value: number | number[]): number {
  return Array.isArray(value) ? value[0]! : value;
}
