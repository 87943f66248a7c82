import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor4D} from '@tensorflow/tfjs-core';
import {initializers, layers as builtIn, sequential} from '@tensorflow/tfjs-layers';
import type {Sequential} from '@tensorflow/tfjs-layers';

import {layers} from '../../src';

/** Numbers that a generated image is made from. */
export const NOISE = 32;

/**
 * Gives an image [28, 28, 1] a score, high for real ones. It has layer norm and no batch norm: the penalty is on the
 * gradient of each example alone.
 */
export function makeCritic(seed: number): Sequential {
  const weights = (n: number) => initializers.glorotUniform({seed: 10 * seed + n});
  return sequential({name: 'critic', layers: [
    layers.conv2d({
      filters: 16, kernelSize: 5, strides: 2, padding: 'same', kernelInitializer: weights(1), inputShape: [28, 28, 1],
      name: 'critic_conv1',
    }),
    layers.reLU({name: 'critic_relu1'}),
    layers.conv2d({filters: 32, kernelSize: 3, padding: 'same', kernelInitializer: weights(2), name: 'critic_conv2'}),
    layers.layerNormalization({axis: [1, 2, 3], name: 'critic_norm2'}),
    layers.reLU({name: 'critic_relu2'}),
    layers.maxPooling2d({poolSize: 2, name: 'critic_pool2'}),
    builtIn.flatten({name: 'critic_flatten'}),
    layers.dense({units: 1, kernelInitializer: weights(3), name: 'critic_score'}),
  ]});
}

/** Makes images of noise. */
export interface Generator {
  /** Images [N, 28, 28, 1] from -1 to 1, of noise [N, {@link NOISE}]. */
  images: (noise: Tensor) => Tensor4D;
  weights: tf.Variable[];
}

/** Fully connected to 7x7, then twice doubled and convolved, with batch norm. */
export function makeGenerator(seed: number): Generator {
  const weights = (n: number) => initializers.glorotUniform({seed: 10 * seed + 5 + n});
  const block = (n: number, filters: number, inputShape: number[]): Sequential => sequential({layers: [
    layers.conv2d({
      filters, kernelSize: 3, padding: 'same', useBias: false, kernelInitializer: weights(n), inputShape,
      name: `generator_conv${n}`,
    }),
    layers.batchNormalization({name: `generator_norm${n}`}),
    layers.reLU({name: `generator_relu${n}`}),
  ]});
  const start = sequential({layers: [
    layers.dense({
      units: 7 * 7 * 32, useBias: false, kernelInitializer: weights(0), inputShape: [NOISE], name: 'generator_start',
    }),
    layers.batchNormalization({name: 'generator_norm0'}),
    layers.reLU({name: 'generator_relu0'}),
  ]});
  const [first, second] = [block(1, 32, [14, 14, 32]), block(2, 16, [28, 28, 32])];
  const last = sequential({layers: [layers.conv2d({
    filters: 1, kernelSize: 3, padding: 'same', kernelInitializer: weights(3), inputShape: [28, 28, 16],
    name: 'generator_image',
  })]});
  const apply = (model: Sequential, x: Tensor): Tensor => model.apply(x, {training: true}) as Tensor;
  return {
    images: noise => {
      const small = tf.reshape(apply(start, noise), [-1, 7, 7, 32]) as Tensor4D;
      const middle = apply(first, doubled(small)) as Tensor4D;
      return tf.tanh(apply(last, apply(second, doubled(middle)))) as Tensor4D;
    },
    weights: [start, first, second, last].flatMap(model =>
        model.trainableWeights.map(weight => weight.read() as tf.Variable)),
  };
}

/** Each pixel twice in both directions: concat has a gradient on every backend, resizing does not. */
function doubled(x: Tensor4D): Tensor4D {
  const [n, h, w, c] = x.shape;
  const wide = tf.reshape(tf.concat([x, x], 3), [n, h, 2 * w * c]);
  return tf.reshape(tf.concat([wide, wide], 2), [n, 2 * h, 2 * w, c]);
}
