import * as tf from '@tensorflow/tfjs-core';

import {kernels} from '../../src/backends';
import {maxPool2d, maxPool2dBackward, maxPool2dForward} from '../../src/ops';
import type {MaxPool2dOptions, TieRule} from '../../src/ops';
import {tidy} from '../../src/tidy';
import {itAgrees} from '../support/agreement';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {maxPool2dAgreement} from '../support/cases';
import {expectClose, expectNoLeaks} from '../support/matchers';
import {randomValues} from '../support/random';
import {itRefuses} from '../support/refusals';
import type {Refusal} from '../support/refusals';
import {toleranceOf} from '../support/tolerances';

/** One image of one channel. */
const image = (rows: number[][]): tf.Tensor4D => tf.reshape(tf.tensor2d(rows), [1, rows.length, rows[0]!.length, 1]);

/** dx as rows, for a dout of 1, 10, 100, ... window by window. */
function dxOf(x: tf.Tensor4D, options: MaxPool2dOptions): tf.Tensor {
  const {out, cache} = maxPool2dForward(x, options);
  const dout = tf.reshape(tf.tensor1d(Array.from({length: out.size}, (_, i) => 10 ** i)), out.shape) as tf.Tensor4D;
  const [, height, width] = x.shape;
  return tf.reshape(maxPool2dBackward(dout, cache).dx, [height, width]);
}

