import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor3D} from '@tensorflow/tfjs-core';

import {lineChart} from '../shared/chart';
import {writeSvg} from '../shared/png';
import {smoothed} from '../shared/statistics';
import type {CriticStep} from './train';
import {PENALTY_WEIGHT} from './train';

/** Draws what the critic's loss is made of; returns the file's name. */
export async function drawLosses(steps: readonly CriticStep[], folder: string, subtitle: string): Promise<string> {
  const reach = Math.floor(steps.length / 100);
  const x = steps.map((_, i) => i + 1);
  const curve = (name: string, value: (step: CriticStep) => number) =>
      ({name, x, y: smoothed(steps.map(value), reach)});
  const svg = await lineChart([
    curve('loss of the critic', ({distance, penalty}) => PENALTY_WEIGHT * penalty - distance),
    curve('distance real to generated', ({distance}) => distance),
    curve(`${PENALTY_WEIGHT} x gradient penalty`, ({penalty}) => PENALTY_WEIGHT * penalty),
  ], {
    title: 'WGAN-GP critic on MNIST',
    subtitle: [subtitle, ...(reach > 0 ? [`Each point is the mean of ${2 * reach + 1} steps`] : [])],
    xTitle: 'step of the critic', yTitle: 'score',
  });
  return save(folder, 'losses.svg', svg);
}

const ZOOM = 3;
const GAP = 1;

/** Draws generated images [N, 28, 28, 1] with values from -1 to 1 side by side. */
export async function drawImages(pixels: Float32Array, count: number, folder: string): Promise<string> {
  const columns = Math.ceil(Math.sqrt(2 * count));
  const picture = tf.tidy(() => {
    const images = tf.tensor4d(pixels, [count, 28, 28, 1]);
    const framed = tf.pad(tf.mul(tf.add(images, 1), 127.5), [[0, 0], [GAP, GAP], [GAP, GAP], [0, 0]]);
    const tiles = tf.unstack(framed);
    while (tiles.length % columns !== 0) tiles.push(tf.zerosLike(tiles[0]!));
    const rows = Array.from({length: tiles.length / columns}, (_, row) =>
      tf.concat(tiles.slice(row * columns, (row + 1) * columns), 1));
    const [height, width] = [rows.length * (28 + 2 * GAP), columns * (28 + 2 * GAP)];
    const all = tf.image.resizeNearestNeighbor(tf.concat(rows, 0) as Tensor3D, [ZOOM * height, ZOOM * width]);
    return tf.tile(all, [1, 1, 3]);
  });
  mkdirSync(folder, {recursive: true});
  const file = path.join(folder, 'images.svg');
  await writeSvg(file, picture);
  picture.dispose();
  return file;
}

function save(folder: string, name: string, svg: string): string {
  mkdirSync(folder, {recursive: true});
  const file = path.join(folder, name);
  writeFileSync(file, svg);
  return file;
}
