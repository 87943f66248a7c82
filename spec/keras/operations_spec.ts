/** Operations that a Keras file lists among its layers, and the layers that exist here for Keras's files alone. */
import * as tf from '@tensorflow/tfjs-core';
import {input, model as functional, sequential} from '@tensorflow/tfjs-layers';

import {models} from '../../src';
import {catalogue} from '../../src/catalogue';
import {topologyFromKeras} from '../../src/topology/from_config';
import * as ours from '../../src/layers/keras';
import {operandsOf, operations} from '../../src/layers/keras/elementwise';
import {memory} from '../models/support/saving';
import {describeOnBackends} from '../support/backends';
import {expectClose, expectRefusal} from '../support/matchers';

type Config = {[key: string]: unknown};

const tensor = (name: string) => ({class_name: '__keras_tensor__', config: {keras_history: [name, 0, 0]}});

/** The layer that an operation on the input becomes. */
function read(part: Config, major: 2 | 3): {className: string, config: Config, inboundNodes: unknown} {
  const model = {class_name: 'Functional', config: {
    name: 'net', input_layers: [['in', 0, 0]], output_layers: [['op', 0, 0]], layers: [
      {class_name: 'InputLayer', config: {name: 'in', batch_shape: [null, 2, 3]}, name: 'in', inbound_nodes: []},
      {name: 'op', ...part},
    ],
  }};
  return (topologyFromKeras('file', model, major).layer.config['layers'] as ReturnType<typeof read>[])[1]!;
}
const keras3 = (className: string, args: unknown[], config: Config = {}, module = 'keras.src.ops.numpy') =>
  read({module, class_name: className, config: {name: 'op', ...config}, inbound_nodes: [{args, kwargs: {}}]}, 3);
const keras2 = (word: string, node: unknown[]) =>
  read({class_name: 'TFOpLambda', config: {name: 'op', function: word}, inbound_nodes: [node]}, 2);

describe('an operation of Keras', () => {
  it('on a tensor and a number, on either side, of either Keras', () => {
    const subtract = {name: 'op', trainable: true, op: 'subtract', constant: 3};
    const right = {...subtract, constantFirst: false};
    const left = {...subtract, constantFirst: true};
    expect(keras3('Subtract', [tensor('in'), 3]).config).toEqual(right);
    expect(keras3('Subtract', [3, tensor('in')]).config).toEqual(left);
    expect(keras2('math.subtract', ['in', 0, 0, {y: 3, name: null}]).config).toEqual(right);
    expect(keras2('math.subtract', ['_CONSTANT_VALUE', -1, 3, {y: ['in', 0, 0], name: null}]).config).toEqual(left);
    expect(keras3('Subtract', [3, tensor('in')]).inboundNodes).toEqual([[['in', 0, 0, {}]]]);
  });

  it('of the .h5 files of Keras 3, which name no module', () => {
    const part = {class_name: 'Add', config: {name: 'op'}, inbound_nodes: [{args: [tensor('in'), 3], kwargs: {}}]};
    expect(read(part, 3).className).toBe('KerasElementwise');
  });

  it('relu of keras.activations, with arguments that change nothing', () => {
    const config = {negative_slope: 0, max_value: null, threshold: 0};
    expect(keras3('ReLU', [tensor('in')], config, 'keras.src.activations.activations').config['op']).toBe('relu');
  });

  it('is refused by its name, and so is an option that nothing computes', async () => {
    await expectRefusal(() => keras3('Reshape', [tensor('in')]), /'op' \(the operation Reshape\).*reshape has no layer/);
    await expectRefusal(() => keras3('Softmax', [tensor('in')], {axis: 1}, 'keras.src.ops.nn'), /axis is 1.*Permute/);
    await expectRefusal(() => keras3('Sum', [tensor('in')], {axis: [1], initial: 5}), /sum has initial 5/);
    await expectRefusal(() => keras3('Exp', [tensor('in'), 2]), /exp takes 1 operand\. Got 2/);
  });

  it('random augmentation is left out, with a note', () => {
    const part = {class_name: 'RandomFlip', config: {name: 'op', dtype: 'float32'},
      inbound_nodes: [{args: [tensor('in')], kwargs: {}}]};
    expect(read(part, 3)).toEqual(jasmine.objectContaining({className: 'Activation'}));
  });
});