describeOnBackends('maxPool2d', () => {
  describe('of the document', () => {
    it('F=2 S=2', async () => {
      const x = image([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]);
      await expectClose(tf.squeeze(maxPool2d(x, {poolSize: 2})), [[6, 8], [3, 4]]);
      await expectClose(dxOf(x, {poolSize: 2}), [[0, 0, 0, 0], [0, 1, 0, 10], [100, 0, 0, 0], [0, 0, 0, 1000]]);
    });

    it('F=3 S=2 overlaps: an entry that two windows choose gets both gradients', async () => {
      const x = image([[0, 1, 2, 3, 4], [5, 6, 20, 7, 8], [9, 1, 2, 3, 4], [5, 6, 7, 8, 9], [1, 2, 3, 4, 15]]);
      await expectClose(tf.squeeze(maxPool2d(x, {poolSize: 3, strides: 2})), [[20, 20], [9, 15]]);
      await expectClose(dxOf(x, {poolSize: 3, strides: 2}),
        [[0, 0, 0, 0, 0], [0, 0, 11, 0, 0], [100, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 1000]]);
    });

    it('[32,32,12] -> [16,16,12]', () => {
      expect(maxPool2d(tf.zeros([1, 32, 32, 12]), {poolSize: 2}).shape).toEqual([1, 16, 16, 12]);
    });
  });

  describe('agrees with the reference', () => itAgrees(maxPool2dAgreement));

  describe('agrees with tf.maxPool', () => {
    for (const [F, S, pad] of [[2, 2, 'valid'], [3, 2, 'valid'], [3, 2, 'same'], [2, 1, 'same']] as const) {
      it(`x=[2,7,6,3] F=${F} S=${S} ${pad}`, async () => {
        const x = toTensor<tf.Rank.R4>(randomValues([2, 7, 6, 3], 1));
        await expectClose(maxPool2d(x, {poolSize: F, strides: S, padding: pad}), tf.maxPool(x, F, S, pad));
      });
    }
  });

  describe('ties', () => {
    const rules: [TieRule, number[][]][] = [
      ['all', [[1, 1, 10, 10], [1, 0, 10, 10]]],
      ['first', [[1, 0, 10, 0], [0, 0, 0, 0]]],
      ['split', [[1 / 3, 1 / 3, 2.5, 2.5], [1 / 3, 0, 2.5, 2.5]]],
    ];
    const tied = () => image([[1, 1, 5, 5], [1, 0, 5, 5]]);
    for (const [ties, dx] of rules) {
      it(`x=[1,2,4,1] F=2 ${ties}`, async () => expectClose(dxOf(tied(), {poolSize: 2, ties}), dx, toleranceOf('maxPool2d')));
    }

    it('all is the default', async () => expectClose(dxOf(tied(), {poolSize: 2}), rules[0]![1]));

    it('the first is the first row by row', async () =>
      expectClose(dxOf(image([[0, 1], [1, 0]]), {poolSize: 2, ties: 'first'}), [[0, 1], [0, 0]]));

    it('0 and -0 tie', async () => expectClose(dxOf(image([[0, -0], [-1, -1]]), {poolSize: 2}), [[1, 1], [0, 0]]));

    for (const ties of ['all', 'first', 'split'] as const) {
      it(`padding takes no part in a tie of -Infinity: ${ties}`, async () => {
        const x = image([[-Infinity, 1], [2, 3]]);
        const options = {poolSize: 2, padding: 1, ties};
        await expectClose(tf.squeeze(maxPool2d(x, options)), [[-Infinity, 1], [2, 3]]);
        await expectClose(dxOf(x, options), [[1, 10], [100, 1000]]);
      });
    }
  });

  describe('what is not a number', () => {
    const x = () => image([[NaN, 1, 2, NaN, -Infinity, -Infinity, Infinity, 3], [0, 1, 0, 0, -Infinity, -Infinity, 0, 0]]);

    for (const ties of ['all', 'first', 'split'] as const) {
      it(`windows that hold NaN have no maximum and pass no gradient: ${ties}`, async () => {
        const dx = tf.slice(dxOf(x(), {poolSize: 2, ties}), [0, 0], [2, 4]);
        await expectClose(dx, [[0, 0, 0, 0], [0, 0, 0, 0]]);
      });
    }

    it('NaN stays NaN, infinities stay', async () =>
      expectClose(tf.reshape(maxPool2d(x(), {poolSize: 2}), [4]), [NaN, NaN, -Infinity, Infinity]));

    it('overlapping, with padding', async () => {
      const out = maxPool2d(image([[NaN, 1, 2, -Infinity]]), {poolSize: [1, 3], strides: 1, padding: [0, 1]});
      await expectClose(tf.reshape(out, [4]), [NaN, NaN, 2, 2]);
    });

    it('a dout of NaN or Infinity reaches the maxima alone', async () => {
      const {cache} = maxPool2dForward(image([[1, 2, 3, 4], [0, 0, 0, 0]]), {poolSize: 2});
      const {dx} = maxPool2dBackward(tf.tensor4d([NaN, Infinity], [1, 1, 2, 1]), cache);
      await expectClose(tf.reshape(dx, [2, 4]), [[0, NaN, 0, Infinity], [0, 0, 0, 0]]);
    });
  });

  it('rows and columns that fill no window get zero gradient', async () =>
    expectClose(dxOf(image([[1, 2, 9], [3, 4, 9], [9, 9, 9]]), {poolSize: 2}), [[0, 0, 0], [0, 1, 0], [0, 0, 0]]));

  it('the rule does not run when nobody differentiates x', async () => {
    const scatter = spyOn(kernels(), 'maxPoolScatter').and.callThrough();
    const [x, w] = [toTensor<tf.Rank.R4>(randomValues([1, 4, 4, 2], 1)), tf.tensor1d([1, 2])];
    await expectNoLeaks(() => tf.grad((scale) => tf.mul(maxPool2d(x, {poolSize: 2}), scale))(w));
    expect(scatter).not.toHaveBeenCalled();
  });

  it('can be differentiated again where its gradient was differentiated', async () => {
    const squared = (f: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => tf.sum(tf.square(f(x)));
    const first = tf.grad(squared((x) => maxPool2d(x as tf.Tensor4D, {poolSize: 2})));  // 2 m at the maximum m
    const second = tf.grad(squared(first));  // 8 m there
    await expectClose(tf.grad((x) => tf.sum(second(x)))(image([[1, 4], [2, 3]])), tf.tensor4d([0, 8, 0, 0], [1, 2, 2, 1]));
  });

  it('can be differentiated when called inside an inner tidy', async () => {
    const x = toTensor<tf.Rank.R4>(randomValues([1, 4, 4, 2], 1));
    const plain = tf.grad((a) => maxPool2d(a as tf.Tensor4D, {poolSize: 2}))(x);
    const inner = tf.grad((a) => tf.tidy(() => maxPool2d(tf.mul(a, 1) as tf.Tensor4D, {poolSize: 2})))(x);
    await expectClose(inner, plain);
  });

  const given = (shape: number[]) => () => [tf.zeros(shape)];
  const refused = (title: string, options: object | undefined, message: RegExp): Refusal => ({
    title, given: given([2, 5, 6, 3]), call: (x: tf.Tensor4D) => maxPool2d(x, options as MaxPool2dOptions), message,
  });
  const plain = (x: tf.Tensor4D) => maxPool2d(x, {poolSize: 2});

  itRefuses('maxPool2d', [
    {title: 'x of rank 3', given: given([5, 6, 3]), call: plain, message: /x must have rank 4.*Got rank 3, \[5,6,3\]/},
    {title: 'x of int32', given: () => [tf.zeros([1, 2, 2, 1], 'int32')], call: plain, message: /x must be float32.*Cast it/},
    {title: 'an empty batch', given: given([0, 5, 6, 3]), call: plain, message: /x is empty: \[0,5,6,3\]/},
    {title: 'no x', call: () => maxPool2d(undefined as never, {poolSize: 2}), message: /x must be a tensor.*Got undefined/},
    refused('no options', undefined, /poolSize must be a whole number.*Got undefined/),
    refused('no poolSize', {strides: 2}, /poolSize must be a whole number of at least 1 or a pair of them.*Got undefined/),
    refused('poolSize 0', {poolSize: 0}, /poolSize must.*Got 0/),
    refused('half a poolSize', {poolSize: [2, 1.5]}, /poolSize must.*Got \[2,1\.5\]/),
    refused('stride 0', {poolSize: 2, strides: 0}, /strides must.*Got 0/),
    refused('dilation 0', {poolSize: 2, dilationRate: [1, 0]}, /dilationRate must.*Got \[1,0\]/),
    refused('negative padding', {poolSize: 2, padding: -1}, /padding must.*Got -1/),
    refused('padding NaN', {poolSize: 2, padding: [NaN, 0]}, /padding must.*Got \[NaN,0\]/),
    refused('padding as large as the window', {poolSize: 2, padding: 2},
      /padding along the height must be smaller than the window \(2\).*Got \[2,2\]\. Pad less/),
    refused('padding as large as the window on one side', {poolSize: [3, 2], padding: [[0, 0], [0, 2]]},
      /padding along the width must be smaller than the window \(2\).*Got \[0,2\]/),
    refused('a window larger than x', {poolSize: 6}, /a window of 6 .*does not fit the padded height 5/),
    refused('a dilated window larger than x', {poolSize: 3, dilationRate: [1, 3]}, /a window of 7 \(kernel 3, dilation 3\).*width 6/),
    refused('an unknown rule for ties', {poolSize: 2, ties: 'last'}, /ties must be one of 'all', 'first', 'split'\. Got 'last'/),
    refused('an unknown data format', {poolSize: 2, dataFormat: 'NCHW'}, /dataFormat must be one of/),
    refused('a misspelt option', {poolsize: 2}, /unknown option poolsize\. Known are poolSize/),
    refused('an option of another op', {poolSize: 2, groups: 2}, /unknown option groups/),
    refused('sizes that do not divide with exactFit', {poolSize: 2, exactFit: true}, /exactFit: .*along the height.*4 or 6\.$/),
    {title: 'a dout of another shape', given: () => [tf.zeros([2, 2, 2, 3]), tf.zeros([2, 5, 6, 3])],
      call: (dout: tf.Tensor4D, x: tf.Tensor4D) =>
        tidy(() => maxPool2dBackward(dout, maxPool2dForward(x, {poolSize: 2}).cache)),
      message: /^maxPool2dBackward: dout must have the shape of out, \[2,2,3,3\]\. Got \[2,2,2,3\]/},
    {title: 'an empty cache', call: () => maxPool2dBackward([[[[1]]]] as never, {} as never),
      message: /^maxPool2dBackward: cache must be the one that maxPool2dForward returned\. Got \{\}/},
    {title: 'what is no cache', call: () => maxPool2dBackward([[[[1]]]] as never, undefined as never),
      message: /^maxPool2dBackward: cache must be the one that maxPool2dForward returned\. Got undefined/},
  ]);
});
