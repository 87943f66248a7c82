/** One step of gradient descent in tf_keras and one here, from the same weights on the same batch: see golden/make.py. */
import {readFileSync} from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import {sequential} from '@tensorflow/tfjs-layers';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {importKeras} from '../../src/keras';
import {layers, losses} from '../../src';
import {sameLayer} from '../../src/models/layer_copy';
import {describeOnBackends} from '../support/backends';
import {expectClose, isClose} from '../support/matchers';
import {goldenPath} from './support/files';

const tolerance = {relative: 1e-5, absolute: 1e-6};

interface Step {
  inputs: {shape: number[], values: number[]}[];
  outputs: {shape: number[], values: number[]}[];
  loss: number;
}

/** Trains a model for a step; gives the loss and the weights that tf_keras came to. */
async function step(title: string, model: LayersModel): Promise<{loss: number, python: Step, expected: LayersModel}> {
  const python = JSON.parse(readFileSync(goldenPath(`tf_keras_${title}.json`), 'utf8')) as Step;
  const [x, y] = [python.inputs, python.outputs].map(([tensor]) => tf.tensor(tensor!.values, tensor!.shape));
  const loss = await model.trainOnBatch(x!, y!) as number;
  return {loss, python, expected: await importKeras(goldenPath(`tf_keras_${title}_after.h5`), {compile: false})};
}

const before = (title: string, kind: 'explicit' | 'builtIn') =>
  importKeras(goldenPath(`tf_keras_${title}_before.h5`), {layers: kind});

describeOnBackends('A step of training', (backend) => {
  it('comes to tf_keras\'s weights, moving averages and loss', async () => {
    const model = await before('step', 'explicit');
    const {loss, python, expected} = await step('step', model);
    expect(isClose(loss, python.loss, tolerance)).withContext(`loss ${loss}, ${python.loss}`).toBeTrue();
    const names = expected.weights.map((weight) => weight.originalName);
    expect(names.length).toBe(12);
    for (const [i, weight] of expected.getWeights().entries()) {
      const ours = model.getWeights()[i]!;
      await expectClose(names[i] === 'norm/moving_variance' ? asFused(ours) : ours, weight, tolerance, names[i]);
    }
  });

  // Of four equal values in each window, tf_keras, Keras 3, tfjs-node and cpu move the first, wasm the first and the last.
  const rules: {title: string, make: () => Promise<LayersModel>, moves: number[]}[] = [
    {title: 'ours by default: all', make: () => tiesNet('all'), moves: [0, 1, 2, 3]},
    {title: 'ours with first, as tf_keras', make: () => tiesNet('first'), moves: [0]},
    {title: 'ours with split', make: () => tiesNet('split'), moves: [0, 1, 2, 3]},
    {title: 'the built-in layer', make: () => before('ties', 'builtIn'), moves: backend === 'wasm' ? [0, 3] : [0]},
  ];
  for (const {title, make, moves} of rules) {
    it(`with ties: ${title}`, async () => {
      const model = await make();
      const start = await model.getWeights()[1]!.clone().data();
      const {expected} = await step('ties', model);
      const [after, python] = [await model.getWeights()[1]!.data(), await expected.getWeights()[1]!.data()];
      expect(movedIn(start, after)).toEqual(moves);
      expect(movedIn(start, python)).toEqual([0]);
      const isPythons = after.every((value, i) => isClose(value, python[i]!, tolerance));
      expect(isPythons).toBe(moves.length === 1 && moves[0] === 0);
    });
  }
});

/**
 * tf_keras's fused kernel alone moves the variance by the corrected one of the batch, N / (N - 1) times ours and Keras 3's,
 * N being the values of a channel.
 */
function asFused(movingVariance: tf.Tensor): tf.Tensor {
  const values = 6 * 9 * 8;
  return tf.add(0.99, tf.mul(tf.sub(movingVariance, 0.99), values / (values - 1)));
}

/** Which places of a 2x2 window move, in the first window of [4, 4]. */
function movedIn(start: ArrayLike<number>, after: ArrayLike<number>): number[] {
  return [0, 1, 4, 5].flatMap((place, i) => (start[place] === after[place] ? [] : [i]));
}

/** The model with this rule in its pool. */
async function tiesNet(ties: 'all' | 'first' | 'split'): Promise<LayersModel> {
  const imported = await before('ties', 'explicit');
  const net = sequential({layers: imported.layers.map((layer) =>
    (layer.name === 'pool' ? layers.maxPooling2d({name: 'pool', ties}) : sameLayer(layer)))});
  net.setWeights(imported.getWeights());
  net.compile({optimizer: tf.train.sgd(0.1), loss: losses.softmaxLoss});
  return net;
}
