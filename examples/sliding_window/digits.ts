/** A small net that learns digits and slides over a picture with many of them, for a heat map that means something. */
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor4D} from '@tensorflow/tfjs-core';
import {sequential} from '@tensorflow/tfjs-layers';
import type {Sequential} from '@tensorflow/tfjs-layers';

import {layers, losses, models} from '../../src';
import type {ImageSet} from '../shared/images';
import {loadMnist} from '../shared/mnist';
import {randomNumbers} from '../shared/random';

/** Height and width of a digit, which the net sees whole. */
export const DIGIT = 28;
/** By what the net reduces, hence the distance of the places it looks at. */
export const DIGIT_STRIDE = 4;
/** The class of what is no digit, or only part of one. */
const NOTHING = 10;
const CELL = 44;
const SIDE = 4;
const TRAINING = 6000;

/** A picture of digits, what is written in it, and for each place the probability of the class shown. */
export interface DigitMap {
  /** [1, height, width, 1], values from 0 to 1. */
  picture: Tensor4D;
  /** [1, rows, columns, 1] */
  probability: Tensor4D;
  label: number;
  /** The class in the picture, row by row; -1 for an empty cell. */
  written: number[];
}

/** Trains the net, and lets it slide over a picture of its own. */
export async function findDigits(seed: number, onStep: (done: number, all: number) => void): Promise<DigitMap> {
  const random = randomNumbers(seed);
  const net = digitNet(seed);
  net.compile({optimizer: tf.train.adam(2e-3) as never, loss: losses.softmaxLoss});
  const training = loadMnist('train', TRAINING);
  const steps = Math.floor(TRAINING / 64);
  for (let step = 0; step < steps; step++) {
    const {x, y} = crops(training, step * 64, 64, random);
    await net.trainOnBatch(x, y);
    tf.dispose([x, y]);
    onStep(step + 1, steps);
  }
  const {picture, written} = scene(loadMnist('test', 200), random);
  const label = mostCommon(written.filter((digit) => digit >= 0));
  const [, height, width] = picture.shape;
  const open = models.toFullyConvolutional(net, {inputShape: [height, width, 1]});
  const probability = tf.tidy(() =>
    tf.slice(tf.softmax(open.predict(picture) as Tensor4D), [0, 0, 0, label], [-1, -1, -1, 1]) as Tensor4D);
  [net, open].forEach((each) => each.dispose());
  return {picture, probability, label, written};
}

function digitNet(seed: number): Sequential {
  return sequential({layers: [
    layers.conv2d({filters: 16, kernelSize: 3, activation: 'relu', inputShape: [DIGIT, DIGIT, 1],
      kernelInitializer: tf.initializers?.heNormal({seed}) ?? 'heNormal'}),
    layers.maxPooling2d({poolSize: 2}),
    layers.conv2d({filters: 32, kernelSize: 3, activation: 'relu'}),
    layers.maxPooling2d({poolSize: 2}),
    layers.dense({units: NOTHING + 1}),
  ]});
}
