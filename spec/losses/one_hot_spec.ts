import * as tf from '@tensorflow/tfjs-core';

import {losses} from '../../src';
import {describeOnBackends} from '../support/backends';
import {expectClose, expectNoLeaks, expectRefusal} from '../support/matchers';

describeOnBackends('losses.oneHot', (backend) => {
  const readsAtOnce = !['webgl', 'webgpu'].includes(backend);
  const rows = [[0, 0, 1], [1, 0, 0]];
  const forms: [string, () => Parameters<typeof losses.oneHot>[0]][] = [
    ['an array', () => [2, 0]],
    ['a typed array', () => Int32Array.from([2, 0])],
    ['a column of numbers', () => [[2], [0]]],
    ['int32 [N]', () => tf.tensor1d([2, 0], 'int32')],
    ['int32 [N, 1]', () => tf.tensor2d([2, 0], [2, 1], 'int32')],
    ['whole float32', () => tf.tensor1d([2, 0])],
  ];
  for (const [title, labels] of forms) {
    it(`takes ${title}`, async () => {
      const out = losses.oneHot(labels(), 3);
      expect(out.dtype).toBe('float32');
      await expectClose(out, rows);
    });
  }

  it('has a single class too, which core\'s oneHot refuses', () => expectClose(losses.oneHot([0, 0], 1), [[1], [1]]));

  it('leaves nothing behind', async () => {
    const labels = tf.tensor1d([1, 0], 'int32');
    await expectNoLeaks(() => losses.oneHot(labels, 2));
    await expectNoLeaks(() => losses.oneHot([1, 0], 2));
  });

  const refusals: [string, unknown, unknown, RegExp][] = [
    ['a label of as many as there are classes', [0, 3], 3,
      /^oneHot: labels must be whole numbers from 0 to 2, one of 3 classes\. Got 3 in row 1\./],
    ['a negative label', [-1], 3, /Got -1 in row 0/],
    ['half a label', [0.5], 3, /Got 0\.5 in row 0/],
    ['NaN', [NaN], 3, /Got NaN in row 0/],
    ['no labels', null, 3, /^oneHot: labels must be a tensor or nested numbers of one shape\. Got null/],
    ['words', ['cat'], 3, /labels must be a tensor or nested numbers of one shape\. Got \['cat'\]/],
    ['an object', {}, 3, /^oneHot: labels must be a tensor or nested numbers of one shape\. Got \{\}/],
    ['rows of different lengths', [[0], [1, 2]], 3, /nested numbers of one shape\. Got \[\[0\],\[1,2\]\]/],
    ['no rows', [], 3, /labels must be \[N, \.\.\.\] with N of at least 1/],
    ['no classes', [0], undefined, /^oneHot: classes must be a whole number of at least 1\. Got undefined/],
    ['2.5 classes', [0], 2.5, /classes must be .* Got 2\.5/],
  ];
  for (const [title, labels, classes, message] of refusals) {
    it(`refuses ${title}`, () => expectRefusal(() => losses.oneHot(labels as number[], classes as number), message));
  }

  it('refuses labels that are disposed or not numbers', async () => {
    const [gone, flags] = [tf.tensor1d([0], 'int32'), tf.tensor1d([true], 'bool')];
    gone.dispose();
    await expectRefusal(() => losses.oneHot(gone, 2), /^oneHot: labels \[1\] is disposed\. Keep it/);
    await expectRefusal(() => losses.oneHot(flags, 2), /labels must be int32 or whole float32\. Got a bool tensor/);
  });

  it('refuses a tensor\'s label that names no class, or makes its row NaN where looking would stall', async () => {
    const labels = tf.tensor1d([1, 2], 'int32');
    if (readsAtOnce) await expectRefusal(() => losses.oneHot(labels, 2), /Got 2 in row 1/);
    else await expectClose(losses.oneHot(labels, 2), [[0, 1], [NaN, NaN]]);
  });
});
