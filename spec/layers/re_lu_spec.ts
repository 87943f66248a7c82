import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn} from '@tensorflow/tfjs-layers';

import {layers} from '../../src';
import type {ReLUArgs} from '../../src/layers';
import {describeOnBackends} from '../support/backends';
import {describeLayer} from '../support/layer_checks';
import {expectClose, expectRefusal} from '../support/matchers';

describeLayer('layers.reLU', [
  {
    title: 'x=[7], defaults', inputShape: [7], outputShape: [7], weights: {}, unknown: [[null, null], [null, null]],
    make: (common) => layers.reLU({...common}), twin: (common) => builtIn.reLU({...common}),
  },
  {
    title: 'x=[4,3,5] maxValue 1', inputShape: [4, 3, 5], outputShape: [4, 3, 5], weights: {},
    make: (common) => layers.reLU({maxValue: 1, ...common}), twin: (common) => builtIn.reLU({maxValue: 1, ...common}),
  },
  {
    title: 'x=[6] negativeSlope 0.2 threshold 0.5 maxValue 2', inputShape: [6], outputShape: [6], weights: {},
    make: (common) => layers.reLU({negativeSlope: 0.2, threshold: 0.5, maxValue: 2, ...common}),
  },
]);

describeOnBackends('layers.reLU', () => {
  it('is Keras\'s formula, the outer side\'s gradient at each kink', async () => {
    const layer = layers.reLU({negativeSlope: 0.5, threshold: 1, maxValue: 3});
    const x = tf.tensor1d([-1, 0.5, 1, 2, 3, 4]);
    await expectClose(layer.apply(x) as tf.Tensor, [-1, -0.25, 1, 2, 3, 3]);
    await expectClose(tf.grad((input) => layer.apply(input) as tf.Tensor)(x), [0.5, 0.5, 0.5, 1, 0, 0]);
  });

  it('has gradient 0 at 0', async () => {
    const layer = layers.reLU();
    await expectClose(tf.grad((x) => layer.apply(x) as tf.Tensor)(tf.tensor1d([-1, 0, 1])), [0, 0, 1]);
  });

  it('has all its options in its config', () => {
    const {name: _, trainable: __, ...config} = layers.reLU({negativeSlope: 0.5, threshold: 1}).getConfig();
    expect(config).toEqual({maxValue: null, negativeSlope: 0.5, threshold: 1});
  });

  const refusals: [string, object, RegExp][] = [
    ['a negative maxValue', {maxValue: -1}, /^layers\.reLU: maxValue must be .* of at least 0\. Got -1/],
    ['a slope that is not a number', {negativeSlope: 'steep'}, /negativeSlope must be .* Got 'steep'/],
    ['threshold NaN', {threshold: NaN, name: 'r'}, /^layers\.reLU 'r': threshold must be .* Got NaN/],
    ['alpha', {alpha: 0.3}, /unknown option alpha\. Known are negativeSlope, threshold, maxValue/],
  ];
  for (const [title, args, message] of refusals) {
    it(`refuses ${title}`, () => expectRefusal(() => layers.reLU(args as ReLUArgs), message));
  }
});
