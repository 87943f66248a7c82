/** In channelsFirst each tensor is transposed once, whatever an op makes of it. */
import * as tf from '@tensorflow/tfjs-core';

import {layers, ops} from '../../src';
import {conv2d, conv2dBackward, conv2dForward} from '../../src/ops';
import {tidy} from '../../src/tidy';
import {describeOnBackends} from '../support/backends';
import {toTensor} from '../support/arrays';
import {randomValues} from '../support/random';

const images = () => toTensor<tf.Rank.R4>(randomValues([2, 3, 5, 6], 1));
const filters = () => toTensor<tf.Rank.R4>(randomValues([3, 2, 3, 4], 2));

const applied = (layer: {apply(x: tf.Tensor): unknown}) => (x: tf.Tensor) => layer.apply(x) as tf.Tensor;

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

  const {dataFormat} = options;
  const made: {[what: string]: (x: tf.Tensor) => tf.Tensor} = {
    maxPool2d: (a) => ops.maxPool2d(a, {poolSize: 2, dataFormat}),
    averagePool2d: (a) => ops.averagePool2d(a, {poolSize: 2, dataFormat}),
    depthwiseConv2d: (a) => ops.depthwiseConv2d(a, tf.ones([3, 3, 3, 2]), null, options),
    conv2dTranspose: (a) => ops.conv2dTranspose(a, tf.ones([3, 3, 4, 3]), null, options),
    batchNorm: (a) => ops.batchNorm(a, tf.ones([3]), tf.zeros([3]), {axis: 1}),
    groupNorm: (a) => ops.groupNorm(a, tf.ones([3]), tf.zeros([3]), {groups: 3, axis: 1}),
    'layers.separableConv2d': applied(layers.separableConv2d({filters: 4, kernelSize: 3, activation: 'relu', dataFormat})),
    'layers.conv2d': applied(layers.conv2d({filters: 4, kernelSize: 3, activation: 'relu', dataFormat})),
    'layers.globalAveragePooling2d': applied(layers.globalAveragePooling2d({dataFormat})),
  };
  for (const [what, f] of Object.entries(made)) {
    const count = what === 'groupNorm' ? 0 : 4;  // groups of channels that are first are rows already
    it(`${what}: ${count === 0 ? 'none' : 'x, out, dout, dx'}`, async () => {
      const given = images();
      tidy(() => f(given));  // makes what a layer keeps
      expect((await transposed(() => tf.grad(f)(given))).length).toBe(count);
    });
  }
});
