import * as tf from '@tensorflow/tfjs-core';

import {kernels} from '../../src/backends';
import {conv2d, conv2dTranspose} from '../../src/ops';
import type {Conv2dTransposeOptions} from '../../src/ops';
import {conv2dTransposeOptions, transposedSize} from '../../src/ops/conv2d_transpose';
import {readOptions} from '../../src/options';
import {itAgrees} from '../support/agreement';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {conv2dTransposeAgreement} from '../support/cases';
import {expectClose, expectNoLeaks} from '../support/matchers';
import {randomValues} from '../support/random';
import {itRefuses} from '../support/refusals';
import {toleranceOf} from '../support/tolerances';

const random = <R extends tf.Rank>(shape: number[], seed: number) => toTensor<R>(randomValues(shape, seed));

describeOnBackends('ops.conv2dTranspose', () => {
  it('hands every entry, times the filter, to a window', async () => {
    const out = conv2dTranspose([[[[1], [2]]]], [[[[1]], [[10]], [[100]]]], [0.5], {strides: [1, 2]});
    await expectClose(tf.reshape(out, [5]), [1.5, 10.5, 102.5, 20.5, 200.5]);
  });

  describe('agrees with the reference', () => itAgrees(conv2dTransposeAgreement));

  describe('has Keras\'s sizes', () => {
    // As keras.layers.Conv2DTranspose of Keras 3.15 says them of an input of 4.
    const sizes: [F: number, S: number, D: number, padding: 'valid' | 'same', more: number | null, out: number][] = [
      [3, 1, 1, 'valid', null, 6], [3, 2, 1, 'valid', null, 9], [2, 3, 1, 'valid', null, 12], [3, 2, 1, 'valid', 1, 10],
      [3, 2, 1, 'valid', 0, 9], [2, 3, 1, 'valid', 0, 11], [3, 1, 2, 'valid', null, 8], [3, 2, 1, 'same', null, 8],
      [4, 2, 1, 'same', null, 8], [3, 2, 1, 'same', 0, 7], [3, 2, 1, 'same', 1, 8], [4, 2, 1, 'same', 1, 7],
      [5, 3, 1, 'same', 2, 12], [3, 1, 2, 'same', null, 4],
    ];
    for (const [F, S, D, padding, outputPadding, out] of sizes) {
      it(`F=${F} S=${S} D=${D} '${padding}' outputPadding ${outputPadding}: ${out}`, () => {
        const options = {strides: S, dilationRate: D, padding, outputPadding};
        expect(conv2dTranspose(tf.ones([1, 4, 4, 1]), tf.ones([F, F, 1, 1]), null, options).shape).toEqual([1, out, out, 1]);
      });
    }
  });

  it('leaves a size that is unknown unknown', () => {
    const options = readOptions('op', conv2dTransposeOptions, {strides: 2});
    expect(transposedSize('op', [3, 3], options, [null, 4])).toEqual([null, 9]);
    expect(transposedSize('op', [3, 3], options, [4])).toEqual([9, null]);
  });

  it('is the adjoint of conv2d: <conv(y), x> = <y, transpose(x)>', async () => {
    const options = {strides: 2, padding: [[1, 0], [0, 2]] as [[number, number], [number, number]]};
    const [y, w] = [random<tf.Rank.R4>([2, 7, 6, 3], 1), random<tf.Rank.R4>([3, 2, 3, 4], 2)];
    const to = conv2d(y, w, null, options);
    const x = random<tf.Rank.R4>(to.shape, 3);
    const back = conv2dTranspose(x, w, null, {...options, outputPadding: [1, 0]});
    expect(back.shape).toEqual(y.shape);
    await expectClose(tf.sum(tf.mul(to, x)), tf.sum(tf.mul(y, back)), {relative: 1e-4, absolute: 1e-4});
  });

  it('agrees with tf.conv2dTranspose', async () => {
    const [x, w] = [random<tf.Rank.R4>([2, 3, 4, 3], 1), random<tf.Rank.R4>([3, 3, 2, 3], 2)];
    await expectClose(conv2dTranspose(x, w, null, {strides: 2, padding: 'same'}),
      tf.conv2dTranspose(x, w, [2, 6, 8, 2], 2, 'same'), toleranceOf('conv2dTranspose'));
  });

  it('runs no rule that nobody asks for', async () => {
    const [x, w] = [random<tf.Rank.R4>([2, 5, 5, 2], 1), random<tf.Rank.R4>([3, 3, 3, 2], 2)];
    const dx = spyOn(kernels(), 'conv2d').and.callThrough();
    const dw = spyOn(kernels(), 'conv2dFilterGrad').and.callThrough();
    await expectNoLeaks(() => tf.grad((f) => conv2dTranspose(x, f as tf.Tensor4D))(w));
    expect(dw.calls.count()).toBe(1);
    await expectNoLeaks(() => conv2dTranspose(x, w));
    expect(dw.calls.count()).toBe(1);
    expect(dx).toBeDefined();
  });

  const given = (xShape: number[], wShape: number[], bShape?: number[]) => () =>
    [tf.zeros(xShape), tf.zeros(wShape), ...(bShape ? [tf.zeros(bShape)] : [])];
  const plain = (x: tf.Tensor4D, w: tf.Tensor4D, b?: tf.Tensor1D) => conv2dTranspose(x, w, b);
  const withOptions = (title: string, options: object, message: RegExp) => ({
    title, given: given([1, 4, 4, 2], [3, 3, 5, 2]), message,
    call: (x: tf.Tensor4D, w: tf.Tensor4D) => conv2dTranspose(x, w, null, options as Conv2dTransposeOptions),
  });
  itRefuses('conv2dTranspose', [
    {title: 'x of rank 3', given: given([4, 4, 2], [3, 3, 5, 2]), call: plain, message: /x must have rank 4.*Got rank 3, \[4,4,2\]/},
    {title: 'a bias of rank 2', given: given([1, 4, 4, 2], [3, 3, 5, 2], [5, 1]), call: plain, message: /bias.*\[K\]/},
    {title: 'a filter the other way round', given: given([1, 4, 4, 2], [3, 3, 2, 5]), call: plain,
      message: /x has 2 channels but filter expects 5 \(filter\.shape\[3\]\).*\[kh, kw, K, C\]/},
    {title: 'a bias for the channels of x', given: given([1, 4, 4, 2], [3, 3, 5, 2], [2]), call: plain,
      message: /bias must have one entry per filter, \[5\]/},
    withOptions('an outputPadding of the stride', {strides: 2, outputPadding: 2},
      /no convolution of an image of height 11 gives height 4, but 5\. .*outputPadding \[2,2\]\. Take an outputPadding below the stride/),
    withOptions('an even filter that same gives no row', {strides: [2, 2], dilationRate: [1, 1], padding: 'same',
      outputPadding: 3},
      /no convolution of an image of height 10 gives height 4, but 5\. .*padding 'same', outputPadding \[3,3\]/),
    withOptions('padding that leaves no column', {padding: [[0, 0], [3, 3]]},
      /no convolution of an image of width 0 gives width 4\. Got .*padding \[\[0,0\],\[3,3\]\], outputPadding null/),
    {title: 'a filter of rank 2', given: given([1, 4, 4, 2], [3, 3]), call: plain,
      message: /filter must have rank 4 \(\[kh, kw, K, C\]\)/},
    withOptions('padding that leaves nothing', {padding: 3}, /no convolution of an image of height 0 gives height 4/),
    withOptions('a negative outputPadding', {outputPadding: -1}, /outputPadding must be a whole number of at least 0/),
    withOptions('exactFit', {exactFit: true}, /unknown option exactFit/),
  ]);
});
