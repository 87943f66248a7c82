import * as tf from '@tensorflow/tfjs-core';
import {initializers, layers as builtIn, sequential} from '@tensorflow/tfjs-layers';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {seededRandom} from '../../examples/shared/random';
import {layers, losses} from '../../src';

const CLASSES = 4;
const CHANNELS = 3;

/**
 * Every explicit layer, for images of any size. The first convolution has no bias: batch norm takes it off again, and
 * adam would make steps of full size of the rounding that is left of its gradient.
 */
export function makeModel(): LayersModel {
  const weights = (seed: number) => initializers.glorotUniform({seed});
  const model = sequential({name: 'soak', layers: [
    layers.conv2d({
      filters: 8, kernelSize: 3, padding: 1, useBias: false, kernelInitializer: weights(1),
      inputShape: [null, null, CHANNELS], name: 'conv1',
    }),
    layers.batchNormalization({name: 'norm1'}),
    layers.reLU({name: 'relu1'}),
    layers.maxPooling2d({poolSize: 3, strides: 2, padding: 'same', name: 'pool1'}),
    layers.conv2d({
      filters: 8, kernelSize: 3, dilationRate: 2, padding: 'same', groups: 2, kernelInitializer: weights(2),
      name: 'conv2',
    }),
    layers.layerNormalization({name: 'norm2'}),
    layers.reLU({negativeSlope: 0.1, name: 'relu2'}),
    builtIn.globalAveragePooling2d({name: 'mean'}),
    layers.dense({units: CLASSES, kernelInitializer: weights(3), name: 'scores'}),
  ]});
  model.compile({optimizer: tf.train.adam(0.002), loss: losses.softmaxLoss});
  return model;
}

/** The batch of this step: sizes and values are the same whenever the step is done. */
function batchOf(step: number): {x: tf.Tensor, y: tf.Tensor} {
  const random = seededRandom(step);
  const between = (low: number, high: number) => low + Math.floor((high - low + 1) * random());
  const shape: [number, number, number, number] = [between(1, 9), between(4, 17), between(4, 17), CHANNELS];
  const [count, height, width] = shape;
  const labels = Int32Array.from({length: count}, () => between(0, CLASSES - 1));
  // The class shows in the mean of a channel, so that there is something to learn.
  const x = Float32Array.from({length: count * height * width * CHANNELS}, (_, i) => {
    const label = labels[Math.floor(i / (height * width * CHANNELS))]!;
    return 2 * random() - 1 + (i % CHANNELS === label ? 0.5 : 0);
  });
  return {x: tf.tensor4d(x, shape), y: losses.oneHot(labels, CLASSES)};
}

/** What a stretch of training came to. */
export interface Stretch {
  losses: number[];
  /** Tensors and bytes after each step; the optimiser's averages are made in the first. */
  tensors: number[];
  bytes: number[];
}

/** Steps `from` up to, but without, `to`. */
export async function trainSteps(
    model: LayersModel, from: number, to: number, onStep: (step: number) => void): Promise<Stretch> {
  const stretch: Stretch = {losses: [], tensors: [], bytes: []};
  for (let step = from; step < to; step++) {
    const {x, y} = batchOf(step);
    stretch.losses.push(await model.trainOnBatch(x, y) as number);
    tf.dispose([x, y]);
    const {numTensors, numBytes} = tf.memory();
    stretch.tensors.push(numTensors);
    stretch.bytes.push(numBytes);
    onStep(step + 1);
  }
  return stretch;
}

/** All weights, one after the other. */
export async function weightsOf(model: LayersModel): Promise<number[]> {
  const all = await Promise.all(model.weights.map(weight => weight.read().data()));
  return all.flatMap(values => Array.from(values));
}
