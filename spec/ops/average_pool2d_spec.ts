import * as tf from '@tensorflow/tfjs-core';

import {averagePool2d, averagePool2dBackward, averagePool2dForward} from '../../src/ops';
import {itAgrees} from '../support/agreement';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {averagePool2dAgreement} from '../support/cases';
import {expectClose} from '../support/matchers';
import {randomValues} from '../support/random';
import {itRefuses} from '../support/refusals';
import {toleranceOf} from '../support/tolerances';

/** One image of one channel. */
const image = (rows: number[][]): tf.Tensor4D => tf.reshape(tf.tensor2d(rows), [1, rows.length, rows[0]!.length, 1]);

describeOnBackends('averagePool2d', () => {
  it('by hand: padding is not counted, an entry in two windows gets a part of each gradient', async () => {
    const x = image([[1, 2, 3], [4, 5, 6]]);
    await expectClose(tf.squeeze(averagePool2d(x, {poolSize: 2, strides: 1})), [3, 4]);
    await expectClose(tf.squeeze(averagePool2d(x, {poolSize: 2, padding: [[1, 1], [1, 0]]})), [[1, 2.5], [4, 5.5]]);
    const {cache} = averagePool2dForward(x, {poolSize: 2, strides: 1});
    const {dx} = averagePool2dBackward(tf.tensor4d([4, 40], [1, 1, 2, 1]), cache);
    await expectClose(tf.squeeze(dx), [[1, 11, 10], [1, 11, 10]]);
  });

  describe('agrees with the reference', () => itAgrees(averagePool2dAgreement));

  for (const [F, S, pad] of [[2, 2, 'valid'], [3, 2, 'valid'], [3, 2, 'same'], [2, 1, 'same']] as const) {
    it(`agrees with tf.avgPool: F=${F} S=${S} ${pad}`, async () => {
      const x = toTensor<tf.Rank.R4>(randomValues([2, 7, 6, 3], 1));
      await expectClose(averagePool2d(x, {poolSize: F, strides: S, padding: pad}), tf.avgPool(x, F, S, pad),
        toleranceOf('averagePool2d'));
    });
  }

  it('NaN is in the means of its windows, and nowhere else', async () => {
    const x = image([[NaN, 1, 2, 3], [1, 1, Infinity, 3]]);
    await expectClose(tf.squeeze(averagePool2d(x, {poolSize: 2, strides: 1})), [NaN, Infinity, Infinity]);
  });

  it('a window of only padding has mean 0 and passes no gradient', async () => {
    const x = image([[1, 2], [3, 4]]);
    const f = (v: tf.Tensor) => averagePool2d(v as tf.Tensor4D, {poolSize: 2, strides: 1, dilationRate: 4, padding: [0, 3]
      .map((p) => [p, 3]) as [[number, number], [number, number]]});
    const [out, dx] = [f(x), tf.grad(f)(x)];
    const cells = await out.data();
    expect(cells.some((v) => v === 0)).toBeTrue();
    expect([...cells, ...await dx.data()].every(Number.isFinite)).toBeTrue();
  });

  const given = () => [tf.ones([1, 4, 4, 1])];
  itRefuses('averagePool2d', [
    {title: 'padding as large as the window', given, call: (x: tf.Tensor4D) => averagePool2d(x, {poolSize: 2, padding: 2}),
      message: /padding along the height must be smaller than the window \(2\).*nothing to pool/},
    {title: 'x of rank 3', given: () => [tf.ones([4, 4, 1])], call: (x: tf.Tensor4D) => averagePool2d(x, {poolSize: 2}),
      message: /^averagePool2d: x must have rank 4.*Got rank 3, \[4,4,1\]/},
    {title: 'ties', given, call: (x: tf.Tensor4D) => averagePool2d(x, {poolSize: 2, ties: 'all'} as {poolSize: number}),
      message: /unknown option ties/},
    {title: 'a window larger than x', given, call: (x: tf.Tensor4D) => averagePool2d(x, {poolSize: 6}),
      message: /a window of 6 .*does not fit the padded height 4/},
  ]);
});
