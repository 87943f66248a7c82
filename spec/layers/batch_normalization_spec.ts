import * as tf from '@tensorflow/tfjs-core';
import {
  constraints, input, layers as builtIn, model as modelOf, regularizers, sequential,
} from '@tensorflow/tfjs-layers';
import type {Sequential, SymbolicTensor} from '@tensorflow/tfjs-layers';

import {layers, ops} from '../../src';
import type {BatchNormalizationArgs} from '../../src/layers';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {describeLayer, expectMoved, numberOf, randomizeWeights, trained} from '../support/layer_checks';
import type {CommonArgs, Layer, LayerCase} from '../support/layer_checks';
import {expectClose, expectNoLeaks, expectRefusal} from '../support/matchers';
import {randomValues} from '../support/random';
import {toleranceOf} from '../support/tolerances';

function both(args: BatchNormalizationArgs): Pick<LayerCase, 'make' | 'twin'> {
  return {
    make: (common: CommonArgs) => layers.batchNormalization({...args, ...common}),
    twin: (common: CommonArgs) =>
      builtIn.batchNormalization({...args, ...common} as Parameters<typeof builtIn.batchNormalization>[0]),
  };
}

const all = (size: number) => ({gamma: [size], beta: [size], moving_mean: [size], moving_variance: [size]});

describeLayer('layers.batchNormalization', [
  {title: 'x=[5], defaults', ...both({}), inputShape: [5], outputShape: [5], weights: all(5)},
  {
    title: 'x=[3,4,2], momentum, epsilon, initialisers, regularisers and constraints',
    ...both({
      momentum: 0.7, epsilon: 0.01, gammaInitializer: 'randomUniform', betaInitializer: 'ones',
      movingMeanInitializer: 'ones', movingVarianceInitializer: 'zeros', gammaRegularizer: regularizers.l2({l2: 0.05}),
      betaRegularizer: 'l1l2', gammaConstraint: 'nonNeg', betaConstraint: constraints.maxNorm({maxValue: 1}),
    }),
    inputShape: [3, 4, 2], outputShape: [3, 4, 2], weights: all(2), unknown: [[null, null, 4, 2], [null, null, 4, 2]],
  },
  {
    title: 'x=[3,4,2] axis 1, staged (tf.layers throws in training)',
    make: (common) => layers.batchNormalization({axis: 1, backward: 'staged', ...common}),
    inputShape: [3, 4, 2], outputShape: [3, 4, 2], weights: all(3),
  },
  {
    title: 'x=[6,3] rank 3', ...both({momentum: 0.5}), inputShape: [6, 3], outputShape: [6, 3], weights: all(3),
  },
  {
    title: 'x=[4], no gamma (tf.layers throws in training)', ...both({scale: false}), twinTrains: () => false,
    inputShape: [4], outputShape: [4], weights: {beta: [4], moving_mean: [4], moving_variance: [4]},
  },
  {
    title: 'x=[2,2,3], no beta (tf.layers throws in training)', ...both({center: false}), twinTrains: () => false,
    inputShape: [2, 2, 3], outputShape: [2, 2, 3], weights: {gamma: [3], moving_mean: [3], moving_variance: [3]},
  },
  {
    title: 'x=[5], neither gamma nor beta', ...both({center: false, scale: false}), twinTrains: () => false,
    inputShape: [5], outputShape: [5], weights: {moving_mean: [5], moving_variance: [5]},
  },
  {
    title: 'x=[2,3,2,2] rank 5', make: (common) => layers.batchNormalization({...common}),
    inputShape: [2, 3, 2, 2], outputShape: [2, 3, 2, 2], weights: all(2),
  },
]);

/** The layer in a model, compiled, so that `trainOnBatch` moves it. */
function modelWith(layer: Layer): Sequential {
  const model = sequential({layers: [builtIn.dense({units: 3, inputShape: [3]}), layer, builtIn.dense({units: 1})]});
  model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
  return model;
}

