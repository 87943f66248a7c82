import * as tf from '@tensorflow/tfjs-core';

import {kernels} from '../../src/backends';
import {conv2d, depthwiseConv2d, depthwiseConv2dBackward, depthwiseConv2dForward} from '../../src/ops';
import {tidy} from '../../src/tidy';
import {itAgrees} from '../support/agreement';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {depthwiseConv2dAgreement} from '../support/cases';
import {expectClose, expectNoLeaks} from '../support/matchers';
import {randomValues} from '../support/random';
import {itRefuses} from '../support/refusals';
import {toleranceOf} from '../support/tolerances';

const random = <R extends tf.Rank>(shape: number[], seed: number) => toTensor<R>(randomValues(shape, seed));

describeOnBackends('ops.depthwiseConv2d', () => {
  it('keeps channels apart: output channel c M + m is channel c under filter m', async () => {
    const x = tf.tensor4d([1, 10, 2, 20, 3, 30, 4, 40], [1, 2, 2, 2]);
    const filter = tf.tensor4d([1, 2, 3, 4], [1, 1, 2, 2]);
    const out = depthwiseConv2d(x, filter, [0, 0, 0, 1000]);
    await expectClose(tf.reshape(out, [4, 4]), [1, 2, 3, 4].map((v) => [v, 2 * v, 30 * v, 40 * v + 1000]));
  });

  describe('agrees with the reference', () => itAgrees(depthwiseConv2dAgreement));

  it('agrees with tf.depthwiseConv2d', async () => {
    const [x, w] = [random<tf.Rank.R4>([2, 6, 7, 3], 1), random<tf.Rank.R4>([3, 3, 3, 2], 2)];
    for (const pad of ['valid', 'same'] as const) {
      await expectClose(depthwiseConv2d(x, w, null, {strides: 2, padding: pad}), tf.depthwiseConv2d(x, w, 2, pad),
        toleranceOf('depthwiseConv2d'));
    }
  });

  it('is what conv2d with a group for each channel runs on, forward and backward', async () => {
    const [x, w, b] = [random<tf.Rank.R4>([2, 6, 5, 3], 1), random<tf.Rank.R4>([3, 2, 3, 2], 2), tf.tensor1d([1, 2, 3, 4, 5, 6])];
    const options = {strides: 2, padding: 1, dilationRate: [1, 2] as [number, number]};
    const grouped = (...[a, f, c]: tf.Tensor[]) => conv2d(
      a as tf.Tensor4D, tf.reshape(f!, [3, 2, 1, 6]) as tf.Tensor4D, c as tf.Tensor1D, {...options, groups: 3});
    const own = (...[a, f, c]: tf.Tensor[]) =>
      depthwiseConv2d(a as tf.Tensor4D, f as tf.Tensor4D, c as tf.Tensor1D, options);
    const spies = (['depthwiseConv2d', 'depthwiseConv2dInputGrad', 'depthwiseConv2dFilterGrad'] as const).map(
      (name) => spyOn(kernels(), name).and.callThrough());
    const [mine, theirs] = [own, grouped].map((f) => tf.grads(f)([x, w, b]));
    for (const spy of spies) expect(spy.calls.count()).toBe(2);
    await expectClose(grouped(x, w, b), own(x, w, b));
    for (let i = 0; i < 3; i++) await expectClose(theirs![i]!, mine![i]!);
  });

  it('runs no rule that nobody asks for', async () => {
    const [x, w] = [random<tf.Rank.R4>([2, 5, 5, 2], 1), random<tf.Rank.R4>([3, 3, 2, 1], 2)];
    const dx = spyOn(kernels(), 'depthwiseConv2dInputGrad').and.callThrough();
    const dw = spyOn(kernels(), 'depthwiseConv2dFilterGrad').and.callThrough();
    await expectNoLeaks(() => tf.grad((f) => depthwiseConv2d(x, f as tf.Tensor4D))(w));
    expect([dx.calls.count(), dw.calls.count()]).toEqual([0, 1]);
    await expectNoLeaks(() => depthwiseConv2d(x, w));
    expect([dx.calls.count(), dw.calls.count()]).toEqual([0, 1]);
  });

  const given = (xShape: number[], wShape: number[], bShape?: number[]) => () =>
    [tf.zeros(xShape), tf.zeros(wShape), ...(bShape ? [tf.zeros(bShape)] : [])];
  const plain = (x: tf.Tensor4D, w: tf.Tensor4D, b?: tf.Tensor1D) => depthwiseConv2d(x, w, b);
  itRefuses('depthwiseConv2d', [
    {title: 'other channels', given: given([2, 8, 8, 3], [3, 3, 4, 1]), call: plain,
      message: /x has 3 channels but filter has filters for 4 \(filter\.shape\[2\]\)\. Got x \[2,8,8,3\], filter \[3,3,4,1\]\. Check dataFormat/},
    {title: 'x of rank 3', given: given([5, 6, 4], [3, 3, 4, 1]), call: plain, message: /x must have rank 4.*Got rank 3, \[5,6,4\]/},
    {title: 'a bias of rank 2', given: given([2, 5, 6, 4], [3, 3, 4, 2], [8, 1]), call: plain, message: /bias.*\[C M\]/},
    {title: 'a filter of rank 2', given: given([2, 5, 6, 4], [3, 3]), call: plain, message: /filter must have rank 4 \(\[kh, kw, C, M\]\)/},
    {title: 'a bias of one entry per channel', given: given([2, 5, 6, 4], [3, 3, 4, 2], [4]), call: plain,
      message: /bias must have one entry per filter, \[8\]\. Got \[4\]/},
    {title: 'a window larger than x', given: given([2, 5, 2, 4], [3, 3, 4, 1]), call: plain, message: /does not fit the padded width 2/},
    {title: 'groups', given: given([2, 5, 6, 4], [3, 3, 4, 1]), message: /unknown option groups\. Known are strides/,
      call: (x: tf.Tensor4D, w: tf.Tensor4D) => depthwiseConv2d(x, w, null, {groups: 4} as object)},
    {title: 'sizes that do not divide with exactFit', given: given([2, 5, 6, 4], [3, 3, 4, 1]), message: /exactFit: .*along the width/,
      call: (x: tf.Tensor4D, w: tf.Tensor4D) => depthwiseConv2d(x, w, null, {strides: 2, exactFit: true})},
    {title: 'the cache of another op', given: given([1, 3, 3, 1], [2, 2, 1, 1]), message: /^depthwiseConv2dBackward: cache must be/,
      call: (x: tf.Tensor4D, w: tf.Tensor4D) =>
        tidy(() => depthwiseConv2dBackward(x, {...depthwiseConv2dForward(x, w).cache, op: 'conv2d'}))},
  ]);
});
