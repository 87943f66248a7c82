import * as tf from '@tensorflow/tfjs-core';

import {affine, conv2d, maxPool2d, relu, softmaxLoss} from '../../src/ops';
import * as reference from '../../src/reference';
import {toChannelsLast, toHWIO, toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {expectClose, expectNoLeaks} from '../support/matchers';
import {randomValues} from '../support/random';

/** The document's layers one after the other. */
describeOnBackends('the architecture for CIFAR-10', () => {
  const [x, w, fc] = [randomValues([1, 3, 32, 32], 1), randomValues([12, 3, 3, 3], 2), randomValues([16 * 16 * 12, 10], 3)];
  const tensors = () => ({
    images: toTensor<tf.Rank.R4>(x, toChannelsLast), filter: toTensor<tf.Rank.R4>(w, toHWIO),
    bias: tf.zeros([12]) as tf.Tensor1D, weights: toTensor<tf.Rank.R2>(fc),
  });

  it('[32,32,3] -> [32,32,12] -> [32,32,12] -> [16,16,12] -> [1,1,10]', async () => {
    const {images, filter, bias, weights} = tensors();
    const conv = conv2d(images, filter, bias, {padding: 1});
    expect(conv.shape).toEqual([1, 32, 32, 12]);
    const active = relu(conv);
    expect(active.shape).toEqual([1, 32, 32, 12]);
    const pooled = maxPool2d(active, {poolSize: 2});
    expect(pooled.shape).toEqual([1, 16, 16, 12]);
    // The fully connected layer as a convolution whose filter is as large as its input.
    const scores = conv2d(pooled, tf.reshape(weights, [16, 16, 12, 10]) as tf.Tensor4D);
    expect(scores.shape).toEqual([1, 1, 1, 10]);
    await expectClose(tf.reshape(scores, [1, 10]), affine(pooled, weights), {relative: 1e-4, absolute: 1e-5});
  });

  it('forward and gradients agree with the reference, end to end', async () => {
    const convolved = reference.convForward(x, w, null, {stride: 1, pad: 1});
    const active = reference.reluForward(convolved.out);
    const pooled = reference.maxPoolForward(active.out, {poolHeight: 2, poolWidth: 2, stride: 2});
    // Flattened in the ops' order, [H, W, C].
    const order = [0, 2, 3, 1];
    const flat = toTensor(pooled.out, order);
    const rows = reference.array([1, 3072], await flat.data());
    const scores = reference.affineForward(rows, fc, null);
    const {loss, dx: dscores} = reference.softmaxLoss(scores.out, [3]);
    const {dx: drows, dw: dweights} = reference.affineBackward(dscores, scores.cache);
    const dpooled = tf.transpose(tf.tensor(Float32Array.from(drows.data), [1, 16, 16, 12]), [0, 3, 1, 2]);
    const dactive = reference.maxPoolBackward(reference.array([1, 12, 16, 16], await dpooled.data()), pooled.cache).dx;
    const {dw} = reference.convBackward(reference.reluBackward(dactive, active.cache).dx, convolved.cache);

    const {images, filter, bias, weights} = tensors();
    const net = (f: tf.Tensor, m: tf.Tensor) => softmaxLoss(affine(
      maxPool2d(relu(conv2d(images, f as tf.Tensor4D, bias, {padding: 1})), {poolSize: 2}), m as tf.Tensor2D),
    tf.tensor1d([3], 'int32'));
    const {value, grads} = tf.valueAndGrads(net)([filter, weights]);
    await expectClose(value, loss, {relative: 1e-4, absolute: 1e-5});
    await expectClose(grads[0]!, dw, {relative: 1e-3, absolute: 1e-4}, 'dw', toHWIO);
    await expectClose(grads[1]!, dweights, {relative: 1e-3, absolute: 1e-4}, 'dweights');
  });

  it('a step leaves nothing behind', async () => {
    const {images, filter, bias, weights} = tensors();
    const labels = tf.tensor1d([3], 'int32');
    await expectNoLeaks(() => tf.valueAndGrads((f, b, m) => softmaxLoss(affine(maxPool2d(relu(conv2d(
      images, f as tf.Tensor4D, b as tf.Tensor1D, {padding: 1})), {poolSize: 2}), m as tf.Tensor2D), labels))(
      [filter, bias, weights]));
  });
});
