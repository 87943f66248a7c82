import * as tf from '@tensorflow/tfjs-core';
import {constraints, layers as builtIn, regularizers, sequential} from '@tensorflow/tfjs-layers';

import {layers, ops} from '../../src';
import type {Conv2DArgs} from '../../src/layers';
import {convBackward, convForward} from '../../src/reference';
import {toChannelsLast, toHWIO, toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {describeLayer} from '../support/layer_checks';
import type {CommonArgs, Layer, LayerCase} from '../support/layer_checks';
import {expectClose, expectRefusal} from '../support/matchers';
import {randomValues} from '../support/random';
import {toleranceOf} from '../support/tolerances';

type BuiltInArgs = Parameters<typeof builtIn.conv2d>[0];

/** tfjs has no gradient of a convolution's filter on wasm. */
const twinTrains = (backend: string) => backend !== 'wasm';

function both(args: Conv2DArgs): Pick<LayerCase, 'make' | 'twin' | 'twinTrains'> {
  return {
    make: (common: CommonArgs) => layers.conv2d({...args, ...common}),
    twin: (common: CommonArgs) => builtIn.conv2d({...args, ...common} as BuiltInArgs),
    twinTrains,
  };
}

function alone(args: Conv2DArgs): Pick<LayerCase, 'make'> {
  return {make: (common: CommonArgs) => layers.conv2d({...args, ...common})};
}

describeLayer('layers.conv2d', [
  {
    title: 'x=[5,6,3] F=3 K=2, defaults', ...both({filters: 2, kernelSize: 3}),
    inputShape: [5, 6, 3], outputShape: [3, 4, 2], weights: {kernel: [3, 3, 3, 2], bias: [2]},
    unknown: [[null, null, 7, 3], [null, null, 5, 2]],
  },
  {
    title: 'x=[5,6,3] F=[3,2] S=[1,2] same, relu, L2, no bias',
    ...both({
      filters: 2, kernelSize: [3, 2], strides: [1, 2], padding: 'same', activation: 'relu', useBias: false,
      kernelInitializer: 'heNormal', kernelRegularizer: regularizers.l2({l2: 0.03}),
    }),
    inputShape: [5, 6, 3], outputShape: [5, 3, 2], weights: {kernel: [3, 2, 3, 2]},
    unknown: [[null, null, null, 3], [null, null, null, 2]],
  },
  {
    title: 'x=[2,5,4] channels first, tanh, regularisers and constraints',
    ...both({
      filters: 3, kernelSize: 2, dataFormat: 'channelsFirst', activation: 'tanh', biasInitializer: 'ones',
      kernelRegularizer: 'l1l2', biasRegularizer: regularizers.l1({l1: 0.02}),
      kernelConstraint: constraints.maxNorm({maxValue: 1.5}), biasConstraint: 'nonNeg',
    }),
    inputShape: [2, 5, 4], outputShape: [3, 4, 3], weights: {kernel: [2, 2, 2, 3], bias: [3]},
    unknown: [[8, 2, null, 4], [8, 3, null, 3]],
  },
  {
    title: 'x=[7,5,2] F=3 S=2 P=[1,0] D=[2,1] groups 2',
    ...alone({filters: 4, kernelSize: 3, strides: 2, padding: [1, 0], dilationRate: [2, 1], groups: 2}),
    inputShape: [7, 5, 2], outputShape: [3, 2, 4], weights: {kernel: [3, 3, 1, 4], bias: [4]},
    unknown: [[null, null, 5, 2], [null, null, 2, 4]],
  },
  {
    title: 'x=[4,5,2] F=2 P=[[1,0],[0,2]] exactFit',
    ...alone({filters: 1, kernelSize: 2, padding: [[1, 0], [0, 2]], exactFit: true}),
    inputShape: [4, 5, 2], outputShape: [4, 6, 1], weights: {kernel: [2, 2, 2, 1], bias: [1]},
  },
]);

describeOnBackends('layers.conv2d', () => {
  afterEach(() => tf.disposeVariables());

  it('computes the reference\'s convolution and gradients, P=1 S=2', async () => {
    const [x, w, b] = [[2, 3, 5, 5], [2, 3, 3, 3], [2]].map((shape, i) => randomValues(shape, i));
    const {out, cache} = convForward(x!, w!, b!, {stride: 2, pad: 1});
    const dout = randomValues(out.shape, 9);
    const {dx, dw, db} = convBackward(dout, cache);
    const layer = layers.conv2d({
      filters: 2, kernelSize: 3, strides: 2, padding: 1, weights: [toTensor(w!, toHWIO), toTensor(b!)],
    });
    const $x = toTensor(x!, toChannelsLast);
    const tolerance = toleranceOf('conv2d');
    await expectClose(layer.apply($x) as tf.Tensor, out, tolerance, 'out', toChannelsLast);
    const loss = (input: tf.Tensor) => tf.sum(tf.mul(layer.apply(input) as tf.Tensor, toTensor(dout, toChannelsLast)));
    await expectClose(tf.grad(loss)($x), dx, tolerance, 'dx', toChannelsLast);
    const {grads} = tf.variableGrads(() => loss($x) as tf.Scalar);
    const [kernel, bias] = layer.weights.map((weight) => grads[weight.name]!);
    await expectClose(kernel!, dw, tolerance, 'dw', toHWIO);
    await expectClose(bias!, db!, tolerance, 'db');
  });

  it('computes what ops.conv2d computes with groups and dilation', async () => {
    const x = toTensor<tf.Rank.R4>(randomValues([2, 6, 7, 4], 1));
    const options = {strides: 2, padding: [[1, 2], [0, 1]] as [[number, number], [number, number]],
      dilationRate: 2, groups: 2};
    const layer = layers.conv2d({filters: 6, kernelSize: [2, 3], ...options, activation: 'relu'});
    const out = layer.apply(x) as tf.Tensor;
    const [kernel, bias] = layer.getWeights() as [tf.Tensor4D, tf.Tensor1D];
    await expectClose(out, tf.relu(ops.conv2d(x, kernel, bias, options)));
  });

  it('makes the same initial weights as tf.layers from the same seed', async () => {
    const args = {filters: 5, kernelSize: 3, kernelInitializer: {className: 'GlorotNormal', config: {seed: 3}}};
    const made = [layers.conv2d(args as unknown as Conv2DArgs), builtIn.conv2d(args as unknown as BuiltInArgs)];
    const [ours, theirs] = made.map((layer) => {
      layer.build([null, 8, 8, 3]);
      return layer.getWeights();
    });
    await expectClose(ours![0]!, theirs![0]!);
  });

  it('applies constraints where tf.layers does: when weights are set', async () => {
    const made = [layers, builtIn].map((from) => {
      const args = {filters: 2, kernelSize: 1, kernelConstraint: 'nonNeg', biasConstraint: 'nonNeg'} as const;
      const layer: Layer = from.conv2d(args);
      layer.build([null, 4, 4, 1]);
      layer.setWeights([tf.tensor4d([-1, 2], [1, 1, 1, 2]), tf.tensor1d([3, -4])]);
      return layer.getWeights();
    });
    await expectClose(made[0]![0]!, [[[[0, 2]]]]);
    await expectClose(made[0]![1]!, [3, 0]);
    await expectClose(made[0]![0]!, made[1]![0]!);
  });

  it('adds its regularisers\' penalties to the loss', async () => {
    const layer = layers.conv2d({
      inputShape: [2, 2, 1], filters: 1, kernelSize: 1, kernelRegularizer: regularizers.l2({l2: 0.5}),
      biasRegularizer: regularizers.l1({l1: 0.25}), weights: [tf.tensor4d([3], [1, 1, 1, 1]), tf.tensor1d([-2])],
    });
    const model = sequential({layers: [layer]});
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const x = tf.zeros([1, 2, 2, 1]);  // out = -2 everywhere
    const loss = await model.trainOnBatch(x, tf.fill([1, 2, 2, 1], -2)) as number;
    expect(loss).toBeCloseTo(0.5 * 9 + 0.25 * 2, 5);
  });

  it('casts integer images, as they come from a picture', async () => {
    const layer = layers.conv2d({filters: 1, kernelSize: 1, kernelInitializer: 'ones'});
    await expectClose(layer.apply(tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1], 'int32')) as tf.Tensor,
      [[[[1], [2]], [[3], [4]]]]);
  });

  it('takes null for every absent argument', () => {
    const {name: _, ...absent} = layers.conv2d({filters: 1, kernelSize: 1}).getConfig();
    const nulls = Object.fromEntries([...Object.keys(absent), 'inputShape', 'batchInputShape', 'batchSize', 'dtype',
      'weights', 'name', 'activityRegularizer'].map((key) => [key, null]));
    const {name: __, ...config} =
      layers.conv2d({...nulls, filters: 1, kernelSize: 1} as unknown as Conv2DArgs).getConfig();
    expect(config).toEqual(absent);
  });

  const refusals: [string, object, RegExp][] = [
    ['no arguments', null as unknown as object,
      /^layers\.conv2d: filters must be a whole number of at least 1\. Got undefined/],
    ['arguments that are a number', 3 as unknown as object, /^layers\.conv2d: options must be an object.* Got 3/],
    ['filters 0', {filters: 0, kernelSize: 3}, /filters must be a whole number of at least 1\. Got 0/],
    ['filters 1.5', {filters: 1.5, kernelSize: 3}, /filters must be .* Got 1\.5/],
    ['no kernelSize', {filters: 1},
      /kernelSize must be a whole number of at least 1 or a pair of them.* Got undefined/],
    ['three sizes', {filters: 1, kernelSize: [1, 2, 3]}, /kernelSize .* Got \[1,2,3\]/],
    ['a misspelt argument', {filters: 1, kernelSize: 1, kernelsize: 3},
      /unknown option kernelsize\. Known are filters, /],
    ['strides 0', {filters: 1, kernelSize: 1, strides: 0}, /strides must be .* Got 0/],
    ['dilation 1.5', {filters: 1, kernelSize: 1, dilationRate: 1.5}, /dilationRate must be .* Got 1\.5/],
    ['negative padding', {filters: 1, kernelSize: 1, padding: -1}, /padding must be .* Got -1/],
    ['causal padding', {filters: 1, kernelSize: 1, padding: 'causal'}, /padding must be .* Got 'causal'/],
    ['a bad format', {filters: 1, kernelSize: 1, dataFormat: 'NHWC'}, /dataFormat must be .* Got 'NHWC'/],
    ['groups 0', {filters: 1, kernelSize: 1, groups: 0}, /groups must be .* Got 0/],
    ['groups that do not divide', {filters: 3, kernelSize: 1, groups: 2}, /groups \(2\) must divide filters \(3\)/],
    ['useBias 1', {filters: 1, kernelSize: 1, useBias: 1}, /useBias must be true or false\. Got 1/],
    ['an unknown activation', {filters: 1, kernelSize: 1, activation: 'rellu'},
      /activation: Unknown activation: rellu/i],
    ['an unknown initializer', {filters: 1, kernelSize: 1, kernelInitializer: 'x'},
      /kernelInitializer: Unknown initializer: x/],
    ['an unknown regularizer', {filters: 1, kernelSize: 1, biasRegularizer: 'l9'},
      /biasRegularizer: Unknown regularizer: l9/],
    ['an unknown constraint', {filters: 1, kernelSize: 1, kernelConstraint: 'x'},
      /kernelConstraint: Unknown constraint: x/],
    ['activityRegularizer', {filters: 1, kernelSize: 1, activityRegularizer: 'l1l2'},
      /activityRegularizer is not supported: tfjs-layers/],
  ];
  for (const [title, args, message] of refusals) {
    it(`refuses ${title}`, () => expectRefusal(() => layers.conv2d(args as Conv2DArgs), message));
  }

  const shapes: [string, Partial<Conv2DArgs>, (number | null)[], RegExp][] = [
    ['a kernel larger than the padded input', {kernelSize: 5, padding: 1}, [null, 2, 8, 3],
      /^layers\.conv2d 'c': a window of 5 .* does not fit the padded height 4 \(2 \+ 1 \+ 1\)/],
    ['unknown channels', {}, [null, 8, 8, null], /^layers\.conv2d 'c': the size of the channel axis must be known/],
    ['rank 3', {}, [null, 8, 8], /^layers\.conv2d 'c': the input must have rank 4\. Got rank 3, \[\?,8,8\]/],
    ['groups that do not divide the channels', {groups: 2}, [null, 8, 8, 3],
      /^layers\.conv2d 'c': groups \(2\) must divide the channels of the input \(3\)/],
    ['sizes that do not fit exactly', {strides: 2, exactFit: true}, [null, 8, 8, 3], /^layers\.conv2d 'c': exactFit: /],
  ];
  for (const [title, args, shape, message] of shapes) {
    it(`refuses ${title} before it makes weights`, () => expectRefusal(
      () => layers.conv2d({filters: 2, kernelSize: 3, name: 'c', ...args}).build(shape), message));
  }

  it('has its config in one form, whatever form the arguments had', () => {
    const {kernelSize, strides, padding, dilationRate, groups, exactFit, dataFormat} = layers.conv2d({
      filters: 4, kernelSize: 3, strides: 2, padding: 1, dilationRate: 2, groups: 2, exactFit: true,
      dataFormat: 'channelsFirst',
    }).getConfig();
    expect({kernelSize, strides, padding, dilationRate, groups, exactFit, dataFormat}).toEqual({
      kernelSize: [3, 3], strides: [2, 2], padding: [[1, 1], [1, 1]], dilationRate: [2, 2], groups: 2, exactFit: true,
      dataFormat: 'channelsFirst',
    });
  });

  it('lets nothing through a filter that its relu turned off, as ops.relu', async () => {
    const layer = layers.conv2d({filters: 1, kernelSize: 1, kernelInitializer: 'ones', activation: 'relu'});
    const x = tf.tensor4d([-1, 2], [1, 1, 2, 1]);
    const dx = tf.grad((input) => layer.apply(input) as tf.Tensor)(x, tf.tensor4d([NaN, 3], [1, 1, 2, 1]));
    await expectClose(dx, [[[[0], [3]]]]);
  });

  it('holds sizes that were unknown to exactFit', async () => {
    const layer = layers.conv2d({filters: 1, kernelSize: 2, strides: 2, exactFit: true});
    layer.build([null, null, null, 1]);
    const x = tf.zeros([1, 4, 5, 1]);
    await expectRefusal(() => layer.apply(x), /conv2d: exactFit: .* along the width/);
  });

  it('names itself when a size that was unknown does not fit', async () => {
    const layer = layers.conv2d({filters: 2, kernelSize: 3, name: 'late'});
    layer.build([null, null, null, 1]);
    const x = tf.zeros([1, 2, 5, 1]);
    await expectRefusal(() => layer.apply(x), /^layers\.conv2d 'late': conv2d: a window of 3 /);
  });
});
