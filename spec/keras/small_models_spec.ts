/** What random small models of Keras showed: each kind of fault once. */
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {models} from '../../src';
import {describeOnBackends} from '../support/backends';
import {expectClose} from '../support/matchers';

type Config = {[key: string]: unknown};

/** A model of Keras 3 without weights, as the official converter writes its topology. */
function load(class_name: string, config: Config) {
  return models.load({load: async () => ({modelTopology: {keras_version: '3.15.1', model_config: {class_name, config}}})});
}

function row(shape: number[], ...layers: [string, Config][]) {
  const input = {class_name: 'InputLayer', config: {batch_shape: [null, ...shape], name: 'in'}};
  return load('Sequential', {name: 'net', layers: [input, ...layers.map(([class_name, config]) => ({class_name, config}))]});
}

const tensor = (name: string) => ({class_name: '__keras_tensor__', config: {shape: [null, 3], keras_history: [name, 0, 0]}});

describeOnBackends('a small model of Keras', () => {
  afterEach(() => tf.disposeVariables());

  const x = () => tf.tensor2d([[-1, 0.5, 2], [3, -4, 0.25]]);

  it('with an ELU of another slope', async () => {
    const model = await row([3], ['ELU', {name: 'elu', alpha: 0.5}]);
    await expectClose(model.predict(x()) as Tensor, tf.where(tf.greater(x(), 0), x(), tf.mul(0.5, tf.expm1(x()))));
  });

  it('with the activation exponential', async () => {
    const model = await row([3], ['Activation', {name: 'a', activation: 'exponential'}]);
    await expectClose(model.predict(x()) as Tensor, tf.exp(x()));
  });

  it('with a Reshape that works out a size, and a layer after it that must know it', async () => {
    const model = await row([4, 3], ['Reshape', {name: 'r', target_shape: [-1, 2]}], ['Flatten', {name: 'f'}]);
    expect(model.outputs[0]!.shape).toEqual([null, 12]);
    const values = tf.reshape(tf.range(0, 24), [2, 4, 3]);
    await expectClose(model.predict(values) as Tensor, tf.reshape(values, [2, 12]));
  });

  it('with a BatchNormalization of more axes than tf.layers takes', async () => {
    const model = await row([2, 2, 2, 3], ['BatchNormalization', {name: 'b', axis: -1, momentum: 0.9, epsilon: 0.5}]);
    const values = tf.reshape(tf.range(0, 48), [2, 2, 2, 2, 3]);
    await expectClose(model.predict(values) as Tensor, tf.div(values, Math.sqrt(1.5)), {relative: 1e-6, absolute: 1e-6});
  });

  for (const [padding, wanted] of [['same', [-14, -13, -11, -10, -5, -4, -2, -1]], ['valid', [-14]]] as const) {
    it(`with a MaxPooling3D of negative values, padding '${padding}'`, async () => {
      const model = await row([3, 3, 3, 1],
        ['MaxPooling3D', {name: 'p', pool_size: [2, 2, 2], strides: [2, 2, 2], padding, data_format: 'channels_last'}]);
      const values = tf.reshape(tf.range(-27, 0), [1, 3, 3, 3, 1]);
      await expectClose(tf.reshape(model.predict(values) as Tensor, [-1]), tf.tensor1d([...wanted]));
    });
  }

  it('with a Flatten of what is flat', async () => {
    const model = await row([3], ['Flatten', {name: 'f'}], ['Softmax', {name: 's'}]);
    await expectClose(model.predict(x()) as Tensor, tf.softmax(x()));
  });

  it('whose layer takes a tensor twice that another takes later', async () => {
    const layer = (class_name: string, module: string, name: string, from: string[], list: boolean) => ({
      class_name, module, name, config: {name},
      inbound_nodes: [{args: list ? [from.map(tensor)] : from.map(tensor), kwargs: {}}],
    });
    const model = await load('Functional', {name: 'net', layers: [
      {class_name: 'InputLayer', name: 'in', config: {batch_shape: [null, 3], name: 'in'}, inbound_nodes: []},
      {...layer('Activation', 'keras.layers', 'a', ['in'], false), config: {name: 'a', activation: 'tanh'}},
      layer('Multiply', 'keras.src.ops.numpy', 'square', ['a', 'a'], false),
      layer('Add', 'keras.layers', 'twice', ['a', 'a'], true),
      layer('Subtract', 'keras.src.ops.numpy', 'minus', ['square', 'a'], false),
      layer('Add', 'keras.layers', 'sum', ['minus', 'twice'], true),
    ], input_layers: [['in', 0, 0]], output_layers: [['sum', 0, 0]]});
    const a = tf.tanh(x());
    await expectClose(model.predict(x()) as Tensor, tf.add(tf.square(a), a), {relative: 1e-5, absolute: 1e-5});
  });

  it('that cannot be made says which layer it is', async () => {
    await expectAsync(row([4, 4], ['Conv2D', {name: 'c', filters: 1, kernel_size: 3}]))
      .toBeRejectedWithError(/layer 'c' \(Conv2D\)/);
    await expectAsync(row([3], ['Activation', {name: 'a', activation: 'sharp'}]))
      .toBeRejectedWithError(/layer 'a' .*tfjs has no activation 'sharp'.*which activation is.*Use another/);
  });
});
