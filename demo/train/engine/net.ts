import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {builtInNet, explicitNet} from '../../../examples/mnist/model';
import {losses} from '../../../src';
import type {Kind, Weights} from './contract';

const FILTERS: [number, number] = [8, 16];

/** The loss of built-in layers, by the name that it is saved under. */
export const builtInLoss = {
  softmaxCrossEntropy: (yTrue: Tensor, yPred: Tensor) =>
    tf.losses.softmaxCrossEntropy(yTrue, yPred, undefined, 0, tf.Reduction.NONE),
};

/** A net with the first weights of this seed, ready to train. */
export function makeNet(kind: Kind, seed: number, learningRate: number): LayersModel {
  const size = {filters: FILTERS, dense: 0, seed};
  const net = kind === 'explicit' ? explicitNet(size, 'all') : builtInNet(size);
  net.compile({
    optimizer: tf.train.momentum(learningRate, 0.9),
    loss: kind === 'explicit' ? losses.softmaxLoss : builtInLoss.softmaxCrossEntropy,
    metrics: ['accuracy'],
  });
  return net;
}

/** The kernels of convolutions and of the fully connected layer, as they are now. */
export function readKernels(net: LayersModel): Promise<{layer: string, shape: number[], values: Float32Array}[]> {
  return Promise.all(net.layers.filter(({weights}) => weights[0]?.originalName.endsWith('/kernel')).map(async ({name,
    weights}) => {
    const kernel = weights[0]!.read();
    // Some backends hand out what they compute with.
    return {layer: name, shape: kernel.shape, values: (await kernel.data() as Float32Array).slice()};
  }));
}

export async function readWeights(net: LayersModel): Promise<Weights> {
  return Promise.all(net.getWeights().map(async (weight) =>
    ({shape: weight.shape, values: await weight.data() as Float32Array})));
}

export function writeWeights(net: LayersModel, weights: Weights): void {
  tf.tidy(() => net.setWeights(weights.map(({shape, values}) => tf.tensor(values, shape))));
}
