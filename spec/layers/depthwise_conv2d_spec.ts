import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn, sequential} from '@tensorflow/tfjs-layers';

import {layers, models} from '../../src';
import {describeOnBackends} from '../support/backends';
import {besideTwin, describeLayer} from '../support/layer_checks';
import type {CommonArgs} from '../support/layer_checks';
import {expectClose, expectRefusal} from '../support/matchers';

const twinTrains = (backend: string) => backend !== 'wasm';
const both = besideTwin(layers.depthwiseConv2d, builtIn.depthwiseConv2d, twinTrains);

describeLayer('layers.depthwiseConv2d', [
  {
    title: 'x=[5,6,3] F=3, defaults', ...both({kernelSize: 3}),
    inputShape: [5, 6, 3], outputShape: [3, 4, 3], weights: {depthwise_kernel: [3, 3, 3, 1], bias: [3]},
    unknown: [[null, null, 7, 3], [null, null, 5, 3]],
  },
  {
    title: 'x=[5,6,3] F=3 M=2 S=2 same, relu, no bias',
    ...both({
      kernelSize: 3, depthMultiplier: 2, strides: 2, padding: 'same', activation: 'relu', useBias: false,
      depthwiseInitializer: 'heNormal',
    }),
    inputShape: [5, 6, 3], outputShape: [3, 3, 6], weights: {depthwise_kernel: [3, 3, 3, 2]},
    unknown: [[null, null, null, 3], [null, null, null, 6]],
  },
  {
    title: 'x=[9,8,2] F=[3,2] S=[2,1] P=[[1,0],[0,2]] D=2',
    make: (common: CommonArgs) => layers.depthwiseConv2d(
      {kernelSize: [3, 2], strides: [2, 1], padding: [[1, 0], [0, 2]], dilationRate: 2, ...common}),
    inputShape: [9, 8, 2], outputShape: [3, 8, 2], weights: {depthwise_kernel: [3, 2, 2, 1], bias: [2]},
  },
]);

describeOnBackends('layers.depthwiseConv2d', () => {
  afterEach(() => tf.disposeVariables());

  it('toExplicit reads regularizer and constraint from the layer, and keeps its lack of dilation', async () => {
    const theirs = sequential({layers: [builtIn.depthwiseConv2d({
      inputShape: [6, 6, 2], kernelSize: 3, dilationRate: 2, name: 'it', depthwiseRegularizer: 'l1l2',
      depthwiseConstraint: 'nonNeg',
    })]});
    const ours = models.toExplicit(theirs);
    const config = ours.getLayer('it').getConfig();
    expect((config['depthwiseRegularizer'] as {className: string}).className).toBe('L1L2');
    expect((config['depthwiseConstraint'] as {className: string}).className).toBe('NonNeg');
    const x = tf.randomNormal([2, 6, 6, 2]);
    await expectClose(ours.predict(x) as tf.Tensor, theirs.predict(x) as tf.Tensor, {relative: 1e-5, absolute: 1e-5});
  });

  it('names what is wrong', async () => {
    await expectRefusal(() => layers.depthwiseConv2d({kernelSize: 3, depthMultiplier: 0}), /layers\.depthwiseConv2d: depthMultiplier must be a whole/);
    await expectRefusal(() => layers.depthwiseConv2d({kernelSize: 3, filters: 2} as never), /unknown option filters/);
  });
});
