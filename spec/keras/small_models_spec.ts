/** What random small models of Keras showed: each kind of fault once. */
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {models, reference} from '../../src';
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

/** Entry by entry: x[n, p, c] times kernel[k, f, c] goes to out[n, p * stride + k - before, f]. */
async function transposed3d(x: Tensor, kernel: Tensor, stride: number, before: number, shape: number[]): Promise<Tensor> {
  const [batch, ...sizes] = x.shape as [number, number, number, number, number];
  const [found, values, weights] = [tf.buffer([batch, ...shape]), await x.buffer(), await kernel.buffer()];
  const places = (lengths: readonly number[]): number[][] => lengths.reduce<number[][]>((lists, length) =>
    lists.flatMap((list) => Array.from({length}, (_, i) => [...list, i])), [[]]);
  for (const [n, ...p] of places([batch, ...sizes.slice(0, 3)])) {
    for (const k of places(kernel.shape.slice(0, 3))) {
      const at = p.map((position, axis) => position * stride + k[axis]! - before);
      if (at.some((position, axis) => position < 0 || position >= shape[axis]!)) continue;
      for (const [f, c] of places(kernel.shape.slice(3))) {
        const more = values.get(n!, ...p, c!) * weights.get(...k, f!, c!);
        found.set(found.get(n!, ...at, f!) + more, n!, ...at, f!);
      }
    }
  }
  return found.toTensor();
}

