import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';

import {lineChart, svgOf} from '../shared/chart';
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

/** Draws generated images [N, 28, 28, 1] side by side. */
export async function drawImages(pixels: Float32Array, count: number, folder: string): Promise<string> {
  const columns = Math.ceil(Math.sqrt(2 * count));
  const values = Array.from(pixels, (value, i) => {
    const image = Math.floor(i / 784);
    return {
      x: image % columns * 29 + i % 28, y: Math.floor(image / columns) * 29 + Math.floor(i % 784 / 28), value,
    };
  }).filter(({value}) => value > -0.9);
  const rows = Math.ceil(count / columns);
  const scale = (size: number) => ({domain: [0, 29 * size], nice: false});
  const svg = await svgOf({
    width: 58 * columns, height: 58 * rows, background: 'black', data: {values},
    mark: {type: 'square', size: 4, opacity: 1},
    encoding: {
      x: {field: 'x', type: 'quantitative', axis: null, scale: scale(columns)},
      y: {field: 'y', type: 'quantitative', axis: null, scale: {...scale(rows), reverse: true}},
      color: {field: 'value', type: 'quantitative', legend: null, scale: {domain: [-1, 1], range: ['black', 'white']}},
    },
  });
  return save(folder, 'images.svg', svg);
}

function save(folder: string, name: string, svg: string): string {
  mkdirSync(folder, {recursive: true});
  const file = path.join(folder, name);
  writeFileSync(file, svg);
  return file;
}
