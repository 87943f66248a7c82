import * as tf from '@tensorflow/tfjs-core';
import type {Tensor4D} from '@tensorflow/tfjs-core';

import {makeCritic, makeGenerator, NOISE} from '../../examples/gradient_penalty/models';
import {gradientPenalty, trainCritic, trainGenerator} from '../../examples/gradient_penalty/train';
import {gradCheck} from '../../src/checks/grad_check';
import * as ops from '../../src/ops';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {expectNoLeaks} from '../support/matchers';
import {randomArray} from '../support/numeric_gradient';

const random = (shape: number[], seed: number): tf.Tensor => toTensor(randomArray(shape, seed));

describeOnBackends('the gradient penalty', () => {
  it('is the mean of (|gradient| - 1)^2', async () => {
    const x = random([3, 2, 2, 1], 1) as Tensor4D;
    // The gradient of sum(a x^2 / 2) is a x, its size known.
    const size = tf.sqrt(tf.sum(tf.square(tf.mul(x, 3)), [1, 2, 3]));
    const want = (await tf.mean(tf.square(tf.sub(size, 1))).data())[0]!;
    const got = (await gradientPenalty(images => tf.mul(tf.square(images), 1.5), x).data())[0]!;
    expect(Math.abs(got - want)).toBeLessThan(1e-4 * want);
  });

  it('of a critic with convolution, layer norm, relu, max-pool: its gradients by the weights stand up to differences',
      async () => {
        const critic = (x: tf.Tensor, w: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, v: tf.Tensor) => {
          const features = ops.conv2d(x as Tensor4D, w as Tensor4D, null, {padding: 1});
          const normed = ops.relu(ops.layerNorm(features, gamma, beta, {axis: [1, 2, 3], epsilon: 1e-2}));
          return ops.affine(ops.maxPool2d(normed as Tensor4D, {poolSize: 2}), v as tf.Tensor2D);
        };
        const weights = [random([3, 3, 1, 2], 3), random([4, 4, 2], 4), random([4, 4, 2], 5), random([8, 1], 6)];
        const penalty = (x: Tensor4D, ...weights: tf.Tensor[]) =>
            gradientPenalty(images => critic(images, ...weights as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]), x);
        const report = await gradCheck(penalty, [random([2, 4, 4, 1], 2), ...weights], {entries: 8, directions: 3});
        expect(report.ok).withContext(String(report)).toBe(true);
        const moved = report.results.reduce((sum, {entries, directions}) => sum + entries + directions, 0);
        expect(moved).toBeGreaterThan(25);
      });

  it('can be trained: the critic learns to tell apart what the generator cannot yet make, and nothing is left',
      async () => {
        const critic = makeCritic(1);
        const generator = makeGenerator(1);
        const [ofCritic, ofGenerator] = [tf.train.adam(1e-3, 0.5, 0.9), tf.train.adam(1e-3, 0.5, 0.9)];
        const real = tf.ones([4, 28, 28, 1]) as Tensor4D;
        const step = async (seed: number) => {
          const found = await trainCritic(critic, generator, ofCritic, real, seed);
          trainGenerator(critic, generator, ofGenerator, 4, seed);
          return found;
        };
        const first = await step(1);  // makes the optimizers' averages
        const found: Array<Awaited<ReturnType<typeof step>>> = [];
        await expectNoLeaks(async () => {
          for (let k = 2; k < 5; k++) found.push(await step(k));
        });
        for (const {distance, penalty} of found) {
          expect(Number.isFinite(distance)).toBe(true);
          expect(penalty).toBeGreaterThan(0);
        }
        expect(found.at(-1)!.distance).toBeGreaterThan(first.distance);
      });

  it('comes with a generator of images from -1 to 1', async () => {
    const images = makeGenerator(2).images(tf.randomNormal([2, NOISE], 0, 1, 'float32', 3));
    expect(images.shape).toEqual([2, 28, 28, 1]);
    expect((await images.data()).every(value => Math.abs(value) <= 1)).toBe(true);
  });
});
