/** In channelsFirst each tensor is transposed once, whatever an op makes of it. */
import * as tf from '@tensorflow/tfjs-core';

import {conv2d, conv2dBackward, conv2dForward, maxPool2d} from '../../src/ops';
import {tidy} from '../../src/tidy';
import {describeOnBackends} from '../support/backends';
import {toTensor} from '../support/arrays';
import {randomValues} from '../support/random';

const images = () => toTensor<tf.Rank.R4>(randomValues([2, 3, 5, 6], 1));
const filters = () => toTensor<tf.Rank.R4>(randomValues([3, 2, 3, 4], 2));

/** The shapes of images [.., .., .., ..] that tf.transpose is called for while f runs. */
async function transposed(f: () => unknown): Promise<number[][]> {
  const {kernels} = await tf.profile(() => {
    tidy(f as () => tf.Tensor);
    return tf.scalar(0);
  });
  return kernels.filter(({name}) => name === 'Transpose').map(({inputShapes}) => inputShapes[0]!);
}

describeOnBackends('channelsFirst', () => {
  const options = {padding: 1, dataFormat: 'channelsFirst'} as const;
  const [x, out] = [[2, 3, 5, 6], [2, 5, 7, 4]];
  const dout = [2, 4, 5, 7];

  it('conv2d whose x nobody differentiates: x, out, dout', async () => {
    const given = images();
    expect(await transposed(() => tf.grads((w, b) => conv2d(given, w as tf.Tensor4D, b as tf.Tensor1D, options))(
      [filters(), tf.zeros([4])]))).toEqual([x, out, dout]);
  });

  it('conv2d with every gradient: dx, too', async () => {
    expect(await transposed(() => tf.grads((a, w) => conv2d(a as tf.Tensor4D, w as tf.Tensor4D, null, options))(
      [images(), filters()]))).toEqual([x, out, dout, [2, 5, 6, 3]]);
  });

  it('the two halves of conv2d', async () => {
    expect(await transposed(() => {
      const half = conv2dForward(images(), filters(), null, options);
      return conv2dBackward(half.out, half.cache).dx;
    })).toEqual([x, out, dout, [2, 5, 6, 3]]);
  });

  it('maxPool2d', async () => {
    expect((await transposed(() => tf.grad((a) => maxPool2d(a as tf.Tensor4D, {poolSize: 2, dataFormat: 'channelsFirst'}))(
      images()))).length).toBe(4);
  });
});
