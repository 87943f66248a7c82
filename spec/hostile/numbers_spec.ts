/** Values at the edge of what float32 holds, and sizes beyond reason: a right number or a clear error. */
import * as tf from '@tensorflow/tfjs-core';

import {exactConv2d, exactMaxPool2d} from '../../src/checks/verify/windows';
import * as layers from '../../src/layers';
import * as ops from '../../src/ops';
import {array} from '../../src/reference';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {expectClose, expectNoLeaks, expectRefusal} from '../support/matchers';
import {randomArray} from '../support/numeric_gradient';
import {toleranceOf} from '../support/tolerances';

const MILLION = 1_000_000;

describeOnBackends('hostile values', () => {
  it('scores of 1e30: the loss is their difference, the gradient 0 and 1', async () => {
    const scores = tf.tensor2d([[1e30, -1e30, 0], [-1e30, 1e30, 1e30], [1e30, 1e30, 1e30]]);
    const labels = tf.tensor1d([1, 1, 2], 'int32');
    const losses = ops.softmaxLoss(scores, labels, {reduction: 'none'});
    await expectClose(losses, [2e30, Math.log(2), Math.log(3)], {relative: 1e-5, absolute: 0});
    const dx = tf.grad(x => tf.sum(ops.softmaxLoss(x as tf.Tensor2D, labels, {reduction: 'none'})))(scores);
    await expectClose(dx, [[1, -1, 0], [0, -0.5, 0.5], [1 / 3, 1 / 3, -2 / 3]], {relative: 1e-5, absolute: 1e-6});
  });

  it('a score of -Infinity has no probability and no gradient', async () => {
    const scores = tf.tensor2d([[-Infinity, 1, 1]]);
    await expectClose(ops.softmaxLoss(scores, [1]), Math.log(2), {relative: 1e-5, absolute: 0});
    await expectClose(tf.grad(x => ops.softmaxLoss(x as tf.Tensor2D, [1]))(scores), [[0, -0.5, 0.5]],
        {relative: 1e-5, absolute: 1e-6});
  });

  it('denormals are themselves or zero, never anything else', async () => {
    const tiny = [1e-40, -1e-40, 1e-45, -1e-45];
    const x = tf.tensor4d(tiny, [1, 2, 2, 1]);
    const isTiny = async (value: tf.Tensor) => {
      expect((await value.data()).every(v => Math.abs(v) < 1e-37)).withContext(String(await value.data())).toBe(true);
    };
    await isTiny(ops.relu(x));
    await isTiny(ops.maxPool2d(x, {poolSize: 2}));
    await isTiny(ops.conv2d(x, tf.ones([1, 1, 1, 2])));
    await isTiny(ops.affine(x, tf.ones([4, 3])));
    const normed = await ops.batchNorm(x, null, null).data();
    expect(normed.every(v => Math.abs(v) < 1e-30)).toBe(true);
    const dx = await tf.grad(x => tf.sum(ops.relu(x)))(x).data();
    expect(dx.every(v => v === 0 || v === 1)).toBe(true);
  });

  it('zero variance: the value is beta, the gradient finite', async () => {
    for (const value of [0, 3, -1e4]) {
      const x = tf.fill([8, 3], value);
      const beta = tf.tensor1d([1, 2, 3]);
      await expectClose(ops.batchNorm(x, null, beta), tf.mul(tf.ones([8, 3]), beta), {relative: 1e-5, absolute: 1e-5});
      await expectClose(ops.layerNorm(x, null, beta), tf.mul(tf.ones([8, 3]), beta), {relative: 1e-5, absolute: 1e-5});
      for (const f of [(x: tf.Tensor) => ops.batchNorm(x, null, beta), (x: tf.Tensor) => ops.layerNorm(x, null, beta)]) {
        const dx = tf.grad(x => f(x))(x, toTensor(randomArray([8, 3], 1)));
        expect((await dx.data()).every(Number.isFinite)).toBe(true);
      }
    }
  });

  it('zero variance and epsilon 0 is 0 / 0 = NaN as in the formula, or refused', async () => {
    const x = tf.ones([4, 2]);
    for (const f of [() => ops.batchNorm(x, null, null, {epsilon: 0}), () => ops.layerNorm(x, null, null, {epsilon: 0})]) {
      expect((await f().data()).every(Number.isNaN)).toBe(true);
    }
  });

  it('one element', async () => {
    const one = array([1, 1, 1, 1], [2.5]);
    const x = toTensor<tf.Rank.R4>(one);
    await expectClose(ops.relu(x), one);
    await expectClose(ops.maxPool2d(x, {poolSize: 1}), one);
    await expectClose(ops.im2col(x, {kernelSize: 1}), [[2.5]]);
    await expectClose(ops.conv2d(x, tf.fill([1, 1, 1, 1], 2), [1]), [[[[6]]]]);
    await expectClose(ops.affine(x, [[2]], [1]), [[6]]);
    await expectClose(ops.softmaxLoss([[7]], [0]), 0);
    await expectClose(ops.batchNorm(x, null, [3]), [[[[3]]]]);
    await expectClose(ops.layerNorm(x, null, [3]), [[[[3]]]]);
    await expectClose(ops.layerNorm(tf.tensor1d([4])), [0]);
    const gradients = [
      tf.grad(x => ops.batchNorm(x, null, null)), tf.grad(x => ops.layerNorm(x)),
      tf.grad(x => ops.softmaxLoss(tf.reshape(x, [1, 1]), [0])),
    ];
    for (const dx of gradients) await expectClose(dx(x), [[[[0]]]]);
    await expectClose(tf.grad(x => ops.maxPool2d(x as tf.Tensor4D, {poolSize: 1}))(x), [[[[1]]]]);
  });

  it('values near the end of float32 overflow to infinity, as sums there do', async () => {
    const x = tf.fill([1, 2, 2, 1], 3e38) as tf.Tensor4D;
    await expectClose(ops.maxPool2d(x, {poolSize: 2}), tf.fill([1, 1, 1, 1], 3e38));
    await expectClose(ops.affine(x, tf.ones([4, 1])), [[Infinity]]);
    await expectClose(ops.conv2d(x, tf.ones([2, 2, 1, 1])), [[[[Infinity]]]]);
  });

  it('a window as large as the image, a stride beyond it, a dilation beyond it', async () => {
    const x = randomArray([1, 5, 5, 2], 3);
    const filter = randomArray([5, 5, 2, 2], 4);
    const huge = {strides: MILLION, padding: 'valid'} as const;
    await expectClose(ops.conv2d(toTensor<tf.Rank.R4>(x), toTensor<tf.Rank.R4>(filter), null, huge),
        exactConv2d(x, filter, null, huge).out, toleranceOf('conv2d'));
    await expectClose(ops.maxPool2d(toTensor<tf.Rank.R4>(x), {poolSize: 5, ...huge}),
        exactMaxPool2d(x, {poolSize: 5, ...huge}).out, toleranceOf('maxPool2d'));
    const far = {dilationRate: MILLION};
    const single = randomArray([1, 1, 2, 2], 5);
    await expectClose(ops.conv2d(toTensor<tf.Rank.R4>(x), toTensor<tf.Rank.R4>(single), null, far),
        exactConv2d(x, single, null, far).out, toleranceOf('conv2d'));
  });

  it("a million channels' worth of refusal: told at once, and nothing is left behind", async () => {
    const x = tf.ones([1, 4, 4, 3]) as tf.Tensor4D;
    const w = tf.ones([1, 1, 3, 2]) as tf.Tensor4D;
    const [wide, long, many] = [tf.ones([1, 1, MILLION, 1]), tf.ones([MILLION, 1]), tf.ones([MILLION])];
    const scores = tf.ones([2, 3]) as tf.Tensor2D;
    await expectRefusal(() => ops.conv2d(x, wide as tf.Tensor4D), /conv2d: x has 3 channels but filter expects 1000000/);
    await expectRefusal(() => ops.conv2d(x, w, null, {groups: MILLION}), /groups/);
    await expectRefusal(() => ops.conv2d(x, w, null, {dilationRate: 0}), /dilation/);
    await expectRefusal(() => ops.maxPool2d(x, {poolSize: MILLION}), /window of 1000000/);
    await expectRefusal(() => ops.maxPool2d(x, {poolSize: 2, padding: MILLION}), /padding/);
    await expectRefusal(() => ops.affine(x, long as tf.Tensor2D), /48 entries but w has 1000000/);
    await expectRefusal(() => ops.batchNorm(x, many as tf.Tensor1D, null), /gamma must have the shape/);
    const late = ['webgl', 'webgpu'].includes(tf.getBackend());  // where looking at labels would stall the device
    if (!late) await expectRefusal(() => ops.softmaxLoss(scores, [0, MILLION]), /0 to 2/);
    await expectRefusal(() => layers.conv2d({filters: 2, kernelSize: MILLION, inputShape: [4, 4, 3]}).apply(x),
        /window of 1000000/);
    await expectRefusal(() => layers.dense({units: -MILLION}), /units/);
  });

  it('nothing is left behind by any of it', async () => {
    const odd = tf.tensor2d([[NaN, Infinity, -Infinity], [1e30, 1e-40, 0]]);
    const w = tf.ones([3, 2]) as tf.Tensor2D;
    await expectNoLeaks(() => [
      ops.relu(odd), ops.affine(odd, w), ops.batchNorm(odd, null, null), ops.layerNorm(odd),
      tf.grad(x => ops.batchNorm(x, null, null))(odd), tf.grad(x => ops.layerNorm(x))(odd),
    ]);
  });
});
