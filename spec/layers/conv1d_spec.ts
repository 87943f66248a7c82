import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn, sequential} from '@tensorflow/tfjs-layers';

import {layers, models} from '../../src';
import type {Conv1DArgs} from '../../src/layers';
import {describeOnBackends} from '../support/backends';
import {besideTwin, describeLayer} from '../support/layer_checks';
import type {CommonArgs} from '../support/layer_checks';
import {expectClose, expectRefusal} from '../support/matchers';

const twinTrains = (backend: string) => backend !== 'wasm';
const both = besideTwin(layers.conv1d, builtIn.conv1d, twinTrains);

describeLayer('layers.conv1d', [
  {
    title: 'x=[7,3] F=3 K=2, defaults', ...both({filters: 2, kernelSize: 3}),
    inputShape: [7, 3], outputShape: [5, 2], weights: {kernel: [3, 3, 2], bias: [2]},
    unknown: [[null, null, 3], [null, null, 2]],
  },
  {
    title: 'x=[7,3] F=2 S=2 same, relu, no bias',
    ...both({filters: 4, kernelSize: [2], strides: 2, padding: 'same', activation: 'relu', useBias: false}),
    inputShape: [7, 3], outputShape: [4, 4], weights: {kernel: [2, 3, 4]},
  },
  {
    title: 'x=[9,4] F=3 S=2 P=[2,1] D=2 groups 2',
    make: (common: CommonArgs) => layers.conv1d(
      {filters: 6, kernelSize: 3, strides: 2, padding: [2, 1], dilationRate: 2, groups: 2, ...common}),
    inputShape: [9, 4], outputShape: [4, 6], weights: {kernel: [3, 2, 6], bias: [6]},
  },
]);

describeOnBackends('layers.conv1d', () => {
  afterEach(() => tf.disposeVariables());

  it('sees with causal padding nothing that comes later', async () => {
    const layer = layers.conv1d({
      filters: 1, kernelSize: 3, padding: 'causal', dilationRate: 2, useBias: false, kernelInitializer: 'ones',
    });
    const out = layer.apply(tf.tensor3d([1, 2, 3, 4, 5, 6], [1, 6, 1])) as tf.Tensor;
    await expectClose(tf.reshape(out, [6]), [1, 2, 4, 6, 9, 12]);
  });

  it('has no twin with what tf.layers cannot pad', async () => {
    for (const padding of ['causal', 1, [2, 0]] as const) {
      const net = sequential({layers: [layers.conv1d(
        {inputShape: [6, 2], filters: 2, kernelSize: 3, padding: padding as Conv1DArgs['padding']})]});
      await expectRefusal(() => models.toBuiltIn(net), /pads only by 'valid' or 'same'/);
    }
  });

  it('leaves a layer of tf.layers as it is that has its channels first', async () => {
    const net = sequential({layers: [
      builtIn.conv1d({inputShape: [4, 4], filters: 2, kernelSize: 3, dataFormat: 'channelsFirst'}),
    ]});
    const kept = models.toExplicit(net);
    expect(models.conversionReport(kept).kept[0]!.reason).toMatch(/unknown option dataFormat/);
    const x = tf.randomNormal([2, 4, 4]);
    await expectClose(kept.predict(x) as tf.Tensor, net.predict(x) as tf.Tensor);
  });

  it('names what is wrong', async () => {
    await expectRefusal(() => layers.conv1d({filters: 2, kernelSize: [1, 2] as never}), /kernelSize must be a whole number/);
    await expectRefusal(() => layers.conv1d({filters: 2, kernelSize: 2, padding: 'full' as never}), /padding must be 'valid', 'same', 'causal'/);
    await expectRefusal(() => layers.conv1d({filters: 2, kernelSize: 2, padding: [1, 2, 3] as never}), /padding must be/);
    await expectRefusal(() => layers.conv1d({filters: 3, kernelSize: 2, groups: 2}), /groups \(2\) must divide filters \(3\)/);
  });
});
