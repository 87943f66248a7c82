import * as tf from '@tensorflow/tfjs-core';
import {initializers, layers as builtIn, sequential} from '@tensorflow/tfjs-layers';
import type {LayersModel, Sequential} from '@tensorflow/tfjs-layers';

import {layers, losses} from '../../../src';
import type {GraphReport} from '../../../src';

/** Every optimizer of tfjs, with settings that keep what it remembers in play. */
export const optimizers: {[name: string]: () => tf.Optimizer} = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.02, 0.9),
  nesterov: () => tf.train.momentum(0.02, 0.9, true),
  adagrad: () => tf.train.adagrad(0.05),
  adadelta: () => tf.train.adadelta(0.5),
  adam: () => tf.train.adam(0.01),
  adamax: () => tf.train.adamax(0.01, 0.9, 0.999, 1e-7, 1e-3),
  rmsprop: () => tf.train.rmsprop(0.005, 0.9, 0.5),
  centeredRmsprop: () => tf.train.rmsprop(0.005, 0.9, 0.5, 1e-5, true),
};

/** Seeded: two calls make equal nets. */
export function smallNet(of: 'ours' | 'built-in' = 'ours', optimizer = optimizers.adam!): Sequential {
  const L = (of === 'ours' ? layers : builtIn) as typeof builtIn;
  const weights = (seed: number) => initializers.glorotNormal({seed});
  const net = sequential({layers: [
    L.conv2d({inputShape: [8, 8, 2], filters: 8, kernelSize: 3, padding: 'same', kernelInitializer: weights(1)}),
    L.batchNormalization({momentum: 0.9}),
    L.reLU(),
    L.maxPooling2d({poolSize: 2}),
    builtIn.flatten(),
    L.dense({units: 16, activation: 'relu', kernelInitializer: weights(2)}),
    L.dense({units: 3, kernelInitializer: weights(3)}),
  ]});
  compile(net, optimizer);
  return net;
}

export function compile(net: LayersModel, optimizer = optimizers.adam!): void {
  net.compile({optimizer: optimizer(), loss: losses.softmaxLoss, metrics: ['accuracy']});
}

/** Images and one-hot labels for {@link smallNet}. */
export function batch(count: number, seed: number): [tf.Tensor, tf.Tensor] {
  const labels = tf.tensor1d(Array.from({length: count}, (_, i) => (i * 7 + seed) % 3), 'int32');
  return [tf.randomNormal([count, 8, 8, 2], 0, 1, 'float32', seed), tf.cast(tf.oneHot(labels, 3), 'float32')];
}

/** Expects numbers to agree, by `relative` of themselves or of `least`, what counts as a size. */
export function expectNear(
    actual: readonly number[], expected: readonly number[], relative: number, label = '', least = 1e-3): void {
  expect(actual.length).withContext(label).toBe(expected.length);
  const off = expected.map((value, i) => Math.abs(actual[i]! - value) / Math.max(least, Math.abs(value)));
  expect(Math.max(0, ...off)).withContext(`${label} ${actual} ${expected}`).toBeLessThanOrEqual(relative);
}

/** What a training step returned. */
export async function trainOnce(net: LayersModel, [x, y]: [tf.Tensor, tf.Tensor]): Promise<number[]> {
  const found = await net.trainOnBatch(x, y);
  return Array.isArray(found) ? found : [found];
}

/** How each step runs: 'train graph', say. */
export function runs({steps}: GraphReport): string[] {
  return steps.map(({step, runsAs}) => `${step} ${runsAs}`);
}

/** Expects all steps of a report to be graphs on tensorflow, and none elsewhere. */
export function expectGraphs(report: GraphReport, backend: string): void {
  const wanted = backend === 'tensorflow' ? 'graph' : 'eager';
  expect(report.steps.map(({runsAs}) => runsAs)).withContext(`${report}`).toEqual(report.steps.map(() => wanted));
  expect(report.steps.length).toBeGreaterThan(0);
}
