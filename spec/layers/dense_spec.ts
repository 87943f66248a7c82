import * as tf from '@tensorflow/tfjs-core';
import {constraints, layers as builtIn, regularizers, sequential} from '@tensorflow/tfjs-layers';

import {layers} from '../../src';
import type {ActivationIdentifier, DenseArgs} from '../../src/layers';
import {affineBackward, affineForward} from '../../src/reference';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {describeLayer} from '../support/layer_checks';
import type {CommonArgs, LayerCase} from '../support/layer_checks';
import {expectClose, expectRefusal} from '../support/matchers';
import {randomValues} from '../support/random';
import {toleranceOf} from '../support/tolerances';

type BuiltInArgs = Parameters<typeof builtIn.dense>[0];

function both(args: DenseArgs): Pick<LayerCase, 'make' | 'twin'> {
  return {
    make: (common: CommonArgs) => layers.dense({...args, ...common}),
    twin: (common: CommonArgs) => builtIn.dense({...args, ...common} as BuiltInArgs),
  };
}

describeLayer('layers.dense', [
  {
    title: 'x=[5] units 3, defaults', ...both({units: 3}),
    inputShape: [5], outputShape: [3], weights: {kernel: [5, 3], bias: [3]},
  },
  {
    title: 'x=[2,4,5] units 3, the last axis, relu, regularisers and constraints',
    ...both({
      units: 3, activation: 'relu', kernelInitializer: 'leCunUniform', biasInitializer: 'ones',
      kernelRegularizer: regularizers.l1l2({l1: 0.01, l2: 0.02}), biasRegularizer: 'l1l2',
      kernelConstraint: constraints.unitNorm({axis: 0}), biasConstraint: 'nonNeg',
    }),
    inputShape: [2, 4, 5], outputShape: [2, 4, 3], weights: {kernel: [5, 3], bias: [3]},
    unknown: [[null, null, 4, 5], [null, null, 4, 3]],
  },
  {
    title: 'x=[3,4] units 2, no bias, softmax', ...both({units: 2, useBias: false, activation: 'softmax'}),
    inputShape: [3, 4], outputShape: [3, 2], weights: {kernel: [4, 2]},
  },
]);

describeOnBackends('layers.dense', () => {
  afterEach(() => tf.disposeVariables());

  it('computes the reference\'s product and gradients', async () => {
    const [x, w, b] = [[4, 6], [6, 3], [3]].map((shape, i) => randomValues(shape, i));
    const {out, cache} = affineForward(x!, w!, b!);
    const dout = randomValues(out.shape, 9);
    const {dx, dw, db} = affineBackward(dout, cache);
    const layer = layers.dense({units: 3, weights: [toTensor(w!), toTensor(b!)]});
    const tolerance = toleranceOf('affine');
    await expectClose(layer.apply(toTensor(x!)) as tf.Tensor, out, tolerance, 'out');
    const loss = (input: tf.Tensor) => tf.sum(tf.mul(layer.apply(input) as tf.Tensor, toTensor(dout)));
    await expectClose(tf.grad(loss)(toTensor(x!)), dx, tolerance, 'dx');
    const {grads} = tf.variableGrads(() => loss(toTensor(x!)) as tf.Scalar);
    await expectClose(grads[layer.weights[0]!.name]!, dw, tolerance, 'dw');
    await expectClose(grads[layer.weights[1]!.name]!, db!, tolerance, 'db');
  });

  it('takes inputDim and batchSize for the first layer of a model', () => {
    const args = {units: 2, inputDim: 7, batchSize: 3};
    for (const layer of [layers.dense(args), builtIn.dense(args)]) {
      expect(sequential({layers: [layer]}).inputs[0]!.shape).toEqual([3, 7]);
    }
  });

  it('lets nothing through a unit that its relu turned off, as ops.relu', async () => {
    const layer = layers.dense({units: 1, kernelInitializer: 'ones', activation: 'relu'});
    const x = tf.tensor2d([[-1], [2]]);
    await expectClose(tf.grad((input) => layer.apply(input) as tf.Tensor)(x, tf.tensor2d([[NaN], [3]])), [[0], [3]]);
  });

  it('passes masks on', () => {
    expect(layers.dense({units: 1}).supportsMasking).toBe(builtIn.dense({units: 1}).supportsMasking);
  });

  const activations = [
    'elu', 'selu', 'sigmoid', 'hardSigmoid', 'softplus', 'softsign', 'tanh', 'relu6', 'linear', 'softmax', 'logSoftmax',
    'swish', 'mish', 'gelu',
  ] as ActivationIdentifier[];
  for (const activation of activations) {
    it(`has tf.layers' activation ${activation}`, async () => {
      const [ours, theirs] = [layers, builtIn].map((from) => from.dense({units: 4, activation}));
      const x = toTensor(randomValues([3, 5], 1));
      const want = theirs!.apply(x) as tf.Tensor;
      ours!.build([null, 5]);
      ours!.setWeights(theirs!.getWeights());
      await expectClose(ours!.apply(x) as tf.Tensor, want, toleranceOf('affine'));
      expect(ours!.getConfig()['activation']).toBe(theirs!.getConfig()['activation']!);
    });
  }

  const refusals: [string, object, RegExp][] = [
    ['no units', {}, /^layers\.dense: units must be a whole number of at least 1\. Got undefined/],
    ['units -1', {units: -1, name: 'd'}, /^layers\.dense 'd': units must be .* Got -1/],
    ['inputDim 0', {units: 1, inputDim: 0}, /inputDim must be .* Got 0/],
    ['a misspelt argument', {units: 1, usebias: true}, /unknown option usebias/],
    ['activityRegularizer', {units: 1, activityRegularizer: 'l1l2'}, /activityRegularizer is not supported/],
  ];
  for (const [title, args, message] of refusals) {
    it(`refuses ${title}`, () => expectRefusal(() => layers.dense(args as DenseArgs), message));
  }

  it('refuses rank 1 and an unknown last size before it makes weights', async () => {
    await expectRefusal(() => layers.dense({units: 1, name: 'd'}).build([null]),
      /^layers\.dense 'd': the input must have rank 2 or more\. Got rank 1, \[\?\]/);
    await expectRefusal(() => layers.dense({units: 1}).build([null, null]),
      /^layers\.dense '.*': the size of the last axis must be known to make the weights\. Got \[\?,\?\]/);
  });
});