describeOnBackends('layers.batchNormalization', () => {
  afterEach(() => tf.disposeVariables());
  const movingOf = (layer: Layer) => layer.weights.filter((weight) => weight.originalName.includes('moving'))
    .map((weight) => weight.read().clone());
  const x = () => toTensor(randomValues([8, 3], 1));
  const y = () => toTensor(randomValues([8, 1], 2));

  it('normalises with the batch in training and moves its averages', async () => {
    const layer = layers.batchNormalization({momentum: 0.9, epsilon: 0});
    const batch = tf.tensor2d([[0, 10], [4, 10.5]]);
    await expectClose(layer.apply(batch, {training: true}) as tf.Tensor, [[-1, -1], [1, 1]], toleranceOf('batchNorm'));
    const [mean, variance] = movingOf(layer);
    await expectClose(mean!, [0.2, 1.025], toleranceOf('batchNorm'));
    await expectClose(variance!, [0.9 + 0.4, 0.9 + 0.00625], toleranceOf('batchNorm'));
  });

  it('normalises with its averages else, and leaves them', async () => {
    const layer = layers.batchNormalization({epsilon: 0});
    layer.build([null, 1]);
    layer.setWeights([[2], [10], [1], [4]].map((value) => tf.tensor1d(value)));
    for (const training of [false, undefined]) {
      await expectClose(layer.apply(tf.tensor2d([[1], [5]]), {training}) as tf.Tensor, [[10], [14]],
        toleranceOf('batchNorm'));
    }
    const [mean, variance] = movingOf(layer);
    await expectClose(mean!, [1]);
    await expectClose(variance!, [4]);
  });

  it('has the gradients of ops.batchNorm', async () => {
    const batch = toTensor(randomValues([4, 3, 3, 2], 1));
    const dout = toTensor(randomValues([4, 3, 3, 2], 2));
    const [gamma, beta] = [tf.tensor1d([0.5, -2]), tf.tensor1d([1, 3])];
    for (const backward of ['simplified', 'staged'] as const) {
      const layer = layers.batchNormalization({backward});
      layer.build(batch.shape);
      layer.setWeights([gamma, beta, tf.zeros([2]), tf.ones([2])]);
      const value = (input: tf.Tensor) => layer.apply(input, {training: true}) as tf.Tensor;
      const op = (...args: tf.Tensor[]) =>
        ops.batchNorm(args[0]!, args[1] as tf.Tensor1D, args[2] as tf.Tensor1D, {epsilon: 1e-3});
      const [dx, dgamma, dbeta] = tf.grads(op)([batch, gamma, beta], dout);
      await expectClose(tf.grad(value)(batch, dout), dx!, toleranceOf('batchNorm'), `${backward} dx`);
      const {grads} = tf.variableGrads(() => tf.sum(tf.mul(value(batch), dout)) as tf.Scalar);
      await expectClose(grads[layer.weights[0]!.name]!, dgamma!, toleranceOf('batchNorm'), `${backward} dgamma`);
      await expectClose(grads[layer.weights[1]!.name]!, dbeta!, toleranceOf('batchNorm'), `${backward} dbeta`);
    }
  });

  it('does with axis 1 what it does with the last axis on the transposed input', async () => {
    const batch = toTensor(randomValues([4, 3, 2, 5], 1));
    const made = [1, -1].map((axis) => layers.batchNormalization({axis}));
    const value = (layer: Layer, x: tf.Tensor) => layer.apply(x, {training: true}) as tf.Tensor;
    const first = (x: tf.Tensor) => value(made[0]!, x);
    const last = (x: tf.Tensor) => value(made[1]!, tf.transpose(x, [0, 2, 3, 1]));
    const dout = toTensor(randomValues([4, 3, 2, 5], 2));
    const tolerance = toleranceOf('batchNorm');
    await expectClose(first(batch), tf.transpose(last(batch), [0, 3, 1, 2]), tolerance);
    await expectClose(tf.grad(first)(batch, dout), tf.grad(last)(batch, tf.transpose(dout, [0, 2, 3, 1])), tolerance);
    for (const [i, value] of movingOf(made[0]!).entries()) await expectClose(value, movingOf(made[1]!)[i]!, tolerance);
  });

  it('has the gradient through its averages when not training', async () => {
    const layer = layers.batchNormalization({epsilon: 0});
    layer.build([null, 1]);
    layer.setWeights([[3], [0], [1], [4]].map((value) => tf.tensor1d(value)));
    const dx = tf.grad((input) => layer.apply(input) as tf.Tensor)(tf.tensor2d([[1], [5]]), tf.tensor2d([[2], [-4]]));
    await expectClose(dx, [[3], [-6]], toleranceOf('batchNorm'));
  });

  it('moves its averages in fit only', async () => {
    const layer = layers.batchNormalization();
    const model = modelWith(layer);
    const start = movingOf(layer);
    model.predict(x());
    model.evaluate(x(), y());
    for (const [i, value] of movingOf(layer).entries()) await expectClose(value, start[i]!);
    await model.fit(x(), y(), {epochs: 1, verbose: 0});
    await expectMoved(movingOf(layer), start, 'fit');
  });

  it('has the same numbers with either backward', async () => {
    const models = (['simplified', 'staged'] as const).map((backward) => {
      const model = modelWith(layers.batchNormalization({backward}));
      randomizeWeights(model);
      return model;
    });
    for (let step = 0; step < 3; step++) for (const model of models) await model.trainOnBatch(x(), y());
    const [simplified, staged] = models.map((model) => model.getWeights());
    for (const [i, weight] of simplified!.entries()) await expectClose(weight, staged![i]!, trained);
  });

  const kinds: [string, BatchNormalizationArgs][] = [
    ['with gamma and beta', {}], ['without gamma', {scale: false}], ['without either', {scale: false, center: false}],
  ];
  for (const [kind, args] of kinds) {
    for (const by of ['the argument', 'the layer', 'the model around it'] as const) {
      it(`is frozen by ${by}, ${kind}: fit runs in inference mode, also inside a larger model`, async () => {
        const layer = layers.batchNormalization({...args, ...(by === 'the argument' ? {trainable: false} : {})});
        const base = sequential({layers: [builtIn.dense({units: 3, inputShape: [3]}), layer]});
        const images = input({shape: [3]});
        const model = modelOf({
          inputs: images, outputs: builtIn.dense({units: 1}).apply(base.apply(images)) as SymbolicTensor});
        randomizeWeights(model);
        if (by === 'the layer') layer.trainable = false;
        if (by === 'the model around it') base.trainable = false;
        model.compile({optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError'});
        const start = layer.getWeights().map((weight) => weight.clone());
        expect(start.length).toBe(2 + Number(args.scale ?? true) + Number(args.center ?? true));
        const want = await numberOf(model.evaluate(x(), y()));
        await expectClose(tf.scalar(await model.trainOnBatch(x(), y()) as number), want, trained, 'loss of the step');
        for (const [i, weight] of layer.getWeights().entries()) await expectClose(weight, start[i]!);

        if (by === 'the model around it') base.trainable = true;
        else layer.trainable = true;
        model.compile({optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError'});
        await model.trainOnBatch(x(), y());
        await expectMoved(layer.getWeights(), start, 'unfrozen');
      });
    }
  }

  it('has its backward in its config', () => {
    expect(layers.batchNormalization().getConfig()['backward']).toBe('simplified');
    expect(layers.batchNormalization({backward: 'staged'}).getConfig()['backward']).toBe('staged');
  });

  it('updates its averages once for every call when it is shared', async () => {
    const layer = layers.batchNormalization({momentum: 0.5});
    layer.apply(tf.tensor2d([[0], [2]]), {training: true});
    layer.apply(tf.tensor2d([[4], [8]]), {training: true});
    await expectClose(movingOf(layer)[0]!, [0.5 * 0.5 + 3], toleranceOf('batchNorm'));
  });

  it('leaves nothing behind in a training call', async () => {
    const layer = layers.batchNormalization();
    const batch = toTensor(randomValues([4, 3], 1));
    layer.apply(batch);
    await expectNoLeaks(() => layer.apply(batch, {training: true}));
    await expectNoLeaks(() => tf.grad((input) => layer.apply(input, {training: true}) as tf.Tensor)(batch));
  });

  it('passes masks on', () => {
    expect(layers.batchNormalization().supportsMasking).toBe(builtIn.batchNormalization().supportsMasking);
  });

  const refusals: [string, object, RegExp][] = [
    ['a list of axes', {axis: [1, 2]}, /^layers\.batchNormalization: axis must be one whole number\. Got \[1,2\]/],
    ['momentum 2', {momentum: 2}, /momentum must be .* from 0 to 1\. Got 2/],
    ['epsilon NaN', {epsilon: NaN}, /epsilon must be .* of at least 0\. Got NaN/],
    ['center 0', {center: 0}, /center must be true or false\. Got 0/],
    ['an unknown backward', {backward: 'fast'}, /backward must be one of 'simplified', 'staged'\. Got 'fast'/],
    ['virtualBatchSize', {virtualBatchSize: 4}, /unknown option virtualBatchSize/],
  ];
  for (const [title, args, message] of refusals) {
    it(`refuses ${title}`, () =>
      expectRefusal(() => layers.batchNormalization(args as BatchNormalizationArgs), message));
  }

  const shapes: [string, BatchNormalizationArgs, (number | null)[], RegExp][] = [
    ['an axis that is not there', {axis: 2}, [null, 2],
      /^layers\.batchNormalization 'b': axis must name axes .* Got 2/],
    ['an unknown size', {}, [null, 3, null], /'b': the size of the axis 2 must be known/],
    ['rank 1', {}, [null], /'b': the input must have rank 2 or more/],
  ];
  for (const [title, args, shape, message] of shapes) {
    it(`refuses ${title} before it makes weights`, () =>
      expectRefusal(() => layers.batchNormalization({name: 'b', ...args}).build(shape), message));
  }
});
