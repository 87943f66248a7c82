import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn} from '@tensorflow/tfjs-layers';

import {layers} from '../../src';
import type {MaxPooling2DArgs} from '../../src/layers';
import {maxPoolBackward, maxPoolForward} from '../../src/reference';
import {toChannelsLast, toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {describeLayer} from '../support/layer_checks';
import type {CommonArgs, LayerCase} from '../support/layer_checks';
import {expectClose, expectRefusal} from '../support/matchers';
import {randomValues} from '../support/random';
import {toleranceOf} from '../support/tolerances';

type BuiltInArgs = Parameters<typeof builtIn.maxPooling2d>[0];

function both(args: MaxPooling2DArgs): Pick<LayerCase, 'make' | 'twin' | 'twinTrains'> {
  return {
    // tfjs's MaxPoolGrad on wasm drops the gradient of a window whose maximum is negative.
    twinTrains: (backend) => backend !== 'wasm',
    make: (common: CommonArgs) => layers.maxPooling2d({...args, ...common}),
    twin: (common: CommonArgs) => builtIn.maxPooling2d({...args, ...common} as BuiltInArgs),
  };
}

describeLayer('layers.maxPooling2d', [
  {
    title: 'x=[6,5,2], defaults', ...both({}),
    inputShape: [6, 5, 2], outputShape: [3, 2, 2], weights: {}, unknown: [[null, null, 5, 2], [null, null, 2, 2]],
  },
  {
    title: 'x=[6,7,2] F=3 S=2 same', ...both({poolSize: 3, strides: 2, padding: 'same'}),
    inputShape: [6, 7, 2], outputShape: [3, 4, 2], weights: {}, unknown: [[null, 6, null, 2], [null, 3, null, 2]],
  },
  {
    title: 'x=[2,6,5] F=[2,3] S=[1,2] channels first',
    ...both({poolSize: [2, 3], strides: [1, 2], dataFormat: 'channelsFirst'}),
    inputShape: [2, 6, 5], outputShape: [2, 5, 2], weights: {}, unknown: [[8, null, null, 5], [8, null, null, 2]],
  },
  {
    title: 'x=[6,5,2] F=2 S=1 P=[[1,0],[0,1]] D=2 split', inputShape: [6, 5, 2], outputShape: [5, 4, 2], weights: {},
    make: (common) => layers.maxPooling2d(
      {strides: 1, padding: [[1, 0], [0, 1]], dilationRate: 2, ties: 'split', exactFit: true, ...common}),
  },
]);

describeOnBackends('layers.maxPooling2d', () => {
  for (const ties of ['all', 'first', 'split'] as const) {
    it(`gives the reference's values and, ties ${ties}, its gradient, F=3 S=2 P=1`, async () => {
      const x = randomValues([2, 3, 6, 7], 1, 'tied');
      const {out, cache} = maxPoolForward(x, {poolHeight: 3, poolWidth: 3, stride: 2, pad: 1, ties});
      const dout = randomValues(out.shape, 2);
      const layer = layers.maxPooling2d({poolSize: 3, strides: 2, padding: 1, ties});
      const $x = toTensor(x, toChannelsLast);
      await expectClose(layer.apply($x) as tf.Tensor, out, toleranceOf('maxPool2d'), 'out', toChannelsLast);
      const dx = tf.grad((input) => layer.apply(input) as tf.Tensor)($x, toTensor(dout, toChannelsLast));
      await expectClose(dx, maxPoolBackward(dout, cache).dx, toleranceOf('maxPool2d'), 'dx', toChannelsLast);
    });
  }

  it('gives the gradient in full to every maximum unless told otherwise', async () => {
    const dx = tf.grad((x) => layers.maxPooling2d().apply(x) as tf.Tensor)(tf.ones([1, 2, 2, 1]));
    await expectClose(dx, [[[[1], [1]], [[1], [1]]]]);
  });

  it('has the notes\' 2 x 2 example', async () => {
    const x = tf.tensor4d([1, 1, 2, 4, 5, 6, 7, 8, 3, 2, 1, 0, 1, 2, 3, 4], [1, 4, 4, 1]);
    await expectClose(layers.maxPooling2d({poolSize: 2, strides: 2}).apply(x) as tf.Tensor, [[[[6], [8]], [[3], [4]]]]);
  });

  it('has its config in one form, whatever form the arguments had', () => {
    const {name: _, trainable: __, ...config} = layers.maxPooling2d(
      {poolSize: 3, padding: [1, 0], dilationRate: 2, ties: 'split', exactFit: true}).getConfig();
    expect(config).toEqual({
      poolSize: [3, 3], strides: [3, 3], padding: [[1, 1], [0, 0]], dilationRate: [2, 2], dataFormat: 'channelsLast',
      ties: 'split', exactFit: true,
    });
  });

  it('holds sizes that were unknown to exactFit', async () => {
    const layer = layers.maxPooling2d({exactFit: true});
    layer.build([null, null, null, 1]);
    const x = tf.zeros([1, 4, 5, 1]);
    await expectRefusal(() => layer.apply(x), /maxPool2d: exactFit: .* along the width/);
  });

  const refusals: [string, object, RegExp][] = [
    ['poolSize 0', {poolSize: 0}, /^layers\.maxPooling2d: poolSize must be .* Got 0/],
    ['strides 0', {strides: 0}, /strides must be .* Got 0/],
    ['padding as large as the window', {poolSize: 2, padding: 2, name: 'p'},
      /^layers\.maxPooling2d 'p': padding along the height must be smaller than the window \(2\)/],
    ['unknown ties', {ties: 'last'}, /ties must be one of 'all', 'first', 'split'\. Got 'last'/],
    ['a misspelt argument', {poolsize: 2}, /unknown option poolsize\. Known are poolSize, /],
    ['activityRegularizer', {activityRegularizer: 'l1l2'}, /activityRegularizer is not supported/],
  ];
  for (const [title, args, message] of refusals) {
    it(`refuses ${title}`, () => expectRefusal(() => layers.maxPooling2d(args as MaxPooling2DArgs), message));
  }

  it('refuses a window larger than the input when it is built', () => expectRefusal(
    () => layers.maxPooling2d({poolSize: 3, name: 'p'}).build([null, 2, 5, 1]),
    /^layers\.maxPooling2d 'p': a window of 3 .* does not fit the padded height 2/));
});
