/**
 * `npm run thresholds`: both ways on each side of every number in src/backends/tensorflow/thresholds.ts. A number is right
 * where the ratio passes 1 near it: above 1 the first way, ours, is the quicker one.
 */
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor4D} from '@tensorflow/tfjs-core';

import {Command} from 'commander';

import {startBackend} from '../examples/shared/backend';
import {textTable} from '../examples/shared/table';
import {kernels} from '../src/backends';
import {thresholds} from '../src/backends/tensorflow/thresholds';
import {quantile} from './statistics';

type Change = Partial<typeof thresholds>;

/** A number, the sizes around it, and what makes each way the one that is taken. */
interface Threshold {
  name: keyof typeof thresholds;
  factors: readonly number[];
  ours: Change;
  other: Change;
  run: (size: number) => () => void;
}

const ROUNDS = 9;
const around = [0.5, 1, 2];

function geometry(x: Tensor4D, w: Tensor4D) {
  const window = {batch: x.shape[0], channels: x.shape[3], inSize: [x.shape[1], x.shape[2]] as [number, number]};
  const [kh, kw, , filters] = w.shape;
  return {
    ...window, kernel: [kh, kw] as [number, number], strides: [1, 1] as [number, number],
    dilation: [1, 1] as [number, number], padding: [[0, 0], [0, 0]] as [[number, number], [number, number]],
    outSize: [x.shape[1] - kh + 1, x.shape[2] - kw + 1] as [number, number], dataFormat: 'channelsLast' as const,
    filters, groups: 1,
  };
}

/** A convolution 3x3 with patches of about so many entries. */
function convolution(entries: number, filters: number): () => void {
  const channels = Math.max(1, Math.round(entries / 9));
  const [x, w] = [tf.ones<tf.Rank.R4>([16, 32, 32, channels]), tf.ones<tf.Rank.R4>([3, 3, channels, filters])];
  return () => kernels().conv2d(x, w, null, geometry(x, w));
}

function filterGradient(entries: number): () => void {
  const filters = Math.round(entries / (9 * 128));
  const [x, w] = [tf.ones<tf.Rank.R4>([16, 10, 10, 128]), tf.ones<tf.Rank.R4>([3, 3, 128, filters])];
  const dout: Tensor4D = tf.ones([16, 8, 8, filters]);
  return () => kernels().conv2dFilterGrad(x, dout, geometry(x, w));
}

function product(terms: number, rows: number): () => void {
  const [a, b] = [tf.ones<tf.Rank.R2>([terms, rows]), tf.ones<tf.Rank.R2>([terms, 256])];
  return () => kernels().matMul(a, b, true, false);
}

function hugeFilter(entries: number, places: number): () => void {
  const filters = Math.round(entries / (49 * 512));
  const [x, w] = [tf.ones<tf.Rank.R4>([places, 7, 7, 512]), tf.ones<tf.Rank.R4>([7, 7, 512, filters])];
  return () => kernels().conv2d(x, w, null, geometry(x, w));
}


const noPatch = {largestPatch: 0, largestNarrowPatch: 0};
const anyPatch = {largestPatch: Infinity, largestNarrowPatch: Infinity};
const all: Threshold[] = [
  {name: 'largestPatch', factors: around, ours: anyPatch, other: noPatch, run: size => convolution(size, 32)},
  {name: 'largestNarrowPatch', factors: around, ours: anyPatch, other: noPatch, run: size => convolution(size, 24)},
  {name: 'largestFilter', factors: around, ours: {largestFilter: Infinity}, other: {largestFilter: 0}, run: filterGradient},
  {name: 'fewTerms', factors: around, ours: {fewTerms: Infinity}, other: {fewTerms: 0, fewRows: 0},
    run: size => product(size, 512)},
  {name: 'fewRows', factors: around, ours: {fewRows: Infinity}, other: {fewTerms: 0, fewRows: 0},
    run: size => product(4096, size)},
  {name: 'hugeFilter', factors: [0.25, 1], ours: {hugeFilter: 0}, other: {hugeFilter: Infinity},
    run: size => hugeFilter(size, 16)},
  {name: 'fewPlaces', factors: around, ours: {hugeFilter: 0, fewPlaces: Infinity}, other: {hugeFilter: Infinity},
    run: size => hugeFilter(2 ** 25, size)},
];

/** Median milliseconds of both ways, taken by turns. */
function times({run, ours, other}: Threshold, size: number): [number, number] {
  const found: [number[], number[]] = [[], []];
  const saved = {...thresholds};
  tf.tidy(() => {
    const f = run(size);
    for (let round = -2; round < ROUNDS; round++) {
      for (const [i, way] of [ours, other].entries()) {
        Object.assign(thresholds, saved, way);
        const start = performance.now();
        tf.tidy(f);
        if (round >= 0) found[i]!.push(performance.now() - start);
      }
    }
  });
  Object.assign(thresholds, saved);
  return [quantile(found[0], 0.5), quantile(found[1], 0.5)];
}

new Command('npm run thresholds --')
  .description('Times both ways on each side of every number in src/backends/tensorflow/thresholds.ts. A number is right where ' +
    'the ratio passes 1 near it.')
  .addHelpText('after', '\nExamples:\n  npm run thresholds')
  .showHelpAfterError().allowExcessArguments(false).parse();

await startBackend('tensorflow', text => process.stderr.write(text));
const rows = all.flatMap(threshold => threshold.factors.map(factor => {
  const size = Math.round(thresholds[threshold.name] * factor);
  process.stderr.write(`${threshold.name}, ${size}\n`);
  const [own, other] = times(threshold, size);
  return [threshold.name, String(size), own.toFixed(2), other.toFixed(2), (other / own).toFixed(2)];
}));
console.log(textTable(['threshold', 'size', 'first way, ms', 'other, ms', 'ratio'], rows));
