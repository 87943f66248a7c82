import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';

import {lineChart} from '../shared/chart';
import {smoothed} from '../shared/statistics';
import type {Side} from './train';

/** Draws the loss curves of the sides into `losses.svg`; returns the file's name. */
export async function drawLosses(sides: readonly Side[], folder: string, subtitle: string): Promise<string> {
  const steps = sides[0]!.losses.length;
  const reach = Math.floor(steps / 100);
  const file = path.join(folder, 'losses.svg');
  const svg = await lineChart(sides.map(({name, losses}) => ({
    name: name === 'graph' ? 'explicit layers, as a graph' : `${name} layers`,
    x: losses.map((_, i) => i + 1), y: smoothed(losses, reach),
  })), {
    title: 'Training loss on MNIST',
    subtitle: [subtitle, ...(reach > 0 ? [`Each point is the mean of ${2 * reach + 1} steps`] : [])],
    xTitle: 'training step', yTitle: 'softmax loss', logarithmic: true,
  });
  mkdirSync(folder, {recursive: true});
  writeFileSync(file, svg);
  return file;
}