describeOnBackends('a small model of Keras', () => {
  afterEach(() => tf.disposeVariables());

  const x = () => tf.tensor2d([[-1, 0.5, 2], [3, -4, 0.25]]);

  it('with an ELU of another slope', async () => {
    const model = await row([3], ['ELU', {name: 'elu', alpha: 0.5}]);
    const wanted = tf.where(tf.greater(x(), 0), x(), tf.mul(0.5, tf.expm1(x())));
    await expectClose(model.predict(x()) as Tensor, wanted, {relative: 1e-6, absolute: 1e-6});
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

  // tf.layers' throw for more than four axes, and are wrong for others than the last.
  for (const [shape, axis] of [[[2, 2, 2, 3], -1], [[2, 3], 1], [[2, 3, 2], 2]] as const) {
    const size = shape.at(axis === -1 ? -1 : axis - 1)!;
    const values = () => tf.randomNormal([4, ...shape], 3, 2, 'float32', 7);

    it(`with a BatchNormalization of [${shape}], axis ${axis}`, async () => {
      const model = await row([...shape], ['BatchNormalization', {name: 'b', axis, momentum: 0.9, epsilon: 0.5}]);
      expect(model.weights.map((weight) => weight.shape)).toEqual(Array(4).fill([size]));
      await expectClose(model.predict(values()) as Tensor, tf.div(values(), Math.sqrt(1.5)), {relative: 1e-6, absolute: 1e-6});
    });

    it(`with a LayerNormalization of [${shape}], axis ${axis}`, async () => {
      const model = await row([...shape], ['LayerNormalization', {name: 'l', axis, epsilon: 0.5}]);
      const {mean, variance} = tf.moments(values(), axis, true);
      await expectClose(model.predict(values()) as Tensor,
        tf.div(tf.sub(values(), mean), tf.sqrt(tf.add(variance, 0.5))), {relative: 1e-5, absolute: 1e-5});
    });
  }

  it('with a BatchNormalization of another axis inside a TimeDistributed', async () => {
    const norm = {class_name: 'BatchNormalization', config: {name: 'b', axis: 1, momentum: 0.9, epsilon: 0.5}};
    const model = await row([2, 3, 4], ['TimeDistributed', {name: 't', layer: norm}]);
    const values = tf.randomNormal([2, 2, 3, 4], 3, 2, 'float32', 7);
    await expectClose(model.predict(values) as Tensor, tf.div(values, Math.sqrt(1.5)), {relative: 1e-6, absolute: 1e-6});
  });

  // tfjs's convolutions on wasm are wrong where one axis is skipped over and another padded.
  for (const [kernel, strides] of [[[1, 2], [2, 1]], [[2, 1], [1, 2]], [[1, 3], [2, 2]], [[1, 1], [2, 1]]] as const) {
    it(`with convolutions of [${kernel}] every [${strides}], padding 'same'`, async () => {
      const common = {kernel_size: kernel, padding: 'same', data_format: 'channels_last', use_bias: false};
      const ones = {class_name: 'Ones', config: {}};
      const model = await row([6, 6, 1],
        ['Conv2D', {name: 'c', ...common, filters: 1, strides, kernel_initializer: ones}]);
      const values = tf.range(0, 36);
      const [height, width] = kernel;
      const {array} = reference;
      const same = (i: 0 | 1) => {
        const total = Math.max((Math.ceil(6 / strides[i]) - 1) * strides[i] + kernel[i] - 6, 0);
        return [Math.floor(total / 2), Math.ceil(total / 2)] as [number, number];
      };
      const [x, w] = [array([1, 1, 6, 6], [...values.dataSync()]), array([1, 1, height, width], Array(height * width).fill(1))];
      const {out} = reference.convForward(x, w, null, {stride: [...strides], pad: [same(0), same(1)]});
      await expectClose(tf.reshape(model.predict(tf.reshape(values, [1, 6, 6, 1])) as Tensor, [-1]), tf.tensor1d([...out.data]));
    });
  }

  for (const [padding, wanted] of [['same', [-14, -13, -11, -10, -5, -4, -2, -1]], ['valid', [-14]]] as const) {
    it(`with a MaxPooling3D of negative values, padding '${padding}'`, async () => {
      const model = await row([3, 3, 3, 1],
        ['MaxPooling3D', {name: 'p', pool_size: [2, 2, 2], strides: [2, 2, 2], padding, data_format: 'channels_last'}]);
      const values = tf.reshape(tf.range(-27, 0), [1, 3, 3, 3, 1]);
      await expectClose(tf.reshape(model.predict(values) as Tensor, [-1]), tf.tensor1d([...wanted]));
    });
  }

  for (const [size, strides, padding] of [[2, 1, 'valid'], [3, 2, 'same'], [1, 2, 'valid'], [2, 3, 'same']] as const) {
    it(`with a Conv3DTranspose of ${size} every ${strides}, padding '${padding}'`, async () => {
      const model = await row([2, 3, 4, 2], ['Conv3DTranspose', {
        name: 'c', filters: 3, kernel_size: size, strides, padding, data_format: 'channels_last', activation: 'relu',
      }]);
      const [values, kernel] = [[2, 2, 3, 4, 2], [size, size, size, 3, 2]].map((shape, i) =>
        tf.randomNormal(shape, 0, 1, 'float32', i + 1));
      const bias = tf.tensor1d([1, 2, 3]);
      model.setWeights([kernel!, bias]);
      const shape = model.outputs[0]!.shape.slice(1) as number[];
      const before = padding === 'same' ? Math.floor(Math.max(size - strides, 0) / 2) : 0;
      const wanted = await transposed3d(values!, kernel!, strides, before, shape);
      await expectClose(model.predict(values!) as Tensor, tf.relu(tf.add(wanted, bias)), {relative: 1e-6, absolute: 1e-6});
    });
  }

  for (const [className, config] of [
    ['Conv3D', {filters: 1, kernel_size: [1, 1, 2], strides: [2, 2, 2]}],
    ['AveragePooling3D', {pool_size: [2, 2, 2], strides: [3, 3, 3]}],
  ] as const) {
    it(`with a ${className} that tfjs places otherwise on cpu and wasm, which is refused`, async () => {
      const model = (padding: string) =>
        row([6, 6, 6, 1], [className, {name: 'it', ...config, padding, data_format: 'channels_last'}]);
      await expectAsync(model('same')).toBeRejectedWithError(
        /'it' .*padding 'same' with strides .* larger than the window.*Use padding='valid'/);
      expect((await model('valid')).outputs[0]!.shape.length).toBe(5);
    });
  }

  for (const keepdims of [false, true]) {
    it(`with a GlobalAveragePooling3D, keepdims ${keepdims}`, async () => {
      const model = await row([2, 2, 2, 3], ['GlobalAveragePooling3D', {name: 'g', data_format: 'channels_last', keepdims}]);
      const values = tf.reshape(tf.range(0, 24), [1, 2, 2, 2, 3]);
      await expectClose(model.predict(values) as Tensor, tf.mean(values, [1, 2, 3], keepdims));
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
