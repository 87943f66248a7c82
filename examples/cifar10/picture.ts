import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor4D} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {lineChart, svgOf} from '../shared/chart';
import {writePng} from '../shared/png';
import type {Epoch} from './checkpoint';

/** Draws loss and accuracy over the epochs; returns the files' names. */
export async function drawCurves(epochs: readonly Epoch[], folder: string, subtitle: string): Promise<string[]> {
  const x = epochs.map((_, i) => i + 1);
  const curve = (name: string, value: (epoch: Epoch) => number) => ({name, x, y: epochs.map(value)});
  const text = (title: string, yTitle: string) => ({title, subtitle, xTitle: 'epoch', yTitle});
  const loss = await lineChart(
      [curve('training', (epoch) => epoch.loss), curve('validation', (epoch) => epoch.validationLoss)],
      text('Loss on CIFAR-10', 'softmax loss'));
  const accuracy = await lineChart(
      [curve('training', (epoch) => epoch.accuracy), curve('validation', (epoch) => epoch.validationAccuracy)],
      text('Accuracy on CIFAR-10', 'share of pictures'));
  return [save(folder, 'loss.svg', loss), save(folder, 'accuracy.svg', accuracy)];
}

/** Draws the confusion matrix. */
export async function drawConfusion(
    confusion: readonly number[][], names: readonly string[], folder: string): Promise<string> {
  const values = confusion.flatMap((row, label) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, guess) =>
      ({actual: names[label], guess: names[guess], count, share: count / Math.max(1, total)}));
  });
  const axis = {labelFontSize: 12, titleFontSize: 13, labelAngle: -45};
  const svg = await svgOf({
    width: 480, height: 480, background: 'white', padding: 12, data: {values},
    title: {text: 'Confusion matrix of the test pictures', subtitle: 'number of pictures; the colour is the share of their class',
      anchor: 'start', fontSize: 16, subtitleFontSize: 12, offset: 12},
    encoding: {
      x: {field: 'guess', type: 'nominal', sort: [...names], title: 'predicted class', axis},
      y: {field: 'actual', type: 'nominal', sort: [...names], title: 'true class', axis: {...axis, labelAngle: 0}},
    },
    layer: [
      {mark: {type: 'rect'}, encoding: {color: {field: 'share', type: 'quantitative', title: null,
        scale: {scheme: 'blues', domain: [0, 1]}, legend: {format: '.0%'}}}},
      {mark: {type: 'text', fontSize: 12}, encoding: {text: {field: 'count', type: 'quantitative'},
        color: {condition: {test: 'datum.share > 0.6', value: 'white'}, value: 'black'}}},
    ],
    config: {font: 'sans-serif'},
  });
  return save(folder, 'confusion.svg', svg);
}

const ZOOM = 12;
const GAP = 4;
const COLUMNS = 8;

/** Draws the filters of the first convolution in colour, each from its lowest weight (dark) to its highest. */
export async function drawFilters(model: LayersModel, folder: string): Promise<string> {
  const picture = tf.tidy(() => {
    const filters = tf.transpose(model.getWeights()[0] as Tensor4D, [3, 0, 1, 2]) as Tensor4D;
    const [low, high] = [tf.min(filters, [1, 2, 3], true), tf.max(filters, [1, 2, 3], true)];
    const light = tf.mul(tf.divNoNan(tf.sub(filters, low), tf.sub(high, low)), 255);
    const [count, height, width] = filters.shape;
    const large = tf.image.resizeNearestNeighbor(light as Tensor4D, [ZOOM * height, ZOOM * width]);
    const framed = tf.pad(large, [[0, 0], [GAP, GAP], [GAP, GAP], [0, 0]], 255);
    const tiles = tf.unstack(framed);
    while (tiles.length % Math.min(COLUMNS, count) !== 0) tiles.push(tf.onesLike(tiles[0]!).mul(255));
    const rows = Array.from({length: Math.ceil(tiles.length / COLUMNS)}, (_, row) =>
      tf.concat(tiles.slice(row * COLUMNS, (row + 1) * COLUMNS), 1));
    return tf.concat(rows, 0) as tf.Tensor3D;
  });
  mkdirSync(folder, {recursive: true});
  const file = path.join(folder, 'filters.png');
  await writePng(file, picture);
  picture.dispose();
  return file;
}

function save(folder: string, name: string, svg: string): string {
  mkdirSync(folder, {recursive: true});
  const file = path.join(folder, name);
  writeFileSync(file, svg);
  return file;
}
