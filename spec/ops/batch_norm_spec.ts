import * as tf from '@tensorflow/tfjs-core';

import {batchNorm, batchNormBackward, batchNormBackwardAlt, batchNormForward} from '../../src/ops';
import type {BatchNormForwardOptions, BatchNormOptions} from '../../src/ops';
import * as reference from '../../src/reference';
import {array} from '../../src/reference';
import {tidy} from '../../src/tidy';
import {itAgrees} from '../support/agreement';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {batchNormAgreement} from '../support/cases';
import {expectClose, expectNoLeaks} from '../support/matchers';
import {randomValues} from '../support/random';
import {itRefuses} from '../support/refusals';
import type {Refusal} from '../support/refusals';
import {toleranceOf} from '../support/tolerances';
import {watchKernel} from '../support/watch_kernel';

const random = <R extends tf.Rank>(shape: number[], seed: number) => toTensor<R>(randomValues(shape, seed));

describeOnBackends('batchNorm', () => {
  it('x=[2,2], by hand', async () => {
    // Columns 1, 3 and 10, 50: mean 2 and 30, uncorrected variance 1 and 400.
    const x = tf.tensor2d([[1, 10], [3, 50]]);
    const {out, runningMean, runningVar} = batchNormForward(x, tf.tensor1d([2, 3]), tf.tensor1d([5, 6]),
      {mode: 'train', epsilon: 0});
    await expectClose(out, [[3, 3], [7, 9]], toleranceOf('batchNorm'));
    await expectClose(runningMean, [0.2, 3], toleranceOf('batchNorm'));
    await expectClose(runningVar, [0.1, 40], toleranceOf('batchNorm'));
  });

  it('test mode, by hand: forward and backward with the running values', async () => {
    const x = tf.tensor2d([[3, 1], [5, 2]]);
    const running = {runningMean: tf.tensor1d([1, 2]), runningVar: tf.tensor1d([3, 0.24])};
    const {out, cache, runningMean, runningVar} = batchNormForward(x, tf.tensor1d([10, 1]), null,
      {mode: 'test', ...running, epsilon: 1});
    const std = Math.sqrt(1.24);
    await expectClose(out, [[10, -1 / std], [20, 0]], toleranceOf('batchNorm'));
    await expectClose(runningMean, [1, 2]);
    await expectClose(runningVar, [3, Math.fround(0.24)]);
    for (const backward of [batchNormBackward, batchNormBackwardAlt]) {
      const {dx, dgamma, dbeta} = backward(tf.tensor2d([[1, 2], [3, 4]]), cache);
      await expectClose(dx, [[5, 2 / std], [15, 4 / std]], toleranceOf('batchNorm'));
      await expectClose(dgamma!, [1 * 1 + 3 * 2, -2 / std], toleranceOf('batchNorm'));
      expect(dbeta).toBeNull();
    }
  });

  describe('agrees with the reference', () => itAgrees(batchNormAgreement));

  describe('running values agree with the reference', () => {
    for (const [shape, axis] of [[[5, 3], -1], [[2, 3, 4, 3], 1], [[2, 3, 3, 2], 3]] as const) {
      for (const given of [false, true]) {
        it(`x=[${shape}] axis=${axis} ${given ? 'from running values' : 'from zeros'}`, async () => {
          const [x, size] = [randomValues([...shape], 1), [shape.at(axis)!]];
          const two = array(size, new Float64Array(size[0]!).fill(2));
          const old = given ? {runningMean: randomValues(size, 2), runningVar: two} : {};
          const wanted = reference.batchNormForward(x, null, null, {mode: 'train', axis, momentum: 0.75, ...old});
          const found = batchNormForward(toTensor(x), null, null, {mode: 'train', axis, momentum: 0.75,
            ...Object.fromEntries(Object.entries(old).map(([name, value]) => [name, toTensor<tf.Rank.R1>(value)]))});
          await expectClose(found.runningMean, wanted.runningMean, toleranceOf('batchNorm'));
          await expectClose(found.runningVar, wanted.runningVar, toleranceOf('batchNorm'));
        });
      }
    }
  });

  it('the old value weighs 0.9 by default, and is not changed', async () => {
    const old = tf.tensor1d([10]);
    const {runningMean} = batchNormForward(tf.tensor2d([[1], [3]]), null, null, {mode: 'train', runningMean: old});
    await expectClose(runningMean, [9.2], toleranceOf('batchNorm'));
    await expectClose(old, [10]);
  });

  it('test mode hands out copies of the running values', () => {
    const running = {runningMean: tf.zeros([2]) as tf.Tensor1D, runningVar: tf.ones([2]) as tf.Tensor1D};
    const found = batchNormForward(tf.zeros([3, 2]), null, null, {mode: 'test', ...running});
    found.runningMean.dispose();
    found.runningVar.dispose();
    expect([running.runningMean.isDisposed, running.runningVar.isDisposed]).toEqual([false, false]);
  });

  it('agrees with tf.batchNorm in test mode', async () => {
    const [x, gamma, beta, mean] = [random([2, 3, 3, 4], 1), ...[2, 3, 4].map((seed) => random<tf.Rank.R1>([4], seed))] as
      [tf.Tensor, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
    const variance = tf.abs(random<tf.Rank.R1>([4], 5));
    const {out} = batchNormForward(x, gamma, beta, {mode: 'test', runningMean: mean, runningVar: variance});
    await expectClose(out, tf.batchNorm(x, mean, variance, beta, gamma, 1e-5), toleranceOf('batchNorm'));
  });

  it('both backwards agree, also where statistics are hard: a large mean', async () => {
    const x = tf.add(random([64, 3], 1), 100);
    const [staged, simplified] = (['staged', 'simplified'] as const).map((backward) =>
      tf.grad((a) => tf.sum(tf.square(batchNorm(a, null, null, {backward, epsilon: 0.1}))))(x));
    await expectClose(staged!, simplified!, {relative: 1e-3, absolute: 1e-4});
  });

  it('a large mean does not drown the variance', async () => {
    // Values 1000 +- 1 in float32 still have three digits.
    const x = tf.tensor2d([[999], [1001], [999], [1001]]);
    await expectClose(batchNorm(x, null, null, {epsilon: 0}), [[-1], [1], [-1], [1]], {relative: 1e-3, absolute: 0});
  });

  it('NaN makes its channel NaN, and only that', async () => {
    const out = batchNorm(tf.tensor2d([[NaN, 1], [1, 3]]), null, null, {epsilon: 0});
    await expectClose(out, [[NaN, -1], [NaN, 1]], toleranceOf('batchNorm'));
  });

  it('the rule does not run when nobody differentiates its inputs', async () => {
    const rule = watchKernel('batchNormGrad');
    const [x, w] = [random([4, 2], 1), tf.tensor1d([1, 2])];
    await expectNoLeaks(() => tf.grad((scale) => tf.mul(batchNorm(x), scale))(w));
    expect(rule).not.toHaveBeenCalled();
  });

  it('simplified is the rule of the backend, staged goes node by node', () => {
    const rule = watchKernel('batchNormGrad');
    const x = random([4, 2], 1);
    const run = (backward: 'simplified' | 'staged') => tf.grad((a) => batchNorm(a, null, null, {backward}))(x);
    run('staged');
    expect(rule).not.toHaveBeenCalled();
    run('simplified');
    expect(rule).toHaveBeenCalledTimes(1);
  });

  it('trains through batchNormForward, whose out is on the tape', async () => {
    const [x, gamma] = [random([4, 2], 1), tf.tensor1d([1, 2])];
    const dout = random([4, 2], 3);
    const [byPair, byOp] = [
      tf.grads((a, g) => batchNormForward(a, g as tf.Tensor1D, null, {mode: 'train'}).out)([x, gamma], dout),
      tf.grads((a, g) => batchNorm(a, g as tf.Tensor1D))([x, gamma], dout),
    ];
    await expectClose(byPair[0]!, byOp[0]!, toleranceOf('batchNorm'));
    await expectClose(byPair[1]!, byOp[1]!, toleranceOf('batchNorm'));
  });

  it('can be differentiated when called inside an inner tidy', async () => {
    const x = random([4, 2], 1);
    const plain = tf.grad((a) => tf.square(batchNorm(a)))(x);
    const inner = tf.grad((a) => tf.tidy(() => tf.square(batchNorm(tf.mul(a, 1)))))(x);
    await expectClose(inner, plain, toleranceOf('batchNorm'));
  });

  it('takes null for no options', async () => {
    const x = random([4, 3], 1);
    await expectClose(batchNorm(x, null, null, null as never), batchNorm(x));
  });

  const forward = (title: string, options: object | undefined, message: RegExp): Refusal => ({
    title, given: () => [tf.zeros([4, 3])],
    call: (x: tf.Tensor) => tidy(() => batchNormForward(x, null, null, options as BatchNormForwardOptions)), message,
  });
  const withOptions = (title: string, options: object, message: RegExp): Refusal => ({
    title, given: () => [tf.zeros([4, 3])], message,
    call: (x: tf.Tensor) => batchNorm(x, null, null, options as BatchNormOptions),
  });
  const given = (...shapes: number[][]) => () => shapes.map((shape) => tf.zeros(shape));
  const plain = (x: tf.Tensor, gamma?: tf.Tensor1D, beta?: tf.Tensor1D) => batchNorm(x, gamma, beta);

  itRefuses('batchNorm', [
    {title: 'x of rank 1', given: given([3]), call: plain, message: /x must have rank 2 or more\. Got a float32 tensor \[3\]\. Reshape/},
    {title: 'x of int32', given: () => [tf.zeros([2, 3], 'int32')], call: plain, message: /x must be float32/},
    {title: 'an empty batch', given: given([0, 3]), call: plain, message: /x is empty: \[0,3\]/},
    {title: 'gamma of another length', given: given([2, 3], [2]), call: plain,
      message: /gamma must have the shape of the normalised axes, \[3\]\. Got \[2\]\. Reshape/},
    {title: 'beta of another rank', given: given([2, 3], [3], [1, 3]), call: plain, message: /beta must.*\[3\]\. Got \[1,3\]/},
    {title: 'gamma of int32', given: () => [tf.zeros([2, 3]), tf.zeros([3], 'int32')], call: plain, message: /gamma must be float32/},
    withOptions('an axis that x does not have', {axis: 2}, /axis must name axes of x, whole numbers from -2 to 1\. Got 2/),
    withOptions('half an axis', {axis: 0.5}, /axis must.*Got 0\.5/),
    withOptions('several axes', {axis: [0, 1]}, /axis must be one whole number\. Got \[0,1\]/),
    withOptions('a negative epsilon', {epsilon: -1}, /epsilon must be a finite number of at least 0\. Got -1/),
    withOptions('epsilon NaN', {epsilon: NaN}, /epsilon must.*Got NaN/),
    withOptions('an unknown backward', {backward: 'alt'}, /backward must be one of 'simplified', 'staged'\. Got 'alt'/),
    withOptions('the name of the document', {eps: 1e-5}, /unknown option eps\. Known are axis, epsilon, backward/),
    withOptions('an option of the pair', {momentum: 0.5}, /unknown option momentum/),
  ]);
  itRefuses('batchNormForward', [
    forward('no options', undefined, /mode must be one of 'train', 'test'\. Got undefined/),
    forward('no mode', {}, /mode must be one of 'train', 'test'\. Got undefined/),
    forward('an unknown mode', {mode: 'eval'}, /mode must.*Got 'eval'/),
    forward('test mode without running values', {mode: 'test'},
      /test mode normalises with runningMean and runningVar, \[3\] each\. Got undefined and undefined\. Pass/),
    forward('test mode without runningVar', {mode: 'test', runningMean: [0, 0, 0]}, /test mode normalises/),
    forward('test mode without runningMean', {mode: 'test', runningVar: [1, 1, 1]},
      /test mode normalises.*Got undefined and \[1,1,1\]/),
    forward('runningVar of another length', {mode: 'train', runningVar: [0, 0]}, /runningVar must.*\[3\]\. Got \[2\]/),
    forward('runningMean of another length', {mode: 'train', runningMean: [0, 0]}, /runningMean must.*\[3\]\. Got \[2\]/),
    forward('a momentum above 1', {mode: 'train', momentum: 1.5}, /momentum must be a number from 0 to 1\. Got 1\.5/),
    forward('momentum NaN', {mode: 'train', momentum: NaN}, /momentum must/),
    forward('an unknown backward, in test mode too',
      {mode: 'test', runningMean: [0, 0, 0], runningVar: [1, 1, 1], backward: 'alt'}, /backward must.*Got 'alt'/),
    forward('a misspelt option', {mode: 'train', runningVariance: [1, 1, 1]}, /unknown option runningVariance/),
  ]);
  for (const [op, backward] of Object.entries({batchNormBackward, batchNormBackwardAlt})) {
    itRefuses(op, [
      {title: `a dout of another shape in ${op}`, given: given([3, 4], [4, 3]),
        call: (dout: tf.Tensor, x: tf.Tensor) => tidy(() =>
          backward(dout, batchNormForward(x, null, null, {mode: 'train'}).cache)),
        message: new RegExp(`^${op}: dout must have the shape of out, \\[4,3\\]\\. Got \\[3,4\\]`)},
      {title: `an empty cache in ${op}`, call: () => backward([[1]] as never, {} as never),
        message: /cache must be the one that batchNormForward returned\. Got \{\}/},
      {title: `what is no cache in ${op}`, call: () => backward([[1]] as never, undefined as never),
        message: /cache must be the one that batchNormForward returned\. Got undefined/},
    ]);
  }
});
