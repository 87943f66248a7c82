import * as tf from '@tensorflow/tfjs-core';

import {kernels} from '../../src/backends';
import {relu, reluBackward, reluForward} from '../../src/ops';
import type {ReluOptions} from '../../src/ops';
import {tidy} from '../../src/tidy';
import {itAgrees} from '../support/agreement';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {reluAgreement} from '../support/cases';
import {expectClose, expectNoLeaks} from '../support/matchers';
import {randomValues} from '../support/random';
import {itRefuses} from '../support/refusals';
import type {Refusal} from '../support/refusals';

describeOnBackends('relu', () => {
  it('of the document: x=[3], max(0, x) and dout * (x > 0)', async () => {
    const {out, cache} = reluForward(tf.tensor1d([-1, 0, 2]));
    await expectClose(out, [0, 0, 2]);
    await expectClose(reluBackward(tf.tensor1d([10, 20, 30]), cache).dx, [0, 0, 30]);
  });

  describe('agrees with the reference', () => itAgrees(reluAgreement));

  describe('at its kinks', () => {
    const kinks: {options: ReluOptions, x: number[], out: number[], dx: number[]}[] = [
      {options: {}, x: [-1, -0, 0, 1], out: [0, 0, 0, 1], dx: [0, 0, 0, 1]},
      {options: {negativeSlope: 0.5}, x: [-1, 0, 1], out: [-0.5, 0, 1], dx: [0.5, 0.5, 1]},
      {options: {threshold: 1}, x: [0, 1, 2], out: [0, 1, 2], dx: [0, 0, 1]},
      {options: {threshold: 1, negativeSlope: 0.5}, x: [0, 1, 2], out: [-0.5, 1, 2], dx: [0.5, 0.5, 1]},
      {options: {maxValue: 2}, x: [1, 2, 3], out: [1, 2, 2], dx: [1, 0, 0]},
      {options: {maxValue: 0}, x: [-1, 0, 1], out: [0, 0, 0], dx: [0, 0, 0]},
    ];
    for (const {options, x, out, dx} of kinks) {
      it(`x=[${x}] ${JSON.stringify(options)}`, async () => {
        await expectClose(relu(tf.tensor1d(x), options), out);
        await expectClose(tf.grad((a) => relu(a, options))(tf.tensor1d(x)), dx);
      });
    }
  });

  it('agrees with tf.relu, tf.leakyRelu and tf.relu6', async () => {
    const x = toTensor(randomValues([50], 1));
    await expectClose(relu(x), tf.relu(x));
    await expectClose(relu(x, {negativeSlope: 0.25}), tf.leakyRelu(x, 0.25));
    await expectClose(relu(tf.mul(x, 5), {maxValue: 6}), tf.relu6(tf.mul(x, 5)));
    await expectClose(tf.grad((a) => relu(a))(x), tf.grad((a) => tf.relu(a))(x));
  });

  it('NaN stays NaN, infinities stay', async () => {
    const x = tf.tensor1d([NaN, Infinity, -Infinity, 1]);
    await expectClose(relu(x), [NaN, Infinity, 0, 1]);
    await expectClose(relu(x, {negativeSlope: 0.5, threshold: 1}), [NaN, Infinity, -Infinity, 1]);
    await expectClose(relu(x, {maxValue: 6}), [NaN, 6, 0, 1]);
  });

  it('what is masked out is 0 whatever dout holds', async () => {
    const {cache} = reluForward(tf.tensor1d([-1, 0, 1, NaN]));
    await expectClose(reluBackward(tf.tensor1d([NaN, Infinity, NaN, 1]), cache).dx, [0, 0, NaN, 0]);
    const capped = reluForward(tf.tensor1d([1, 2, 3]), {maxValue: 2}).cache;
    await expectClose(reluBackward(tf.tensor1d([1, NaN, Infinity]), capped).dx, [1, 0, 0]);
  });

  it('the rule does not run when nobody differentiates x', async () => {
    const reluGrad = spyOn(kernels(), 'reluGrad').and.callThrough();
    const [x, w] = [tf.tensor1d([1, -2]), tf.tensor1d([3, 4])];
    await expectNoLeaks(() => tf.grad((scale) => tf.mul(relu(x), scale))(w));
    expect(reluGrad).not.toHaveBeenCalled();
  });

  it('does not hand out its input', () => {
    const x = tf.tensor1d([1, 2]);
    relu(x).dispose();
    expect(x.isDisposed).toBeFalse();
  });

  it('takes null for no options', async () =>
    expectClose(relu(tf.tensor1d([-1, 2]), null as never), [0, 2]));

  const refused = (title: string, options: object, message: RegExp): Refusal =>
    ({title, given: () => [tf.zeros([2])], call: (x: tf.Tensor) => relu(x, options), message});

  itRefuses('relu', [
    {title: 'x of int32', given: () => [tf.zeros([2], 'int32')], call: (x: tf.Tensor) => relu(x),
      message: /x must be float32\. Got a int32 tensor \[2\]\. Cast it/},
    {title: 'an empty x', given: () => [tf.zeros([0, 3])], call: (x: tf.Tensor) => relu(x), message: /x is empty: \[0,3\]/},
    {title: 'no x', call: () => relu(null as never), message: /x must be a tensor.*Got null/},
    refused('a negative slope below 0', {negativeSlope: -0.1}, /negativeSlope must be a finite number of at least 0\. Got -0\.1/),
    refused('slope NaN', {negativeSlope: NaN}, /negativeSlope must.*Got NaN/),
    refused('a slope without end', {negativeSlope: Infinity}, /negativeSlope must.*Got Infinity/),
    refused('a negative threshold', {threshold: -1}, /threshold must.*Got -1/),
    refused('a negative maxValue', {maxValue: -6}, /maxValue must.*Got -6/),
    refused('a maxValue in words', {maxValue: '6'}, /maxValue must.*Got '6'/),
    refused('a misspelt option', {negativeslope: 1}, /unknown option negativeslope\. Known are negativeSlope, threshold, maxValue/),
    refused('the names of tf.leakyRelu', {alpha: 0.1}, /unknown option alpha/),
    {title: 'a dout of another shape', given: () => [tf.zeros([1]), tf.zeros([2])],
      call: (dout: tf.Tensor, x: tf.Tensor) => tidy(() => reluBackward(dout, reluForward(x).cache)),
      message: /^reluBackward: dout must have the shape of out, \[2\]\. Got \[1\]/},
    {title: 'a dout of int32', given: () => [tf.zeros([2], 'int32'), tf.zeros([2])],
      call: (dout: tf.Tensor, x: tf.Tensor) => tidy(() => reluBackward(dout, reluForward(x).cache)),
      message: /^reluBackward: dout must be float32/},
    {title: 'what is no cache', call: () => reluBackward([1] as never, {} as never),
      message: /^reluBackward: cache must be the one that reluForward returned/},
  ]);
});
