/** What is frozen stays frozen, through Sequential.build, saving, loading, conversions and nesting. */
import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn, sequential} from '@tensorflow/tfjs-layers';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {layers, models} from '../../src';
import {exportKeras, importKeras} from '../../src/keras';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {randomValues} from '../support/random';
import {memory} from './support/saving';

const x = () => toTensor(randomValues([4, 3], 1));

function net(): LayersModel {
  const model = sequential({layers: [
    layers.dense({inputShape: [3], units: 3, name: 'frozen'}), layers.batchNormalization({name: 'norm'}),
    layers.dense({units: 1, name: 'free'}),
  ]});
  model.predict(x());
  for (const layer of model.layers.slice(0, 2)) layer.trainable = false;
  return model;
}

async function trained(model: LayersModel): Promise<string[]> {
  const values = () => Promise.all(model.weights.map(async (weight) => (await weight.read().data()).join()));
  const before = await values();
  const optimizer = tf.train.sgd(0.1);
  for (let i = 0; i < 2; i++) optimizer.minimize(() => tf.mean(tf.square(model.apply(x()) as tf.Tensor)));
  model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
  await model.fit(x(), tf.ones([4, 1]), {epochs: 2, verbose: 0});
  const after = await values();
  return model.weights.filter((_, i) => before[i] !== after[i]).map(({originalName}) => originalName);
}

describeOnBackends('what is frozen stays frozen', () => {
  afterEach(() => tf.disposeVariables());

  const ways: [title: string, make: () => LayersModel | Promise<LayersModel>][] = [
    ['as it is', net],
    ['saved and loaded', async () => {
      const handler = memory();
      await models.save(net(), handler);
      return models.load(handler);
    }],
    ['toExplicit', () => models.toExplicit(net())],
    ['toBuiltIn', () => models.toBuiltIn(net())],
    ['a Keras file', async () => importKeras(await exportKeras(net(), {format: 'keras'}))],
    ['a legacy Keras file', async () => importKeras(await exportKeras(net(), {format: 'h5'}))],
  ];
  for (const [title, make] of ways) {
    it(title, async () => {
      const names = await trained(await make());
      expect(names.every((name) => name.startsWith('free'))).withContext(names.join()).toBeTrue();
      expect(names.length).toBeGreaterThan(0);
    });
  }

  it("layers that a layer of a user's own lists", async () => {
    class Block extends builtIn.Layer {
      static readonly className = 'Block';
      readonly layers = [layers.dense({units: 3, name: 'first'}), layers.dense({units: 2, name: 'second'})];

      override build(): void {
        this.layers[0]!.build([null, 3]);
        this.layers[1]!.build([null, 3]);
        this.built = true;
      }

      override computeOutputShape(): [null, number] {
        return [null, 2];
      }

      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return this.layers.reduce((value, layer) => layer.call(value, {}), [inputs].flat()[0]!);
      }
    }
    const block = new Block({inputShape: [3], name: 'block'});
    const model = sequential({layers: [sequential({layers: [block]}), builtIn.dense({units: 1, name: 'free'})]});
    model.predict(x());
    model.layers[0]!.trainable = false;
    expect(block.layers.flatMap((layer) => layer.weights).map(({trainable}) => trainable)).toEqual([false, false, false, false]);
  });

  it('toFullyConvolutional', () => {
    const model = sequential({layers: [
      layers.conv2d({inputShape: [6, 6, 2], filters: 3, kernelSize: 3, name: 'frozen', trainable: false}),
      layers.batchNormalization({name: 'norm', trainable: false}), builtIn.flatten({name: 'flat'}),
      layers.dense({units: 2, name: 'dense', trainable: false}), layers.dense({units: 1, name: 'free'}),
    ]});
    const names = models.toFullyConvolutional(model).trainableWeights.map(({originalName}) => originalName);
    expect(names.length).toBe(2);
    expect(names.every((name) => name.startsWith('free'))).withContext(names.join()).toBeTrue();
  });

  it('a model in a model, in a Keras file', async () => {
    const inner = sequential({name: 'inner', layers: [
      layers.dense({inputShape: [3], units: 3, name: 'deep'}), layers.batchNormalization({name: 'norm'}),
    ]});
    const model = sequential({layers: [inner, layers.dense({units: 1, name: 'free'})]});
    inner.trainable = false;
    for (const format of ['keras', 'h5'] as const) {
      const names = await trained(await importKeras(await exportKeras(model, {format})));
      expect(names.every((name) => name.startsWith('free'))).withContext(names.join()).toBeTrue();
      expect(names.length).toBeGreaterThan(0);
    }
  });

  it('as the first model of a Sequential, and in a model in a model', async () => {
    const inner = sequential({name: 'inner', layers: [
      layers.dense({inputShape: [3], units: 3, name: 'deep'}), layers.batchNormalization({name: 'norm'}),
    ]});
    const middle = sequential({name: 'middle', layers: [layers.dense({inputShape: [3], units: 3, name: 'outer'}), inner]});
    const model = sequential({layers: [middle, layers.dense({units: 1, name: 'free'})]});
    middle.trainable = false;
    const names = await trained(model);
    expect(names.every((name) => name.startsWith('free'))).withContext(names.join()).toBeTrue();
    middle.trainable = true;
    expect((await trained(model)).some((name) => name.startsWith('deep'))).toBeTrue();
  });
});
