import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn, regularizers} from '@tensorflow/tfjs-layers';

import {layers, ops} from '../../src';
import type {LayerNormalizationArgs} from '../../src/layers';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {describeLayer} from '../support/layer_checks';
import type {CommonArgs, LayerCase} from '../support/layer_checks';
import {expectClose, expectRefusal} from '../support/matchers';
import {randomValues} from '../support/random';

function both(args: LayerNormalizationArgs): Pick<LayerCase, 'make' | 'twin'> {
  return {
    make: (common: CommonArgs) => layers.layerNormalization({...args, ...common}),
    twin: (common: CommonArgs) =>
      builtIn.layerNormalization({...args, ...common} as Parameters<typeof builtIn.layerNormalization>[0]),
  };
}

describeLayer('layers.layerNormalization', [
  {
    title: 'x=[6], defaults', ...both({}),
    inputShape: [6], outputShape: [6], weights: {gamma: [6], beta: [6]},
  },
  {
    title: 'x=[3,4,5] axis [1,2,3], regularisers',
    ...both({axis: [1, 2, 3], epsilon: 0.01, gammaInitializer: 'zeros', betaInitializer: 'ones',
      gammaRegularizer: regularizers.l2({l2: 0.1}), betaRegularizer: 'l1l2'}),
    inputShape: [3, 4, 5], outputShape: [3, 4, 5], weights: {gamma: [3, 4, 5], beta: [3, 4, 5]},
  },
  {
    title: 'x=[3,4], no gamma (tf.layers throws in training)', ...both({scale: false}), twinTrains: () => false,
    inputShape: [3, 4], outputShape: [3, 4], weights: {beta: [4]}, unknown: [[null, null, 4], [null, null, 4]],
  },
  {
    title: 'x=[3,4,2] axis [3,1], no beta (tf.layers throws in training)', inputShape: [3, 4, 2],
    outputShape: [3, 4, 2], weights: {gamma: [3, 2]}, unknown: [[null, 3, null, 2], [null, 3, null, 2]],
    make: (common) => layers.layerNormalization({axis: [3, 1], center: false, ...common}),
  },
  {
    title: 'x=[5], neither gamma nor beta', inputShape: [5], outputShape: [5], weights: {},
    make: (common) => layers.layerNormalization({center: false, scale: false, ...common}),
  },
]);

describeOnBackends('layers.layerNormalization', () => {
  afterEach(() => tf.disposeVariables());

  it('computes what ops.layerNorm computes, gamma in increasing order of the axes', async () => {
    const x = toTensor(randomValues([2, 3, 4, 5], 1));
    const [gamma, beta] = [toTensor(randomValues([3, 5], 2)), toTensor(randomValues([3, 5], 3))];
    const layer = layers.layerNormalization({axis: [-1, 1], weights: [gamma, beta]});
    await expectClose(layer.apply(x) as tf.Tensor, ops.layerNorm(x, gamma, beta, {axis: [1, 3], epsilon: 1e-3}));
  });

  it('passes masks on', () => {
    expect(layers.layerNormalization().supportsMasking).toBe(builtIn.layerNormalization().supportsMasking);
  });

  it('keeps its axes when the caller\'s list changes', () => {
    const axis = [1, 2];
    const layer = layers.layerNormalization({axis});
    axis.pop();
    expect(layer.getConfig()['axis']).toEqual([1, 2]);
  });

  const refusals: [string, object, RegExp][] = [
    ['axis 0.5', {axis: 0.5}, /^layers\.layerNormalization: axis must be a whole number or a list of them\. Got 0\.5/],
    ['no axes', {axis: []}, /axis must be .* Got \[\]/],
    ['a negative epsilon', {epsilon: -1}, /epsilon must be .* Got -1/],
    ['scale 1', {scale: 1}, /scale must be true or false\. Got 1/],
    ['momentum', {momentum: 0.9}, /unknown option momentum/],
  ];
  for (const [title, args, message] of refusals) {
    it(`refuses ${title}`, () =>
      expectRefusal(() => layers.layerNormalization(args as LayerNormalizationArgs), message));
  }

  const shapes: [string, LayerNormalizationArgs, (number | null)[], RegExp][] = [
    ['an axis that is not there', {axis: 3}, [null, 2, 2],
      /^layers\.layerNormalization 'n': axis must name axes .* Got 3/],
    ['an axis named twice', {axis: [2, -1]}, [null, 2, 2], /'n': axis names an axis of x twice: \[2,-1\]/],
    ['an unknown size', {axis: 1}, [null, null, 2], /'n': the size of the axis 1 must be known/],
  ];
  for (const [title, args, shape, message] of shapes) {
    it(`refuses ${title} before it makes weights`, () =>
      expectRefusal(() => layers.layerNormalization({name: 'n', ...args}).build(shape), message));
  }
});
