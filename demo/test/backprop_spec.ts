/** What the training page computes for its pictures, on cpu. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {layers as builtIn, sequential} from '@tensorflow/tfjs-layers';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {layers} from '../../src';
import {backprop, deadUnits} from '../train/engine/backprop';

describe('backprop of the training page', () => {
  let net: LayersModel;
  let images: tf.Tensor4D;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    net = sequential({layers: [
      layers.conv2d({inputShape: [6, 6, 1], filters: 3, kernelSize: 3, name: 'conv1'}),
      layers.reLU({name: 'relu1'}),
      builtIn.flatten({name: 'flatten'}),
      layers.dense({units: 4, name: 'scores'}),
    ]});
    images = tf.randomUniform([5, 6, 6, 1], 0, 1, 'float32', 3);
    net.layers[0]!.setWeights([tf.randomNormal([3, 3, 1, 3], 0, 1, 'float32', 5), tf.tensor1d([0.5, -100, 0])]);
  });
  afterAll(() => {
    net.dispose();
    images.dispose();
  });

  it('finds the units that put out 0 for every image, and leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    expect(await deadUnits(net, images)).toEqual({relu1: [1]});
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives no gradient to the filter of a dead unit, and P - 1 to the right score', async () => {
    const image = tf.slice(images, [0, 0, 0, 0], [1, -1, -1, -1]);
    const {layers: passes, probabilities} = await backprop(net, image, 2);
    const scores = passes.at(-1)!;
    probabilities.forEach((share, k) => expect(scores.dout[k]).toBeCloseTo(share - (k === 2 ? 1 : 0), 5));
    const conv = passes[0]!;
    const dkernel = conv.weights.find(({name}) => /kernel/.test(name))!.gradient;
    const byFilter = [0, 1, 2].map((k) => dkernel.filter((_, i) => i % 3 === k).some((value) => value !== 0));
    expect(byFilter).toEqual([true, false, true]);
    image.dispose();
  });
});
