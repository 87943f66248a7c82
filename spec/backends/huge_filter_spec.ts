/** A fully connected layer as a convolution, whose filter dwarfs the picture. */
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor1D, Tensor4D} from '@tensorflow/tfjs-core';

import {ops} from '../../src';
import {backendNames} from '../support/backends';
import {expectClose, expectNoLeaks} from '../support/matchers';

const describeThere = backendNames.includes('tensorflow') ? describe : xdescribe;

describeThere('a filter of 7x7x512x1400 on tfjs-node', () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  it('gives tf.conv2d\'s values on a few places, padded and not', async () => {
    await tf.setBackend('tensorflow');
    const x = tf.randomNormal([2, 9, 8, 512], 0, 1, 'float32', 1) as Tensor4D;
    const w = tf.randomNormal([7, 7, 512, 1400], 0, 0.01, 'float32', 2) as Tensor4D;
    const b = tf.range(0, 1400) as Tensor1D;
    const padded = tf.pad(x, [[0, 0], [1, 0], [0, 1], [0, 0]]) as Tensor4D;
    const near = {relative: 1e-4, absolute: 1e-5};
    await expectClose(ops.conv2d(x, w, b, {padding: [[1, 0], [0, 1]]}), tf.add(tf.conv2d(padded, w, 1, 'valid'), b), near);
    await expectClose(ops.conv2d(x, w, null), tf.conv2d(x, w, 1, 'valid'), near);
    await expectNoLeaks(() => ops.conv2d(x, w, b));
  });
});
