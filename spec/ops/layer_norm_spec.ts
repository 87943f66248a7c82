import * as tf from '@tensorflow/tfjs-core';

import {layerNorm, layerNormBackward, layerNormForward} from '../../src/ops';
import type {LayerNormOptions} from '../../src/ops';
import {tidy} from '../../src/tidy';
import {itAgrees} from '../support/agreement';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {layerNormAgreement} from '../support/cases';
import {expectClose, expectNoLeaks} from '../support/matchers';
import {randomValues} from '../support/random';
import {itRefuses} from '../support/refusals';
import type {Refusal} from '../support/refusals';
import {toleranceOf} from '../support/tolerances';
import {watchKernel} from '../support/watch_kernel';

const random = <R extends tf.Rank>(shape: number[], seed: number) => toTensor<R>(randomValues(shape, seed));

describeOnBackends('layerNorm', () => {
  it('x=[2,2], by hand: each row by itself', async () => {
    const out = layerNorm(tf.tensor2d([[1, 3], [10, 50]]), tf.tensor1d([2, 3]), tf.tensor1d([5, 6]), {epsilon: 0});
    await expectClose(out, [[3, 9], [3, 9]], toleranceOf('layerNorm'));
  });

  describe('agrees with the reference', () => itAgrees(layerNormAgreement));

  it('the order in which axes are named does not matter, gamma has increasing axes', async () => {
    const [x, gamma] = [random([2, 3, 4], 1), random([3, 4], 2)];
    await expectClose(layerNorm(x, gamma, null, {axis: [2, 1]}), layerNorm(x, gamma, null, {axis: [1, 2]}));
    await expectClose(layerNorm(x, gamma, null, {axis: [-1, -2]}), layerNorm(x, gamma, null, {axis: [1, 2]}));
  });

  it('normalises the last axis where none is named', async () => {
    const x = random([2, 3, 4], 1);
    await expectClose(layerNorm(x), layerNorm(x, null, null, {axis: 2}));
  });

  it('does not change the axes it is given', () => {
    const axis = [2, 1];
    layerNorm(random([2, 3, 4], 1), null, null, {axis});
    expect(axis).toEqual([2, 1]);
  });

  it('a large mean does not drown the variance', async () => {
    const out = layerNorm(tf.tensor2d([[999, 1001, 999, 1001]]), null, null, {epsilon: 0});
    await expectClose(out, [[-1, 1, -1, 1]], {relative: 1e-3, absolute: 0});
  });

  it('NaN makes its row NaN, and only that', async () => {
    const out = layerNorm(tf.tensor2d([[NaN, 1], [1, 3]]), null, null, {epsilon: 0});
    await expectClose(out, [[NaN, NaN], [-1, 1]], toleranceOf('layerNorm'));
  });

  it('the rule does not run when nobody differentiates its inputs', async () => {
    const rule = watchKernel('layerNormGrad');
    const [x, w] = [random([4, 2], 1), tf.tensor1d([1, 2])];
    await expectNoLeaks(() => tf.grad((scale) => tf.mul(layerNorm(x), scale))(w));
    expect(rule).not.toHaveBeenCalled();
  });

  it('can be differentiated when called inside an inner tidy', async () => {
    const x = random([4, 3], 1);
    const plain = tf.grad((a) => tf.square(layerNorm(a)))(x);
    const inner = tf.grad((a) => tf.tidy(() => tf.square(layerNorm(tf.mul(a, 1)))))(x);
    await expectClose(inner, plain, toleranceOf('layerNorm'));
  });

  it('takes the rule of the backend where nothing records it', () => {
    const rule = watchKernel('layerNormGrad');
    tf.grad((a) => layerNorm(a))(random([4, 2], 1));
    expect(rule).toHaveBeenCalledTimes(1);
  });

  it('takes null for no options', async () => {
    const x = random([4, 3], 1);
    await expectClose(layerNorm(x, null, null, null as never), layerNorm(x));
  });

  const given = (...shapes: number[][]) => () => shapes.map((shape) => tf.zeros(shape));
  const plain = (x: tf.Tensor, gamma?: tf.Tensor, beta?: tf.Tensor) => layerNorm(x, gamma, beta);
  const withOptions = (title: string, options: object, message: RegExp): Refusal => ({
    title, given: given([2, 3, 4]), call: (x: tf.Tensor) => layerNorm(x, null, null, options as LayerNormOptions), message,
  });
  itRefuses('layerNorm', [
    {title: 'a scalar', given: given([]), call: plain, message: /x must have rank 1 or more\. Got a float32 tensor \[\]/},
    {title: 'x of int32', given: () => [tf.zeros([2, 3], 'int32')], call: plain, message: /x must be float32/},
    {title: 'an empty batch', given: given([0, 3]), call: plain, message: /x is empty: \[0,3\]/},
    {title: 'gamma of another length', given: given([2, 3], [2]), call: plain, message: /gamma must.*\[3\]\. Got \[2\]/},
    {title: 'gamma in the order of decreasing axes', given: given([2, 3, 4], [4, 3]),
      call: (x: tf.Tensor, gamma: tf.Tensor) => layerNorm(x, gamma, null, {axis: [2, 1]}),
      message: /gamma must have the shape of the normalised axes, \[3,4\]\. Got \[4,3\]/},
    {title: 'beta of int32', given: () => [tf.zeros([2, 3]), tf.zeros([3]), tf.zeros([3], 'int32')], call: plain,
      message: /beta must be float32/},
    withOptions('an axis that x does not have', {axis: 3}, /axis must name axes of x, whole numbers from -3 to 2\. Got 3/),
    withOptions('an axis twice', {axis: [1, 1]}, /axis names an axis of x twice: \[1,1\]/),
    withOptions('an axis twice, once from the end', {axis: [2, -1]}, /axis names an axis of x twice: \[2,-1\]/),
    withOptions('no axes', {axis: []}, /axis must be a whole number or a list of them\. Got \[\]/),
    withOptions('half an axis', {axis: 1.5}, /axis must.*Got 1\.5/),
    withOptions('an axis in words', {axis: 'last'}, /axis must.*Got 'last'/),
    withOptions('a negative epsilon', {epsilon: -1}, /epsilon must.*Got -1/),
    withOptions('the name of the document', {eps: 1e-5}, /unknown option eps\. Known are axis, epsilon/),
    {title: 'a dout of another shape', given: given([3, 4], [4, 3]),
      call: (dout: tf.Tensor, x: tf.Tensor) => tidy(() => layerNormBackward(dout, layerNormForward(x).cache)),
      message: /^layerNormBackward: dout must have the shape of out, \[4,3\]\. Got \[3,4\]/},
    {title: 'what is no cache', call: () => layerNormBackward([[1]] as never, {x: 1} as never),
      message: /^layerNormBackward: cache must be the one that layerNormForward returned\. Got \{x\}/},
  ]);
});