/** A layer, and the shape of its input without the batch. */
const examples: [ReturnType<typeof make>, number[]][] = [
  [make(ours.KerasElementwise, {op: 'divide', constant: [2, 4, 8], constantFirst: true}), [2, 3]],
  [make(ours.KerasElementwise, {op: 'geluTanh'}), [2, 3]],
  [make(ours.KerasElementwise, {op: 'clip', min: -1, max: null}), [2, 3]],
  [make(ours.KerasReduce, {op: 'mean', axis: [1, 2], keepDims: true}), [2, 3, 2]],
  [make(ours.KerasRescaling, {scale: [1, 2, 3], offset: -1}), [2, 3]],
  [make(ours.KerasNormalization, {mean: [1, 2, 3], variance: [1, 4, 9]}), [2, 3]],
  [make(ours.KerasNormalization, {axis: [1]}), [2, 3]],
  [make(ours.KerasLayerScale, {projectionDim: 3, initValues: 0.5}), [2, 3]],
  [make(ours.KerasStochasticDepth, {rate: 0.5}), [2, 3]],
  [make(ours.KerasUnitNormalization, {axis: [1, 2]}), [2, 3]],
  [make(ours.KerasResizing, {height: 3, width: 7}), [4, 5, 2]],
  [make(ours.KerasUpSampling2D, {size: [2, 3], interpolation: 'nearest', dataFormat: 'channelsFirst'}), [2, 3, 2]],
  [make(ours.KerasConv3DTranspose, {filters: 2, kernelSize: 2, strides: [2, 1, 3]}), [2, 3, 2, 2]],
  [make(ours.KerasMaxPooling3D, {}), [3, 4, 5, 2]],
  [make(ours.KerasMaxPooling3D, {padding: 'valid', strides: [1, 2, 2]}), [3, 4, 5, 2]],
  [make(ours.KerasMaxPooling3D, {poolSize: [1, 2, 3], strides: [1, 1, 2], dataFormat: 'channelsFirst'}), [1, 2, 3, 4]],
  [make(ours.KerasCenterCrop, {height: 2, width: 3}), [4, 5, 2]],
];

function make<A>(cls: new (args: A) => import('@tensorflow/tfjs-layers').layers.Layer, args: object) {
  return Object.assign(() => new cls({name: 'it', ...args} as A), {title: `${cls.name} ${JSON.stringify(args)}`}) as never as
    (() => import('@tensorflow/tfjs-layers').layers.Layer) & {title: string};
}

describeOnBackends('layers for Keras files', () => {
  afterEach(() => tf.disposeVariables());

  for (const [low, high] of [[0.2, 0.9], [-0.9, -0.2]] as const) {
    for (const op of operations) {
      for (const constantFirst of operandsOf(op) === 2 ? [true, false] : [false]) {
        const place = operandsOf(op) === 2 ? `, the constant ${constantFirst ? 'first' : 'last'}` : '';
        it(`KerasElementwise ${op}${place}, of ${low} .. ${high}, has the gradient of its differences`, async () => {
          const constant = operandsOf(op) === 2 ? 1.5 : null;
          const args = {name: 'it', op, constant, constantFirst, alpha: 0.6, min: -0.5, max: 0.5};
          const f = (x: tf.Tensor) => new ours.KerasElementwise(args as never).apply(x) as tf.Tensor;
          const x = tf.randomUniform([4, 6], low, high, 'float32', 3);
          const weight = tf.randomNormal(x.shape, 0, 1, 'float32', 4);
          const step = 1e-3;
          const [up, down] = [step, -step].map((size) => f(tf.add(x, size)));
          // Entry by entry but for softmax, whose entries go together: one common step changes nothing there.
          const wanted = tf.mul(weight, tf.div(tf.sub(up!, down!), 2 * step));
          const isTogether = /softmax/i.test(op);
          const direction = isTogether ? weight : tf.onesLike(x);
          const found = tf.grad((value) => tf.sum(tf.mul(f(value), weight)))(x);
          if (f(x).dataSync().some(Number.isNaN)) return expect(low).withContext('log and roots of negative numbers').toBe(-0.9);
          if (!isTogether) return expectClose(found, wanted, {relative: 1e-2, absolute: 5e-3});
          const ends = [step, -step].map((size) => tf.sum(tf.mul(f(tf.add(x, tf.mul(direction, size))), weight)));
          return expectClose(tf.sum(tf.mul(found, direction)), tf.div(tf.sub(ends[0]!, ends[1]!), 2 * step),
            {relative: 1e-2, absolute: 5e-3});
        });
      }
    }
  }

  for (const [layer, shape] of examples) {
    const values = () => tf.randomUniform([2, ...shape], 0.2, 1, 'float32', 5);

    it(`${layer.title} is saved and loaded, and refused by toBuiltIn with the reason`, async () => {
      const x = input({shape});
      const net = functional({inputs: x, outputs: layer().apply(x) as typeof x});
      const handler = memory();
      await models.save(net, handler);
      const again = await models.load(handler);
      const wanted = net.predict(values()) as tf.Tensor;
      await expectClose(again.predict(values()) as tf.Tensor, wanted);
      expect(wanted.shape.slice(1)).toEqual(net.outputs[0]!.shape.slice(1) as number[]);
      const {onlyHere} = catalogue[layer().getClassName()]!;
      await expectRefusal(() => models.toBuiltIn(net), new RegExp(`'it' .*${onlyHere!.twin.none}`));
    });

    it(`${layer.title} has the gradient of its differences`, async () => {
      const net = sequential({layers: [Object.assign(layer(), {batchInputShape: [null, ...shape]})]});
      const f = (x: tf.Tensor) => tf.sum(tf.square(net.apply(x) as tf.Tensor)) as tf.Scalar;
      const x = values();
      if (tf.getBackend() === 'webgpu' && layer.title.startsWith('KerasConv3D')) return expect(() => tf.grad(f)(x)).toThrow();
      const direction = tf.randomNormal(x.shape, 0, 1, 'float32', 9);
      const slope = tf.sum(tf.mul(tf.grad(f)(x), direction));
      const step = 5e-4;
      const [up, down] = [step, -step].map((size) => f(tf.add(x, tf.mul(direction, size))));
      return expectClose(slope, tf.div(tf.sub(up!, down!), 2 * step), {relative: 2e-2, absolute: 2e-2});
    });
  }
});
