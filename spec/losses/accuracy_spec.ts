import * as tf from '@tensorflow/tfjs-core';

import {losses} from '../../src';
import {describeOnBackends} from '../support/backends';
import {expectClose, expectNoLeaks, expectRefusal} from '../support/matchers';

describeOnBackends('losses.accuracy', () => {
  const scores = () => tf.tensor2d([[3, 1, 2], [0, 1, 5], [9, 8, 7], [-3, -1, -2]]);
  const forms: [string, () => tf.Tensor][] = [
    ['int32 [N]', () => tf.tensor1d([0, 1, 0, 1], 'int32')],
    ['int32 [N, 1]', () => tf.tensor2d([0, 1, 0, 1], [4, 1], 'int32')],
    ['float32 [N]', () => tf.tensor1d([0, 1, 0, 1])],
    ['one-hot rows', () => losses.oneHot([0, 1, 0, 1], 3)],
    ['one-hot rows of bool', () => tf.cast(losses.oneHot([0, 1, 0, 1], 3), 'bool')],
  ];
  for (const [title, yTrue] of forms) {
    it(`compares ${title} with the largest score`, async () => {
      const each = losses.accuracy(yTrue(), scores());
      expect(each.dtype).toBe('float32');
      await expectClose(each, [1, 0, 1, 1]);
    });
  }

  it('reads the column of a single class as rows', () =>
    expectClose(losses.accuracy(tf.tensor2d([[1], [1]]), tf.tensor2d([[0.3], [7]])), [1, 1]));

  it('keeps its name where a minifier would take it: tfjs logs it', () => {
    expect(losses.accuracy.name).toBe('accuracy');
  });

  it('leaves nothing behind', async () => {
    const [yTrue, yPred] = [tf.tensor1d([0, 1, 0, 1], 'int32'), scores()];
    await expectNoLeaks(() => losses.accuracy(yTrue, yPred));
  });

  it('refuses shapes that do not fit', async () => {
    const [short, yPred, flat] = [tf.tensor1d([0, 1], 'int32'), scores(), tf.tensor1d([1, 2])];
    await expectRefusal(() => losses.accuracy(short, yPred),
      'accuracy: yTrue must be [4] classes or [4,3] rows for yPred [4,3]. Got [2]. Give one label per example.');
    await expectRefusal(() => losses.accuracy(short, flat), /yPred \[N, \.\.\., C\]\. Got a int32 tensor \[2\] and a float32/);
    await expectRefusal(() => losses.accuracy([0, 1] as unknown as tf.Tensor, yPred), /must be tensors/);
  });
});
