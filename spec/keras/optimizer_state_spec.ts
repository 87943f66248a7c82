/** Three steps in Python and three here are six in either: see golden/make.py. */
import {readFileSync} from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import {layers as builtIn, sequential} from '@tensorflow/tfjs-layers';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {unzipSync} from 'fflate';

import {layers, models} from '../../src';
import {exportKeras, importKeras} from '../../src/keras';
import {memory} from '../models/support/saving';
import {describeOnBackends} from '../support/backends';
import {expectNoLeaks, isClose} from '../support/matchers';
import {goldenPath} from './support/files';

const files = unzipSync(new Uint8Array(readFileSync(goldenPath('optimizers.zip'))));
const python = JSON.parse(new TextDecoder().decode(files['optimizers.json'])) as {
  inputs: {shape: number[], values: number[]}, outputs: {shape: number[], values: number[]},
  losses: {[name: string]: number[]},
};
const names = Object.keys(files).filter((name) => !name.endsWith('.json'));
const titles = [...new Set(names.map((name) => name.replace(/^(keras3|tf_keras)_|\.\w+$/g, '')))];
const batch = () => [python.inputs, python.outputs].map(({values, shape}) => tf.tensor(values, shape)) as [Tensor, Tensor];

/** The losses before each step. */
async function train(model: LayersModel, steps: number): Promise<number[]> {
  const [x, y] = batch();
  const found: number[] = [];
  for (let step = 0; step < steps; step++) found.push(await model.trainOnBatch(x, y) as number);
  tf.dispose([x, y]);
  return found;
}

function expectLosses(found: number[], expected: number[]): void {
  const tolerance = {relative: 1e-5, absolute: 0};
  expect(found.every((loss, i) => isClose(loss, expected[i]!, tolerance))).withContext(`${found} is not ${expected}`).toBeTrue();
}

describeOnBackends('the state of an optimizer', () => {
  afterEach(() => tf.disposeVariables());

  for (const name of names) {
    it(`comes in: ${name}`, async () => {
      const model = await importKeras(files[name]!);
      expectLosses(await train(model, 3), python.losses[name.replace(/\.\w+$/, '')]!.slice(3));
    });
  }

  for (const title of titles) {
    for (const format of ['keras', 'h5'] as const) {
      it(`goes out as Keras has it: ${title}.${format}`, async () => {
        const model = await importKeras(files[`keras3_${title}.keras`]!);
        const again = await importKeras(await exportKeras(model, {format, ties: 'ignore'}));
        expectLosses(await train(again, 3), python.losses[`keras3_${title}`]!.slice(3));
      });
    }
  }
});

/** A layer that is frozen, one with two weights of a shape, and one that becomes two on the way to Keras. */
function net(): LayersModel {
  const model = sequential({layers: [
    builtIn.reshape({inputShape: [4], targetShape: [2, 2, 1]}),
    layers.conv2d({filters: 3, kernelSize: 2, padding: 1, activation: 'tanh'}), builtIn.flatten(),
    layers.dense({units: 4, trainable: false}), layers.dense({units: 3}),
  ]});
  tf.tidy(() => model.layers.forEach((layer) =>
    layer.setWeights(layer.getWeights().map((weight, i) => tf.randomUniform(weight.shape, -0.5, 0.5, 'float32', i + 3)))));
  return model;
}

describe('the state of an optimizer that was made here', () => {
  const made: {[title: string]: () => tf.Optimizer} = {
    sgd: () => tf.train.sgd(0.1), momentum: () => tf.train.momentum(0.05, 0.9), adam: () => tf.train.adam(0.01),
    adamax: () => tf.train.adamax(0.01), adagrad: () => tf.train.adagrad(0.1), rmsprop: () => tf.train.rmsprop(0.01),
  };
  for (const [title, optimizer] of Object.entries(made)) {
    for (const format of ['keras', 'h5'] as const) {
      it(`travels: ${title}.${format}`, async () => {
        const model = net();
        model.compile({optimizer: optimizer(), loss: 'meanSquaredError'});
        await train(model, 3);
        const again = await importKeras(await exportKeras(model, {format, ties: 'ignore'}));
        expectLosses(await train(again, 3), await train(model, 3));
      });
    }
  }

  it('has a learning rate that is a float in Keras too', async () => {
    const model = net();
    model.compile({optimizer: tf.train.sgd(1), loss: 'meanSquaredError'});
    const config = new TextDecoder().decode(unzipSync(await exportKeras(model, {ties: 'ignore'}))['config.json']);
    expect(config).toContain('"learning_rate":1.0');
  });

  it('travels when the model was saved and loaded in between, and leaves nothing behind', async () => {
    await expectNoLeaks(async () => {
      const model = net();
      model.compile({optimizer: tf.train.adam(0.01), loss: 'meanSquaredError'});
      await train(model, 3);
      const handler = memory();
      await models.save(model, handler);
      const loaded = await models.load(handler);
      const again = await importKeras(await exportKeras(loaded, {ties: 'ignore'}));
      expectLosses(await train(again, 3), await train(model, 3));
      model.optimizer.dispose();
      for (const each of [model, loaded, again]) each.dispose();
    });
  });

  it('is left out with {compile: false}, and refused where a weight trains for which there is none', async () => {
    const model = net();
    model.compile({optimizer: tf.train.adam(0.01), loss: 'meanSquaredError'});
    await train(model, 1);
    model.layers[3]!.trainable = true;
    await expectAsync(exportKeras(model, {ties: 'ignore'})).toBeRejectedWithError(
        /exportKeras: the state of the optimizer Adam has nothing for the weight '.*'.*\{compile: false\}/);
    const again = await importKeras(await exportKeras(model, {ties: 'ignore', compile: false}));
    expect(again.optimizer).toBeUndefined();
  });
});

describeOnBackends('an optimizer of Keras', () => {
  afterEach(() => tf.disposeVariables());

  for (const title of ['adam', 'adadelta', 'rmsprop_centered']) {
    it(`keeps its formula and its state through save and load: ${title}`, async () => {
      const model = await importKeras(files[`keras3_${title}.keras`]!);
      const expected = python.losses[`keras3_${title}`]!;
      expectLosses(await train(model, 1), expected.slice(3));
      const handler = memory();
      await models.save(model, handler);
      expectLosses(await train(await models.load(handler), 2), expected.slice(4));
    });
  }
});
