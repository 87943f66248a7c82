import * as tf from '@tensorflow/tfjs-core';
import {initializers, layers as builtIn, sequential} from '@tensorflow/tfjs-layers';
import type {Sequential} from '@tensorflow/tfjs-layers';

import {layers, losses} from '../../src';
import {batchesOf, batchOf} from '../shared/images';
import type {ImageSet} from '../shared/images';
import {breathe} from '../shared/interrupt';
import {seededRandom, shuffled} from '../shared/random';

const BATCH = 32;

/** Twice convolution, ReLU, max-pool; then ten scores. `relu` makes its ReLU layers. */
export function makeNet(seed: number, relu: (args: {name: string}) => builtIn.Layer = layers.reLU): Sequential {
  const net = sequential();
  [16, 32].forEach((filters, i) => {
    net.add(layers.conv2d({
      name: `conv${i + 1}`, filters, kernelSize: 3, padding: 1,
      kernelInitializer: initializers.heNormal({seed: 10 * seed + i}), ...(i === 0 && {inputShape: [28, 28, 1]}),
    }));
    net.add(relu({name: `relu${i + 1}`}));
    net.add(layers.maxPooling2d({name: `pool${i + 1}`, poolSize: 2}));
  });
  net.add(builtIn.flatten());
  net.add(layers.dense({
    name: 'scores', units: 10, kernelInitializer: initializers.glorotUniform({seed: 10 * seed + 2}),
  }));
  return net;
}

/**
 * Trains the net once through the images.
 * @throws The signal's reason, when the user asked to stop.
 */
export async function train(
    net: Sequential, images: ImageSet, seed: number, signal: AbortSignal,
    onStep: (done: number, steps: number, loss: number) => void): Promise<void> {
  net.compile({optimizer: tf.train.adam(2e-3), loss: losses.softmaxLoss});
  const batches = batchesOf(shuffled(images.size, seededRandom(seed)), BATCH);
  for (const [i, indices] of batches.entries()) {
    const {x, y} = batchOf(images, indices);
    const loss = await net.trainOnBatch(x, y) as number;
    tf.dispose([x, y]);
    onStep(i + 1, batches.length, loss);
    await breathe();
    signal.throwIfAborted();
  }
}
