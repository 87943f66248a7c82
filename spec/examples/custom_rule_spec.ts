import * as tf from '@tensorflow/tfjs-core';
import type {Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

import {guidedRelu, GuidedReLU} from '../../examples/custom_rule/guided_relu';
import {makeNet} from '../../examples/custom_rule/model';
import {onInk, picture, saliency} from '../../examples/custom_rule/saliency';
import {gradCheck} from '../../src/checks/grad_check';
import {describeOnBackends} from '../support/backends';

describeOnBackends('examples/custom_rule', () => {
  it('guided ReLU passes what is positive, where x is', async () => {
    const x = tf.tensor1d([-1, 2, 3, -4]);
    const {value, grad} = tf.valueAndGrad((x: tf.Tensor) => guidedRelu({x}))(x, tf.tensor1d([5, -6, 7, 8]));
    expect([...await value.data()]).toEqual([0, 2, 3, 0]);
    expect([...await grad.data()]).toEqual([0, 0, 7, 0]);
  });

  it('is told from a derivative by the gradient check', async () => {
    const report = await gradCheck(guidedRelu, {x: tf.randomNormal([4, 5], 0, 1, 'float32', 1)});
    expect(report.ok).toBeFalse();
  });

  it('changes the gradient of a net and not its scores', async () => {
    const [net, guided] = [makeNet(1), makeNet(1, (args) => new GuidedReLU(args))];
    guided.setWeights(net.getWeights());
    const x = tf.randomUniform([2, 28, 28, 1], 0, 1, 'float32', 2) as Tensor4D;
    const y = tf.oneHot(tf.tensor1d([3, 5], 'int32'), 10).toFloat() as Tensor2D;
    const [scores, same] = [net.predict(x), guided.predict(x)] as [tf.Tensor, tf.Tensor];
    expect([...await same.data()]).toEqual([...await scores.data()]);
    const [plain, kept] = [saliency(net, x, y), saliency(guided, x, y)];
    expect(await tf.max(tf.abs(tf.sub(plain, kept))).array()).toBeGreaterThan(1e-3);
    expect(picture(x, [plain, kept]).shape).toEqual([2 * 124, 3 * 124, 3]);
  });

  it('counts the gradient on the strokes and next to them', () => {
    const image = tf.buffer([1, 28, 28, 1]);
    image.set(1, 0, 9, 9, 0);
    const gradient = tf.buffer([1, 28, 28, 1]);
    for (const [y, value] of [[9, 1], [10, -2], [11, 1]] as const) gradient.set(value, 0, y, 9, 0);
    expect(onInk(gradient.toTensor() as Tensor4D, image.toTensor() as Tensor4D)).toBe(75);
  });
});
