/** ops.convMatrix: CONV as FC. */
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor4D} from '@tensorflow/tfjs-core';

import {ops} from '../../src';
import type {Conv2dOptions} from '../../src/ops/conv2d';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {expectClose, expectNoLeaks, expectRefusal} from '../support/matchers';
import {randomValues} from '../support/random';
import {toleranceOf} from '../support/tolerances';

const cases: [number[], number[], Conv2dOptions][] = [
  [[2, 5, 4, 3], [3, 2, 3, 2], {}],
  [[2, 5, 4, 3], [3, 2, 3, 2], {strides: [2, 1], padding: [[1, 0], [2, 1]]}],
  [[1, 7, 6, 2], [2, 3, 2, 3], {padding: 'same', strides: 2, dilationRate: 2}],
  [[2, 5, 5, 4], [3, 3, 2, 4], {groups: 2}],
  [[2, 3, 5, 4], [3, 2, 3, 2], {dataFormat: 'channelsFirst', padding: 1}],
];

describeOnBackends('convMatrix', () => {
  for (const [xShape, filterShape, options] of cases) {
    it(`x=[${xShape}] filter=[${filterShape}] ${JSON.stringify(options)}: affine gives conv2d's output`, async () => {
      const x = toTensor(randomValues(xShape, 1)) as Tensor4D;
      const filter = toTensor(randomValues(filterShape, 2)) as Tensor4D;
      const expected = ops.conv2d(x, filter, null, options);
      for (const shape of [xShape, xShape.slice(1)]) {
        const out = ops.affine(x, ops.convMatrix(filter, shape, options), null);
        await expectClose(tf.reshape(out, expected.shape), expected, toleranceOf('conv2d'));
      }
    });
  }

  it('of a 2x2 filter on 3x3, by hand', async () => {
    const filter = tf.tensor4d([1, 2, 3, 4], [2, 2, 1, 1]);
    await expectClose(ops.convMatrix(filter, [3, 3, 1]), [
      [1, 0, 0, 0], [2, 1, 0, 0], [0, 2, 0, 0],
      [3, 0, 1, 0], [4, 3, 2, 1], [0, 4, 0, 2],
      [0, 0, 3, 0], [0, 0, 4, 3], [0, 0, 0, 4],
    ]);
  });

  it('hands gradients to the filter', async () => {
    const x = toTensor(randomValues([2, 4, 4, 1], 1)) as Tensor4D;
    const filter = toTensor(randomValues([2, 2, 1, 2], 2)) as Tensor4D;
    const theirs = tf.grad((w) => ops.conv2d(x, w as Tensor4D, null))(filter);
    const ours = tf.grad((w) => ops.affine(x, ops.convMatrix(w as Tensor4D, x.shape), null))(filter);
    await expectClose(ours, theirs, toleranceOf('conv2d'));
  });

  it('leaves nothing behind, and refuses what is not a shape', async () => {
    const filter = tf.ones([2, 2, 1, 1]) as Tensor4D;
    await expectNoLeaks(() => ops.convMatrix(filter, [3, 3, 1]));
    await expectRefusal(() => ops.convMatrix(filter, [3, 3]), /convMatrix: xShape must be the shape of x.*Got \[3,3\]/);
    await expectRefusal(() => ops.convMatrix(filter, [3, 0, 1]), /xShape must be the shape of x/);
    for (const odd of [undefined, 9, 'HWC', [3, 2.5, 1], [3, 3, 3, 3, 1], {length: 3}]) {
      await expectRefusal(() => ops.convMatrix(filter, odd as never), /^convMatrix: xShape must be the shape of x.*Got /);
    }
    await expectRefusal(() => ops.convMatrix(filter, [3, 3, 2]), /x has 2 channels but filter expects 1/);
    await expectRefusal(() => ops.convMatrix(filter, [3, 3, 1], {stride: 2} as object), /unknown option stride/);
  });
});
