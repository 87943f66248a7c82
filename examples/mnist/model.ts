import * as tf from '@tensorflow/tfjs-layers';
import type {Sequential} from '@tensorflow/tfjs-layers';

import {layers as explicit} from '../../src';

/** How large the ConvNet is, and with which weights it begins. */
export interface ModelSize {
  filters: [number, number];
  /** Units of one more fully connected layer; 0: none. */
  dense: number;
  seed: number;
}

type Layer = tf.layers.Layer;

/** What the net is made of: from explicit or from built-in layers. */
interface Factories {
  conv2d(args: {
    filters: number, kernelSize: number, padding: 'same', useBias: boolean,
    kernelInitializer: ReturnType<typeof tf.initializers.glorotUniform>, name: string, inputShape?: number[],
  }): Layer;
  batchNormalization(args: {momentum: number, name: string}): Layer;
  reLU(args: {name: string}): Layer;
  maxPooling2d(args: {poolSize: number, name: string}): Layer;
  dense(args: {
    units: number, kernelInitializer: ReturnType<typeof tf.initializers.glorotUniform>, name: string,
  }): Layer;
}

/** The ConvNet of explicit layers. */
export function explicitNet(size: ModelSize, ties: 'all' | 'first'): Sequential {
  return convNet('explicit', {...explicit, maxPooling2d: (args) => explicit.maxPooling2d({...args, ties})}, size);
}

/** The same of built-in layers. */
export function builtInNet(size: ModelSize): Sequential {
  return convNet('built-in', tf.layers, size);
}

/**
 * Twice convolution 3x3, batch norm, ReLU and max-pool 2x2, then fully connected to ten scores. The convolutions have no
 * bias: batch norm takes the mean off right after them.
 */
function convNet(name: string, layers: Factories, {filters, dense, seed}: ModelSize): Sequential {
  const model = tf.sequential({name});
  const weights = (n: number) => tf.initializers.glorotUniform({seed: 10 * seed + n});
  filters.forEach((count, i) => {
    const n = i + 1;
    model.add(layers.conv2d({
      filters: count, kernelSize: 3, padding: 'same', useBias: false, kernelInitializer: weights(n), name: `conv${n}`,
      ...(i === 0 && {inputShape: [28, 28, 1]}),
    }));
    // Old values fade fast, so that short runs end with moving averages of the trained weights too.
    model.add(layers.batchNormalization({momentum: 0.9, name: `norm${n}`}));
    model.add(layers.reLU({name: `relu${n}`}));
    model.add(layers.maxPooling2d({poolSize: 2, name: `pool${n}`}));
  });
  model.add(tf.layers.flatten({name: 'flatten'}));
  if (dense > 0) {
    model.add(layers.dense({units: dense, kernelInitializer: weights(3), name: 'hidden'}));
    model.add(layers.reLU({name: 'relu3'}));
  }
  model.add(layers.dense({units: 10, kernelInitializer: weights(4), name: 'scores'}));
  return model;
}
