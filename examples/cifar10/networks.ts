import * as tf from '@tensorflow/tfjs-core';
import {initializers, layers as builtIn, sequential} from '@tensorflow/tfjs-layers';
import type {Sequential} from '@tensorflow/tfjs-layers';

import {layers, losses} from '../../src';
import {CHANNELS, CLASSES, SIDE} from './format';

export const NETS = ['notes', 'deep'] as const;
export type NetName = typeof NETS[number];

/** What decides how a net begins. */
export interface NetArgs {
  net: NetName;
  /** Divides the numbers of filters. */
  slim: number;
  seed: number;
}

/** The net, compiled, with weights of the seed. */
export function makeNet({net, slim, seed}: NetArgs, learningRate: number): Sequential {
  let drawn = 100 * seed;
  const he = () => initializers.heNormal({seed: ++drawn});
  const few = (count: number) => Math.max(1, Math.round(count / slim));
  const model = net === 'notes' ? notesNet(few, he) : deepNet(few, he);
  model.add(builtIn.flatten({name: 'flatten'}));
  const glorot = initializers.glorotUniform({seed: ++drawn});
  model.add(layers.dense({name: 'scores', units: CLASSES, kernelInitializer: glorot}));
  model.compile({
    optimizer: tf.train.momentum(learningRate, 0.9), loss: losses.softmaxLoss, metrics: [losses.accuracy],
  });
  return model;
}

type Initializers = () => ReturnType<typeof initializers.heNormal>;

/** The notes' example: CONV of 12 filters, RELU, POOL; then FC. The filters are 5x5, large enough to be looked at. */
function notesNet(few: (count: number) => number, he: Initializers): Sequential {
  return sequential({name: 'notes', layers: [
    layers.conv2d({
      name: 'conv', filters: few(12), kernelSize: 5, padding: 2, kernelInitializer: he(),
      inputShape: [SIDE, SIDE, CHANNELS],
    }),
    layers.reLU({name: 'relu'}),
    layers.maxPooling2d({name: 'pool', poolSize: 2}),
  ]});
}

/** Three blocks of two convolutions, each with batch norm (whose beta is their bias) and ReLU, and a pool. */
function deepNet(few: (count: number) => number, he: Initializers): Sequential {
  const model = sequential({name: 'deep'});
  [32, 64, 128].forEach((filters, block) => {
    for (const part of [1, 2]) {
      const place = `${block + 1}_${part}`;
      model.add(layers.conv2d({
        name: `conv${place}`, filters: few(filters), kernelSize: 3, padding: 1, useBias: false, kernelInitializer: he(),
        ...(block === 0 && part === 1 && {inputShape: [SIDE, SIDE, CHANNELS]}),
      }));
      // Old values fade fast, so that the first epochs end with moving averages of their own weights.
      model.add(layers.batchNormalization({name: `norm${place}`, momentum: 0.95}));
      model.add(layers.reLU({name: `relu${place}`}));
    }
    model.add(layers.maxPooling2d({name: `pool${block + 1}`, poolSize: 2}));
  });
  return model;
}
