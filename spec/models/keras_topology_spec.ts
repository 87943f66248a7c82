/** models.load on topologies that Keras 2 and Keras 3 write. */
import * as tf from '@tensorflow/tfjs-core';
import {input, layers as builtIn, loadLayersModel, model} from '@tensorflow/tfjs-layers';
import type {LayersModel, SymbolicTensor} from '@tensorflow/tfjs-layers';

import {models} from '../../src';
import {describeOnBackends} from '../support/backends';
import {expectClose} from '../support/matchers';
import {fill, inputsOf} from './support/models';

const policy = {module: 'keras', class_name: 'DTypePolicy', config: {name: 'float32'}, registered_name: null};
const of = (class_name: string, config: object = {}) =>
  ({module: 'keras.initializers', class_name, config, registered_name: null});
const tensor = (layer: string, use = 0) => ({
  class_name: '__keras_tensor__', config: {shape: [null, 4, 4, 2], dtype: 'float32', keras_history: [layer, use, 0]},
});

/** A layer as Keras 3 writes it in a functional model. */
function keras3(class_name: string, name: string, config: object, ...args: unknown[]): object {
  return {
    module: 'keras.layers', class_name, name, registered_name: null, build_config: {input_shape: [null, 4, 4, 2]},
    config: {name, trainable: true, dtype: policy, ...config},
    inbound_nodes: args.length > 0 ? [{args, kwargs: class_name === 'Dropout' ? {training: false} : {mask: null}}] : [],
  };
}

const conv = {filters: 2, kernel_size: [3, 3], strides: [1, 1], padding: 'same', data_format: 'channels_last',
  dilation_rate: [1, 1], groups: 1, activation: 'linear', use_bias: true, kernel_initializer: of('GlorotUniform', {seed: null}),
  bias_initializer: of('Zeros'), kernel_regularizer: null, activity_regularizer: null};

const functional = {
  class_name: 'Functional', module: 'keras.src.models.functional', registered_name: 'Functional', config: {
    name: 'functional_1', trainable: true, layers: [
      keras3('InputLayer', 'input_layer', {batch_shape: [null, 4, 4, 2], sparse: false}),
      keras3('Conv2D', 'conv2d', conv, tensor('input_layer')),
      keras3('BatchNormalization', 'batch_normalization', {axis: -1, momentum: 0.99, epsilon: 0.001, center: true, scale: true,
        synchronized: false}, tensor('conv2d')),
      keras3('LeakyReLU', 'leaky_re_lu', {negative_slope: 0.1}, tensor('batch_normalization')),
      keras3('Dropout', 'dropout', {rate: 0.5, seed: null, noise_shape: null}, tensor('leaky_re_lu')),
      keras3('Add', 'add', {}, [tensor('dropout'), tensor('input_layer')]),
      keras3('Flatten', 'flatten', {data_format: 'channels_last'}, tensor('add')),
      keras3('Dense', 'dense', {units: 3, activation: 'softmax', use_bias: true}, tensor('flatten')),
    ],
    input_layers: ['input_layer', 0, 0], output_layers: ['dense', 0, 0],
  },
};

function twin(): LayersModel {
  const x = input({shape: [4, 4, 2]});
  const normed = builtIn.batchNormalization({name: 'batch_normalization'}).apply(
      builtIn.conv2d({filters: 2, kernelSize: 3, padding: 'same', name: 'conv2d'}).apply(x));
  const sum = builtIn.add().apply([builtIn.leakyReLU({alpha: 0.1}).apply(normed) as SymbolicTensor, x]);
  const out = builtIn.dense({units: 3, activation: 'softmax', name: 'dense'}).apply(builtIn.flatten().apply(sum));
  return fill(model({inputs: x, outputs: out as SymbolicTensor}));
}

/** What the converter writes for the twin's weights, under other names. */
async function artifacts(topology: object, rename = (name: string) => name): Promise<tf.io.IOHandler> {
  const net = twin();
  const {data, specs} = await tf.io.encodeWeights(net.weights.map((weight, i) =>
    ({name: rename(weight.originalName), tensor: net.getWeights()[i]!})));
  const whole = {modelTopology: topology, weightSpecs: specs, weightData: data, format: 'layers-model'};
  const withData = (key: string, value: unknown) => (key === 'weightData' ? data : value);
  return {load: async () => JSON.parse(JSON.stringify(whole), withData) as object};
}

describeOnBackends('topologies of Keras', () => {
  afterEach(() => tf.disposeVariables());

  const names: [string, (name: string) => string][] = [
    ['plain', (name) => name], ['with the model\'s', (name) => `functional_1/${name}`],
    ['with the layer\'s twice', (name) => name.replace(/^(\w+)\//, '$1/$1/')],
    ['by number', (name) => {
      const [layer, part] = name.split('/') as [string, string];
      const order = ['kernel', 'bias', 'gamma', 'beta', 'moving_mean', 'moving_variance'];
      return `layers/${layer}/vars/${layer === 'batch_normalization' ? order.indexOf(part) - 2 : order.indexOf(part)}`;
    }],
  ];
  for (const [title, rename] of names) {
    it(`Keras 3, functional, names of weights ${title}`, async () => {
      const handler = await artifacts({keras_version: '3.5.0', backend: 'tensorflow', model_config: functional}, rename);
      await expectAsync(loadLayersModel(handler)).toBeRejected();
      const loaded = await models.load(handler);
      const expected = twin();
      const [x] = inputsOf(expected);
      await expectClose(loaded.predict(x!) as tf.Tensor, expected.predict(x!) as tf.Tensor);
      const ours = models.toExplicit(loaded);
      expect(models.conversionReport(ours).converted.map(({name}) => name))
        .toEqual(['conv2d', 'batch_normalization', 'dropout', 'dense']);
      await expectClose(ours.predict(x!) as tf.Tensor, expected.predict(x!) as tf.Tensor, {relative: 1e-5, absolute: 1e-6});
    });
  }

  it('Keras 3, sequential, and what describe says of it', async () => {
    const topology = {class_name: 'Sequential', config: {name: 'net', dtype: policy, layers: [
      keras3('InputLayer', 'input_layer', {batch_shape: [null, 4, 4, 2]}), keras3('Conv2D', 'conv2d', conv),
      keras3('Flatten', 'flatten', {}),
    ]}};
    const loaded = await models.load({load: async () => ({modelTopology: topology})});
    expect(loaded.outputShape).toEqual([null, 32]);
    expect(models.describe(topology, null, {print: null}).layers.map(({volumeOut}) => volumeOut)).toEqual(['4x4x2', '1x1x32']);
    expect(models.describe({model_config: functional}, null, {print: null}).totals.parameters).toBe(twin().countParams());
  });

  it('Keras 2, whose batch norm has a list as axis', async () => {
    const topology = {class_name: 'Sequential', config: {name: 'net', layers: [
      {class_name: 'BatchNormalization', config: {name: 'bn', axis: [3], batch_input_shape: [null, 4, 4, 2], dtype: 'float32'}},
    ]}};
    const loaded = await models.load({load: async () => ({modelTopology: {model_config: topology, keras_version: '2.12.0'}})});
    const theirs = await loadLayersModel({load: async () => ({modelTopology: topology})});
    for (const net of [loaded, theirs]) {
      expect(models.toExplicit(net).layers.map((layer) => layer.getClassName())).toEqual(['ExplicitBatchNormalization']);
    }
  });
});
