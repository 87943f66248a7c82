/** A small net that learns digits and slides over a picture with many of them, for a heat map that means something. */
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor4D} from '@tensorflow/tfjs-core';
import {initializers, layers as builtIn, sequential} from '@tensorflow/tfjs-layers';
import type {Sequential} from '@tensorflow/tfjs-layers';

import {layers, losses, models} from '../../src';
import type {ImageSet} from '../shared/images';
import {loadMnist} from '../shared/mnist';
import {seededRandom} from '../shared/random';

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
  const random = seededRandom(seed);
  const net = digitNet(seed);
  net.compile({optimizer: tf.train.adam(2e-3), loss: losses.softmaxLoss});
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
      kernelInitializer: initializers.heNormal({seed})}),
    layers.maxPooling2d({poolSize: 2}),
    layers.conv2d({filters: 32, kernelSize: 3, activation: 'relu', kernelInitializer: initializers.heNormal({seed: seed + 1})}),
    layers.maxPooling2d({poolSize: 2}),
    builtIn.flatten(),
    layers.dense({units: NOTHING + 1, kernelInitializer: initializers.heNormal({seed: seed + 2})}),
  ]});
}

/** Digits for the net to learn: two thirds moved by a few pixels, the others so far that they are none any more. */
function crops({pixels, labels}: ImageSet, from: number, count: number, random: () => number) {
  const x = new Float32Array(count * DIGIT * DIGIT);
  const classes = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const isDigit = i % 3 > 0;
    const reach = isDigit ? 3 : DIGIT;
    let dy: number;
    let dx: number;
    do {
      [dy, dx] = [Math.round((2 * random() - 1) * reach), Math.round((2 * random() - 1) * reach)];
    } while (!isDigit && Math.max(Math.abs(dy), Math.abs(dx)) < 10);
    draw(x.subarray(i * DIGIT * DIGIT, (i + 1) * DIGIT * DIGIT), DIGIT, pixels, from + i, dy, dx);
    classes[i] = isDigit ? labels[from + i]! : NOTHING;
  }
  return {x: tf.tensor4d(x, [count, DIGIT, DIGIT, 1]), y: losses.oneHot(tf.tensor1d(classes, 'int32'), NOTHING + 1)};
}

/** A square picture with a digit in three of four cells, each somewhere in its cell. */
function scene({pixels, labels}: ImageSet, random: () => number): {picture: Tensor4D, written: number[]} {
  const size = SIDE * CELL;
  const x = new Float32Array(size * size);
  const written = Array.from({length: SIDE * SIDE}, (_, cell) => {
    if (random() < 0.25) return -1;
    const offset = () => Math.floor(random() * (CELL - DIGIT));
    draw(x, size, pixels, cell, Math.floor(cell / SIDE) * CELL + offset(), cell % SIDE * CELL + offset());
    return labels[cell]!;
  });
  return {picture: tf.tensor4d(x, [1, size, size, 1]), written};
}

/** Draws image `which` into a square picture, its corner at (top, left); what lies outside is cut off. */
function draw(into: Float32Array, size: number, pixels: Uint8Array, which: number, top: number, left: number): void {
  for (let y = Math.max(0, -top); y < DIGIT && y + top < size; y++) {
    for (let x = Math.max(0, -left); x < DIGIT && x + left < size; x++) {
      into[(y + top) * size + x + left] = pixels[(which * DIGIT + y) * DIGIT + x]! / 255;
    }
  }
}

function mostCommon(values: readonly number[]): number {
  const count = (value: number) => values.filter((other) => other === value).length;
  return values.reduce((best, value) => (count(value) > count(best) ? value : best));
}
