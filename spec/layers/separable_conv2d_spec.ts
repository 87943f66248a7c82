import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn, sequential} from '@tensorflow/tfjs-layers';

import {layers, models} from '../../src';
import {describeOnBackends} from '../support/backends';
import {besideTwin, describeLayer} from '../support/layer_checks';
import type {CommonArgs} from '../support/layer_checks';
import {expectClose, expectRefusal} from '../support/matchers';

const twinTrains = (backend: string) => backend !== 'wasm';
const both = besideTwin(layers.separableConv2d, builtIn.separableConv2d, twinTrains);

describeLayer('layers.separableConv2d', [
  {
    title: 'x=[5,6,3] F=3 K=4, defaults', ...both({filters: 4, kernelSize: 3}),
    inputShape: [5, 6, 3], outputShape: [3, 4, 4],
    weights: {depthwise_kernel: [3, 3, 3, 1], pointwise_kernel: [1, 1, 3, 4], bias: [4]},
    unknown: [[null, null, 7, 3], [null, null, 5, 4]],
  },
  {
    title: 'x=[9,8,2] F=[3,2] S=2 P=1 D=2 M=2, relu',
    make: (common: CommonArgs) => layers.separableConv2d({
      filters: 3, kernelSize: [3, 2], depthMultiplier: 2, strides: 2, padding: 1, dilationRate: 2, activation: 'relu', ...common,
    }),
    inputShape: [9, 8, 2], outputShape: [4, 4, 3],
    weights: {depthwise_kernel: [3, 2, 2, 2], pointwise_kernel: [1, 1, 4, 3], bias: [3]},
  },
]);

describeOnBackends('layers.separableConv2d', () => {
  afterEach(() => tf.disposeVariables());

  it('begins each kernel by its own initializer', async () => {
    const layer = layers.separableConv2d(
      {filters: 2, kernelSize: 2, depthwiseInitializer: 'ones', pointwiseInitializer: 'zeros'});
    layer.build([null, 4, 4, 3]);
    const [apart, across] = layer.getWeights();
    await expectClose(apart!, tf.ones([2, 2, 3, 1]));
    await expectClose(across!, tf.zeros([1, 1, 3, 2]));
  });

  it('toExplicit reads from the layer what getConfig forgets, and how it begins', async () => {
    const theirs = sequential({layers: [builtIn.separableConv2d({
      inputShape: [5, 5, 2], filters: 3, kernelSize: 3, depthMultiplier: 2, name: 'it', depthwiseInitializer: 'ones',
      pointwiseInitializer: 'zeros',
    })]});
    const ours = models.toExplicit(theirs);
    const config = ours.getLayer('it').getConfig();
    expect(config['depthMultiplier']).toBe(2);
    expect((config['pointwiseInitializer'] as {className: string}).className).toBe('Ones');
    const x = tf.randomNormal([2, 5, 5, 2]);
    await expectClose(ours.predict(x) as tf.Tensor, theirs.predict(x) as tf.Tensor, {relative: 1e-5, absolute: 1e-5});
  });

  it('channels first is what channels last is, and has a twin without bias alone', async () => {
    const args = {filters: 3, kernelSize: 3, padding: 'same' as const};
    const [last, first] = [layers.separableConv2d(args), layers.separableConv2d({...args, dataFormat: 'channelsFirst'})];
    last.build([null, 4, 5, 2]);
    first.build([null, 2, 4, 5]);
    first.setWeights(last.getWeights());
    const x = tf.randomNormal([2, 4, 5, 2]);
    const out = first.apply(tf.transpose(x, [0, 3, 1, 2])) as tf.Tensor;
    await expectClose(tf.transpose(out, [0, 2, 3, 1]), last.apply(x) as tf.Tensor, {relative: 1e-5, absolute: 1e-5});
    const net = sequential({layers: [layers.separableConv2d({...args, dataFormat: 'channelsFirst', inputShape: [2, 4, 5]})]});
    await expectRefusal(() => models.toBuiltIn(net), /adds its bias to the wrong axis/);
  });
});
