import * as tf from '@tensorflow/tfjs-core';

import {readsAtOnce} from '../../src/backends';
import {softmaxLoss, softmaxLossBackward, softmaxLossForward} from '../../src/ops';
import {tidy} from '../../src/tidy';
import {itAgrees} from '../support/agreement';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {softmaxLossAgreement} from '../support/cases';
import {expectClose, expectNoLeaks} from '../support/matchers';
import {randomValues} from '../support/random';
import {itRefuses} from '../support/refusals';
import type {Refusal} from '../support/refusals';
import {toleranceOf} from '../support/tolerances';

const classes = (...values: number[]) => tf.tensor1d(values, 'int32');

describeOnBackends('softmaxLoss', () => {
  it('scores=[2,3], by hand: -log P[label], and (P - onehot) / N', async () => {
    // P = 1/6, 2/6, 3/6 and 1/3 each.
    const scores = tf.tensor2d([[0, Math.log(2), Math.log(3)], [5, 5, 5]]);
    const {out, cache} = softmaxLossForward(scores, classes(1, 0));
    await expectClose(out, (Math.log(3) + Math.log(3)) / 2, toleranceOf('softmaxLoss'));
    await expectClose(softmaxLossBackward(tf.scalar(6), cache).dx,
      [[1 / 2, 1 - 3, 3 / 2], [1 - 3, 1, 1]], toleranceOf('softmaxLoss'));
  });

  describe('agrees with the reference', () => itAgrees(softmaxLossAgreement));

  it('agrees with tf.losses.softmaxCrossEntropy', async () => {
    const [scores, labels] = [toTensor<tf.Rank.R2>(randomValues([4, 5], 1)), classes(0, 4, 2, 2)];
    const oneHot = tf.cast(tf.oneHot(labels, 5), 'float32') as tf.Tensor2D;
    await expectClose(softmaxLoss(scores, labels), tf.losses.softmaxCrossEntropy(oneHot, scores), toleranceOf('softmaxLoss'));
    await expectClose(softmaxLoss(scores, oneHot), softmaxLoss(scores, labels), toleranceOf('softmaxLoss'));
  });

  it('the mean is the mean of the rows', async () => {
    const [scores, labels] = [toTensor<tf.Rank.R2>(randomValues([4, 5], 1)), classes(0, 4, 2, 2)];
    const rows = softmaxLoss(scores, labels, {reduction: 'none'});
    expect(rows.shape).toEqual([4]);
    await expectClose(softmaxLoss(scores, labels), tf.mean(rows), toleranceOf('softmaxLoss'));
  });

  describe('stays finite', () => {
    for (const size of [1e4, -1e4]) {
      it(`scores of ${size}`, async () => {
        const scores = tf.tensor2d([[size, 0], [size, 0]]);
        const [right, wrong] = size > 0 ? [0, 1] : [1, 0];
        const losses = softmaxLoss(scores, classes(right, wrong), {reduction: 'none'});
        await expectClose(losses, [0, 1e4], toleranceOf('softmaxLoss'));
        const dx = tf.grad((x) => softmaxLoss(x as tf.Tensor2D, classes(right, wrong)))(scores);
        const one = right === 0 ? 0.5 : -0.5;
        await expectClose(dx, [[0, 0], [one, -one]], toleranceOf('softmaxLoss'));
      });
    }
  });

  it('one class: no loss, no gradient, in every form of labels', async () => {
    const scores = tf.tensor2d([[3], [-1e4]]);
    for (const labels of [classes(0, 0), tf.zeros([2]), tf.ones([2, 1]), tf.ones([2, 1], 'int32')]) {
      await expectClose(softmaxLoss(scores, labels), 0);
      await expectClose(tf.grad((x) => softmaxLoss(x as tf.Tensor2D, labels))(scores), [[0], [0]]);
    }
  });

  it('weights that do not add up to one: P * sum(y) - y', async () => {
    const [scores, weights] = [tf.tensor2d([[0, 0], [0, 0]]), tf.tensor2d([[2, 1], [0, 0]])];
    await expectClose(softmaxLoss(scores, weights, {reduction: 'none'}), [3 * Math.log(2), 0], toleranceOf('softmaxLoss'));
    const dx = tf.grad((x) => softmaxLoss(x as tf.Tensor2D, weights))(scores);
    await expectClose(dx, [[(1.5 - 2) / 2, (1.5 - 1) / 2], [0, 0]], toleranceOf('softmaxLoss'));
  });

  it('labels of bool count as one-hot', async () => {
    const labels = tf.tensor2d([[false, true]], [1, 2], 'bool');
    await expectClose(softmaxLoss(tf.tensor2d([[0, 0]]), labels), Math.log(2), toleranceOf('softmaxLoss'));
  });

  it('a score of -Infinity with weight 0 does no harm', async () => {
    const scores = tf.tensor2d([[-Infinity, 0, 0]]);
    await expectClose(softmaxLoss(scores, classes(1)), Math.log(2), toleranceOf('softmaxLoss'));
    await expectClose(tf.grad((x) => softmaxLoss(x as tf.Tensor2D, classes(1)))(scores), [[0, -0.5, 0.5]],
      toleranceOf('softmaxLoss'));
  });

  it('NaN in the scores of a row stays there', async () => {
    const losses = softmaxLoss(tf.tensor2d([[NaN, 0], [0, 0]]), classes(1, 0), {reduction: 'none'});
    await expectClose(losses, [NaN, Math.log(2)], toleranceOf('softmaxLoss'));
  });

  it('takes nested numbers', async () =>
    expectClose(softmaxLoss([[0, 0], [0, 0]], [0, 1]), Math.log(2), toleranceOf('softmaxLoss')));

  it('can be differentiated when called inside an inner tidy', async () => {
    const [scores, labels] = [toTensor<tf.Rank.R2>(randomValues([3, 4], 1)), classes(0, 3, 1)];
    const plain = tf.grad((x) => softmaxLoss(x as tf.Tensor2D, labels))(scores);
    const inner = tf.grad((x) => tf.tidy(() => softmaxLoss(tf.mul(x, 1) as tf.Tensor2D, tf.clone(labels))))(scores);
    await expectClose(inner, plain);
  });

  it('hands back the gradient that the forward left', async () => {
    const {cache} = softmaxLossForward(tf.zeros([2, 3]), classes(0, 1));
    const gradient = tf.tensor2d([[1, 2, 3], [4, 5, 6]]);
    await expectClose(softmaxLossBackward(tf.scalar(4), {...cache, gradient}).dx, [[2, 4, 6], [8, 10, 12]]);
  });

  it('does not touch its labels', async () => {
    const [scores, labels] = [tf.zeros([2, 3]) as tf.Tensor2D, classes(1, 2)];
    await expectNoLeaks(() => tf.grad((x) => softmaxLoss(x as tf.Tensor2D, labels))(scores));
    await expectClose(labels, [1, 2]);
  });

  const refused = (title: string, labels: () => tf.Tensor, message: RegExp): Refusal => ({
    title, given: () => [tf.zeros([2, 3]), labels()], call: (x: tf.Tensor2D, y: tf.Tensor) => softmaxLoss(x, y), message,
  });
  const withOptions = (title: string, options: object, message: RegExp): Refusal => ({
    title, given: () => [tf.zeros([2, 3]), classes(0, 1)],
    call: (x: tf.Tensor2D, y: tf.Tensor) => softmaxLoss(x, y, options), message,
  });
  it('takes null for no options', async () => {
    const scores = tf.tensor2d([[1, 2], [3, 4]]);
    await expectClose(softmaxLoss(scores, [0, 1], null as never), softmaxLoss(scores, [0, 1], {}));
  });

  itRefuses('softmaxLoss', [
    {title: 'scores of rank 1', given: () => [tf.zeros([3]), classes(0)],
      call: (x: tf.Tensor2D, y: tf.Tensor) => softmaxLoss(x, y), message: /scores must have rank 2 \(\[N, C\]\)\. Got rank 1/},
    {title: 'scores of int32', given: () => [tf.zeros([1, 3], 'int32'), classes(0)],
      call: (x: tf.Tensor2D, y: tf.Tensor) => softmaxLoss(x, y), message: /scores must be float32/},
    {title: 'an empty batch', given: () => [tf.zeros([0, 3]), tf.zeros([0], 'int32')],
      call: (x: tf.Tensor2D, y: tf.Tensor) => softmaxLoss(x, y), message: /scores is empty: \[0,3\]/},
    {title: 'no labels', given: () => [tf.zeros([2, 3])], call: (x: tf.Tensor2D) => softmaxLoss(x, undefined as never),
      message: /labels must be a tensor.*Got undefined/},
    refused('too few labels', () => classes(0), /labels must be \[2\] classes or \[2,3\] weights.*Got \[1\]\. Pass a label/),
    refused('too many labels', () => classes(0, 1, 2), /labels must be.*Got \[3\]/),
    refused('weights for other classes', () => tf.zeros([2, 4]), /labels must be.*Got \[2,4\]/),
    refused('weights for more rows', () => tf.zeros([3, 3]), /labels must be.*Got \[3,3\]/),
    refused('a column of classes of rank 3', () => tf.zeros([2, 1, 1]), /labels must be.*Got \[2,1,1\]/),
    refused('disposed labels', () => {
      const labels = classes(0, 1);
      labels.dispose();
      return labels;
    }, /labels \[2\] is disposed/),
    refused('labels of rank 3', () => tf.zeros([2, 3, 1]), /labels must be.*Got \[2,3,1\]/),
    refused('classes of bool', () => tf.tensor1d([true, false], 'bool'), /classes must be int32 or whole float32.*bool/),
    refused('labels in words', () => tf.tensor1d(['a', 'b']), /labels must be int32, float32 or bool.*string/),
    withOptions('an unknown reduction', {reduction: 'sum'}, /reduction must be one of 'mean', 'none'\. Got 'sum'/),
    withOptions('a misspelt option', {reductions: 'none'}, /unknown option reductions\. Known are reduction/),
    {title: 'a dout that is no scalar', given: () => [tf.zeros([2]), tf.zeros([2, 3]), classes(0, 1)],
      call: (dout: tf.Scalar, x: tf.Tensor2D, y: tf.Tensor) => tidy(() =>
        softmaxLossBackward(dout, softmaxLossForward(x, y).cache)),
      message: /^softmaxLossBackward: dout must have the shape of out, \[\]\. Got \[2\]/},
    {title: 'an empty cache', call: () => softmaxLossBackward(1 as never, {} as never),
      message: /^softmaxLossBackward: cache must be the one that softmaxLossForward returned\. Got \{\}/},
    {title: 'what is no cache', call: () => softmaxLossBackward(1 as never, 5 as never),
      message: /^softmaxLossBackward: cache must be the one that softmaxLossForward returned\. Got 5/},
  ]);

  describe('labels that name no class', () => {
    const wrong: [string, () => tf.Tensor, string][] = [
      ['too large', () => classes(0, 3), '3 in row 1'],
      ['negative', () => classes(-1, 0), '-1 in row 0'],
      ['not whole', () => tf.tensor1d([0.5, 0]), '0.5 in row 0'],
      ['NaN', () => tf.tensor1d([0, NaN]), 'NaN in row 1'],
      ['in a column', () => tf.tensor2d([[0], [7]], [2, 1], 'int32'), '7 in row 1'],
    ];
    for (const [title, labels, got] of wrong) {
      it(`${title}: refused, or NaN where looking would stall the device`, async () => {
        const [scores, y] = [tf.zeros([2, 3]) as tf.Tensor2D, labels()];
        await expectNoLeaks(async () => {
          if (readsAtOnce()) {
            expect(() => softmaxLoss(scores, y)).toThrowError(
              `softmaxLoss: labels must be whole numbers from 0 to 2, one of 3 classes. Got ${got}. Number the classes from 0.`);
            return [];
          }
          const losses = softmaxLoss(scores, y, {reduction: 'none'});
          const row = Number(got.at(-1));
          expect(Array.from(await losses.data()).map(Number.isNaN)).toEqual([0, 1].map((i) => i === row));
          return losses;
        });
      });
    }
  });
});
