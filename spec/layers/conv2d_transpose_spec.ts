import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn, sequential} from '@tensorflow/tfjs-layers';

import {layers, models} from '../../src';
import type {Conv2DTransposeArgs} from '../../src/layers';
import {describeOnBackends} from '../support/backends';
import {besideTwin, describeLayer} from '../support/layer_checks';
import type {CommonArgs} from '../support/layer_checks';
import {expectClose, expectRefusal} from '../support/matchers';

const twinTrains = (backend: string) => backend !== 'wasm';
const both = besideTwin(layers.conv2dTranspose, builtIn.conv2dTranspose, twinTrains);

describeLayer('layers.conv2dTranspose', [
  {
    title: 'x=[3,4,3] F=3 K=2, defaults', ...both({filters: 2, kernelSize: 3}),
    inputShape: [3, 4, 3], outputShape: [5, 6, 2], weights: {kernel: [3, 3, 2, 3], bias: [2]},
    unknown: [[null, null, 4, 3], [null, null, 6, 2]],
  },
  {
    title: 'x=[3,4,3] F=3 S=2 same, relu, no bias',
    ...both({filters: 2, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu', useBias: false}),
    inputShape: [3, 4, 3], outputShape: [6, 8, 2], weights: {kernel: [3, 3, 2, 3]},
  },
  {
    title: 'x=[3,4,2] F=[3,2] S=2 P=1 D=2 outputPadding',
    make: (common: CommonArgs) => layers.conv2dTranspose(
      {filters: 3, kernelSize: [3, 2], strides: 2, padding: 1, dilationRate: 2, outputPadding: [1, 0], ...common}),
    inputShape: [3, 4, 2], outputShape: [8, 7, 3], weights: {kernel: [3, 2, 3, 2], bias: [3]},
  },
]);

describeOnBackends('layers.conv2dTranspose', () => {
  afterEach(() => tf.disposeVariables());

  for (const [kernelSize, padding] of [[3, 1], [3, [[0, 1], [2, 0]]], [1, 0]] as const) {
    it(`toBuiltIn crops what padding ${JSON.stringify(padding)} of F=${kernelSize} S=2 leaves out`, async () => {
      const net = sequential({layers: [layers.conv2dTranspose({
        inputShape: [3, 4, 2], filters: 2, kernelSize, strides: 2, padding: padding as Conv2DTransposeArgs['padding'], name: 'it',
      })]});
      const theirs = models.toBuiltIn(net);
      expect(theirs.layers.map((layer) => layer.name)).toEqual(['it', 'it_cropping']);
      const x = tf.randomNormal([2, 3, 4, 2]);
      await expectClose(theirs.predict(x) as tf.Tensor, net.predict(x) as tf.Tensor, {relative: 1e-5, absolute: 1e-5});
    });
  }

  it('names what is wrong', async () => {
    await expectRefusal(() =>
      layers.conv2dTranspose({filters: 2, kernelSize: 3, outputPadding: 1, inputShape: [3, 3, 1], name: 'up'})
      .build([null, 3, 3, 1]), /layers\.conv2dTranspose 'up': no convolution of an image of height 6 gives height 3, but 4/);
  });
});
