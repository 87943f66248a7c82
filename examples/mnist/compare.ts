import * as tf from '@tensorflow/tfjs-core';

import {checks} from '../../src';
import type {ImageSet} from '../shared/images';
import {batchOf} from '../shared/images';
import {builtInNet, explicitNet} from './model';
import type {ModelSize} from './model';
import {makeOptimizer} from './train';

/** What the comparison with the built-in layers gave, before the training proper. */
export interface MnistComparison {
  /** With `ties: 'first'`, TensorFlow's own rule, so that nothing but rounding should differ. */
  report: checks.CompareReport;
  /** Windows of each pooling layer that tie in the first batch. */
  ties: {layer: string, count: checks.TieCount}[];
}

/**
 * Compares the explicit layers with the built-in ones over the first training steps.
 * @param batches the indices of the images of these steps, each as many
 * @param onProgress hears how far it is
 */
export async function compareOnMnist(
    size: ModelSize, images: ImageSet, batches: readonly Uint32Array[], signal: AbortSignal,
    onProgress: (done: number, total: number) => void): Promise<MnistComparison> {
  const batchSize = batches[0]!.length;
  const {x, y} = batchOf(images, Uint32Array.from(batches.flatMap((indices) => [...indices])));
  const [first, all, builtIn] = [explicitNet(size, 'first'), explicitNet(size, 'all'), builtInNet(size)];
  try {
    builtIn.setWeights(first.getWeights());
    all.setWeights(first.getWeights());
    const shared = {builtIn, batchSize, signal};
    const report = await checks.compareWithBuiltIns(first, x, y, {
      ...shared, steps: batches.length, optimizer: makeOptimizer, onProgress,
    });
    const tied = await checks.compareWithBuiltIns(all, x, y, {...shared, steps: 0, repeats: 0});
    const ties = tied.layers.flatMap(({name, reasons}) =>
      reasons.flatMap((reason) => (reason.ties ? [{layer: name, count: reason.ties}] : [])));
    return {report, ties};
  } finally {
    [first, all, builtIn].forEach((model) => model.dispose());
    tf.dispose([x, y]);
  }
}
