/** The ops that end in relu, as layers use them, beside relu of the op. */
import * as tf from '@tensorflow/tfjs-core';

import {affine, conv2d, relu} from '../../src/ops';
import {affineRelu} from '../../src/ops/affine';
import {conv2dOptions, conv2dRelu as checkedConv2dRelu} from '../../src/ops/conv2d';
import type {Conv2dOptions} from '../../src/ops/conv2d';
import {readOptions} from '../../src/options';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {expectClose, expectNoLeaks} from '../support/matchers';
import {randomValues} from '../support/random';
import {toleranceOf} from '../support/tolerances';

const conv2dRelu = (x: tf.Tensor4D, w: tf.Tensor4D, b: tf.Tensor1D | null = null, options: Conv2dOptions = {}) =>
  checkedConv2dRelu(x, w, b, readOptions('conv2d', conv2dOptions, options));

type Op = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor | null) => tf.Tensor;

interface Case {
  title: string;
  fused: Op;
  apart: Op;
  shapes: [x: number[], w: number[], b: number[] | null];
}

const convolution = (title: string, shapes: Case['shapes'], options: Parameters<typeof conv2d>[3] = {}): Case => ({
  title: `conv2d ${title}`,
  fused: (x, w, b) => conv2dRelu(x as tf.Tensor4D, w as tf.Tensor4D, b as tf.Tensor1D | null, options),
  apart: (x, w, b) => relu(conv2d(x as tf.Tensor4D, w as tf.Tensor4D, b as tf.Tensor1D | null, options)),
  shapes,
});

const connected = (title: string, shapes: Case['shapes']): Case => ({
  title: `affine ${title}`,
  fused: (x, w, b) => affineRelu(x, w as tf.Tensor2D, b as tf.Tensor1D | null),
  apart: (x, w, b) => relu(affine(x, w as tf.Tensor2D, b as tf.Tensor1D | null)),
  shapes,
});

const cases: Case[] = [
  convolution('of few channels', [[2, 6, 5, 3], [3, 3, 3, 16], [16]], {padding: 'same'}),
  convolution('of few channels, without a bias', [[2, 6, 5, 3], [3, 3, 3, 8], null], {strides: 2}),
  convolution('of many channels', [[1, 4, 4, 40], [3, 3, 40, 16], [16]], {padding: 1}),
  convolution('of many channels, without a bias', [[1, 4, 4, 40], [3, 3, 40, 5], null]),
  convolution('channels first, in two groups', [[2, 4, 5, 6], [2, 2, 2, 6], [6]], {dataFormat: 'channelsFirst', groups: 2}),
  connected('with a bias', [[3, 2, 5], [10, 8], [8]]),
  connected('without', [[3, 7], [7, 4], null]),
];

describeOnBackends('ops that end in relu', () => {
  for (const {title, fused, apart, shapes} of cases) {
    const inputs = () => shapes.map((shape, i) => shape && toTensor(randomValues(shape, i)));
    const call = (op: Op, given: tf.Tensor[]) => op(given[0]!, given[1]!, given[2] ?? null);
    const present = () => inputs().filter((input): input is tf.Tensor => input !== null);
    const tolerance = toleranceOf(title.startsWith('conv2d') ? 'conv2d' : 'affine');

    it(`${title}: values and gradients are those of relu after the op`, async () => {
      const given = present();
      const out = call(fused, given);
      expect(out.dataSync().some((v) => v === 0)).toBeTrue();
      await expectClose(out, call(apart, given), tolerance);
      const dout = toTensor(randomValues(out.shape, 9));
      const [ours, theirs] = [fused, apart].map((op) => tf.grads((...xs) => call(op, xs))(given, dout));
      for (const [i, gradient] of ours!.entries()) await expectClose(gradient, theirs![i]!, tolerance);
    });

    it(`${title}: second derivatives too`, async () => {
      const given = present();
      const bend = (op: Op) => (...xs: tf.Tensor[]) =>
        tf.sum(tf.square(tf.grad((x) => tf.sum(tf.square(call(op, [x, ...xs.slice(1)]))))(xs[0]!))) as tf.Scalar;
      const [ours, theirs] = [fused, apart].map((op) => tf.grads(bend(op))(given));
      for (const [i, gradient] of ours!.entries()) {
        const scale = Math.max(1, ...theirs![i]!.dataSync().map(Math.abs));
        await expectClose(tf.div(gradient, scale), tf.div(theirs![i]!, scale), toleranceOf('conv2d'));
      }
    });

    it(`${title}: leaves nothing behind, changes no input`, async () => {
      const given = present();
      const before = given.map((t) => t.dataSync().slice());
      await expectNoLeaks(() => tf.dispose([call(fused, given), tf.grads((...xs) => call(fused, xs))(given)]));
      for (const [i, t] of given.entries()) expect(t.dataSync()).toEqual(before[i]!);
    });
  }

  it('NaN comes through, and its gradient is 0', async () => {
    const x = tf.tensor2d([[NaN, 1], [1, 1]]);
    const w = tf.ones<tf.Rank.R2>([2, 8]);
    const out = affineRelu(x, w, tf.zeros([8]));
    await expectClose(out, [Array.from({length: 8}, () => NaN), Array.from({length: 8}, () => 2)]);
    await expectClose(tf.grad((b) => affineRelu(x, w, b as tf.Tensor1D))(tf.zeros([8])), Array.from({length: 8}, () => 1));
    const image = tf.reshape(x, [1, 2, 2, 1]) as tf.Tensor4D;
    const filter = tf.ones<tf.Rank.R4>([1, 1, 1, 8]);
    await expectClose(tf.max(conv2dRelu(image, filter), 3), [[[NaN, 1], [1, 1]]]);
    await expectClose(tf.grad((b) => conv2dRelu(image, filter, b as tf.Tensor1D))(tf.zeros([8])),
      Array.from({length: 8}, () => 3));
  });
});
