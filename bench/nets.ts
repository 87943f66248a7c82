import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import {initializers, layers as builtIn, sequential} from '@tensorflow/tfjs-layers';
import type {LayersModel, Sequential} from '@tensorflow/tfjs-layers';

import * as ours from '../src/layers';
import * as losses from '../src/losses';

/** What of a net can be chosen. */
export interface NetOptions {
  /** Batch norm after each convolution. */
  batchNorm?: boolean;
  /** ReLU as the `activation` of the layer before instead of a layer of its own. */
  fusedActivation?: boolean;
  /** Height and width of the images. */
  image?: number;
  /** Filters of the first convolution; the second has twice as many. */
  filters?: number;
  /** Units of the first dense layer. */
  units?: number;
}

/** Classes of every net here. */
export const CLASSES = 10;

/** Channels of the images. */
export const IMAGE_CHANNELS = 3;

/**
 * SGD of every net here. With steps as small as these, rounding stays small over 20 of them: at 0.01 even the built-in
 * Net S+BN drifts from itself by 1e-3 when its first weights differ in the last bit.
 */
export const LEARNING_RATE = 2e-4;
export const MOMENTUM = 0.9;

/** What both sets of layers have in common. */
type LayerSet = Pick<typeof builtIn, 'conv2d' | 'reLU' | 'maxPooling2d' | 'dense' | 'batchNormalization'>;

/** Net S of explicit layers, compiled: conv3x3x32-relu-pool2-conv3x3x64-relu-pool2-dense256-relu-dense10. */
export function explicitNet(options: NetOptions = {}): Sequential {
  return compiled(netOf(ours as unknown as LayerSet, options), losses.softmaxLoss);
}

/** The same net of tf.layers. */
export function builtInNet(options: NetOptions = {}): Sequential {
  return compiled(netOf(builtIn, options), builtInLoss);
}

export const builtInLoss = (labels: Tensor, scores: Tensor): Tensor => tf.losses.softmaxCrossEntropy(labels, scores);

/** The net, compiled with the optimizer of every net here. */
export function compiled<T extends LayersModel>(net: T, loss: (labels: Tensor, scores: Tensor) => Tensor): T {
  net.compile({optimizer: tf.train.momentum(LEARNING_RATE, MOMENTUM), loss});
  return net;
}

function netOf(set: LayerSet, options: NetOptions): Sequential {
  const {batchNorm = false, fusedActivation = false, image = 32, filters = 32, units = 256} = options;
  const net = sequential();
  // Other kernels in each run would now and then put a ReLU where rounding decides.
  const kernelOf = (seed: number) => ({kernelInitializer: initializers.glorotNormal({seed})});
  const activation = fusedActivation ? 'relu' : undefined;
  const relu = () => {
    if (!fusedActivation) net.add(set.reLU());
  };
  [filters, 2 * filters].forEach((count, i) => {
    const inputShape = i === 0 ? {inputShape: [image, image, IMAGE_CHANNELS]} : {};
    net.add(set.conv2d({...inputShape, filters: count, kernelSize: 3, padding: 'same', activation, ...kernelOf(1 + i)}));
    if (batchNorm) net.add(set.batchNormalization());
    relu();
    net.add(set.maxPooling2d({poolSize: 2}));
  });
  net.add(builtIn.flatten());
  net.add(set.dense({units, activation, ...kernelOf(3)}));
  relu();
  net.add(set.dense({units: CLASSES, ...kernelOf(4)}));
  return net;
}
