import * as tf from '@tensorflow/tfjs-core';
import type {Scalar, Tensor, Tensor4D, Variable} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {NOISE} from './models';
import type {Generator} from './models';

/** Weight of the penalty (Gulrajani and others, Improved Training of Wasserstein GANs, 2017). */
export const PENALTY_WEIGHT = 10;

/** What one step of the critic came to. */
export interface CriticStep {
  /** Mean score of the real images less that of the generated ones: an estimate of how far apart they are. */
  distance: number;
  /** Mean of (|gradient| - 1)^2. */
  penalty: number;
}

/**
 * Mean of (|d critic / dx| - 1)^2 over the images. A gradient is part of the value, so training the critic
 * differentiates that gradient once more, by the weights.
 */
export function gradientPenalty(critic: (x: Tensor) => Tensor, x: Tensor4D): Scalar {
  return tf.tidy(() => {
    const gradient = tf.grad(images => tf.sum(critic(images)))(x);
    const size = tf.sqrt(tf.add(tf.sum(tf.square(gradient), [1, 2, 3]), 1e-12));
    return tf.mean(tf.square(tf.sub(size, 1))) as Scalar;
  });
}

/** Numbers that are the same for the same seed. */
export function noise(count: number, seed: number): Tensor {
  return tf.randomNormal([count, NOISE], 0, 1, 'float32', seed);
}

/** One step of the critic on real and generated images. */
export async function trainCritic(
    critic: LayersModel, generator: Generator, optimizer: tf.Optimizer, real: Tensor4D,
    seed: number): Promise<CriticStep> {
  const [count] = real.shape;
  const fake = tf.tidy(() => generator.images(noise(count, seed)));
  const between = tf.tidy(() => {
    const share = tf.randomUniform([count, 1, 1, 1], 0, 1, 'float32', seed);
    return tf.add(fake, tf.mul(tf.sub(real, fake), share)) as Tensor4D;
  });
  const score = (x: Tensor): Tensor => critic.apply(x, {training: true}) as Tensor;
  const parts: {distance?: Scalar, penalty?: Scalar} = {};
  try {
    optimizer.minimize(() => {
      const distance = tf.sub(tf.mean(score(real)), tf.mean(score(fake))) as Scalar;
      const penalty = gradientPenalty(score, between);
      parts.distance = tf.keep(tf.clone(distance));
      parts.penalty = tf.keep(tf.clone(penalty));
      return tf.sub(tf.mul(penalty, PENALTY_WEIGHT), distance) as Scalar;
    }, false, trainable(critic));
    const [distance, penalty] = await Promise.all([parts.distance!.data(), parts.penalty!.data()]);
    return {distance: distance[0]!, penalty: penalty[0]!};
  } finally {
    tf.dispose([fake, between, parts]);
  }
}

/** One step of the generator: its images should score higher. */
export function trainGenerator(
    critic: LayersModel, generator: Generator, optimizer: tf.Optimizer, count: number, seed: number): void {
  optimizer.minimize(
      () => tf.neg(tf.mean(critic.apply(generator.images(noise(count, seed)), {training: true}) as Tensor)) as Scalar,
      false, generator.weights);
}

export function trainable(model: LayersModel): Variable[] {
  return model.trainableWeights.map(weight => weight.read() as Variable);
}
