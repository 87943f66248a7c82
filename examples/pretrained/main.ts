/**
 * A real model that others trained, `@upscalerjs/default-model`: loaded, converted to explicit layers, run on its own
 * sample picture, and trained on, on wasm, where the built-in convolution cannot train.
 */
import {mkdirSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor3D, Tensor4D} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {models} from '../../src';
import {startBackend} from '../shared/backend';
import {lineChart} from '../shared/chart';
import {breathe, listenForInterrupt} from '../shared/interrupt';
import type {Interrupt} from '../shared/interrupt';
import {readPng, writePng} from '../shared/png';
import {startProgress} from '../shared/progress';
import {seededRandom} from '../shared/random';
import {wrapped} from '../shared/table';
import {pretrainedFlags} from './flags';
import type {PretrainedFlags} from './flags';

const say = (text: string) => console.log(text);
const note = (text: string) => console.error(text);

/** Relative to the largest value: more than this between the two models' pictures is a failure. */
const TOLERANCE = 1e-5;
const LEARNING_RATE = 1e-5;

/** @returns the exit code */
async function main(args: string[]): Promise<number> {
  const flags = pretrainedFlags(args);
  if (typeof flags === 'number') return flags;
  const interrupt = listenForInterrupt(note);
  const backend = await startBackend(flags.backend, note);
  const folder = packageFolder('@upscalerjs/default-model');
  const original = await models.load(path.join(folder, 'models', 'model.json'));
  const converted = models.toExplicit(original);
  const {converted: replaced, kept} = models.conversionReport(converted);
  say(wrapped(`@upscalerjs/default-model on ${backend.title}: ${original.layers.length} layers, ` +
      `${original.countParams()} parameters. ${replaced.length} layers are explicit now; these stay: ` +
      `${[...new Set(kept.map(({className}) => className))].join(', ')}.`));

  const sample = readPng(path.join(folder, 'assets', 'fixture.png'));
  const before = enlarge(converted, sample);
  const difference = largestDifference(enlarge(original, sample), before);
  say(wrapped(`Its sample picture, ${sizeOf(sample)} to ${sizeOf(before)}: the two models differ by ` +
      `${difference.toExponential(1)} of the largest value.`));

  const [small, large] = [shrink(sample), sample];
  const qualityBefore = quality(enlarge(converted, small), large);
  const losses = await trainOn(converted, small, large, flags, interrupt);
  const qualityAfter = quality(enlarge(converted, small), large);
  say(wrapped(`Trained for ${losses.length} steps to bring back the picture from one of half its size: loss ` +
      `${losses[0]!.toFixed(1)} to ${losses.at(-1)!.toFixed(1)}; the whole picture ${qualityBefore.toFixed(2)} dB before, ` +
      `${qualityAfter.toFixed(2)} dB after (peak signal to noise).`));
  const refusal = await whyOriginalCannotTrain(original, small, large, flags);
  say(wrapped(refusal ? `The original cannot train here: ${refusal}.` : 'The original can train on this backend too.'));

  mkdirSync(flags.out, {recursive: true});
  const pictures: [string, Tensor3D][] = [
    ['sample.png', sample], ['pretrained.png', before], ['half.png', small],
    ['half_trained.png', enlarge(converted, small)], ['trained.png', enlarge(converted, sample)],
  ];
  for (const [name, picture] of pictures) await writePng(path.join(flags.out, name), picture);
  await writeFile(path.join(flags.out, 'loss.svg'), await lineChart(
      [{name: 'explicit layers', x: losses.map((_, i) => i), y: losses}],
      {title: 'A pre-trained model trained on', subtitle: backend.title, xTitle: 'step', yTitle: 'mean squared error'}));
  say(`Pictures: ${[...pictures.map(([name]) => name), 'loss.svg'].map((name) => path.join(flags.out, name)).join('  ')}`);
  if (difference > TOLERANCE) note(`FAILED: the converted model's picture differs by more than ${TOLERANCE}.`);
  return interrupt.signal.aborted ? interrupt.exitCode() : difference > TOLERANCE ? 1 : 0;
}

/** Where a package lies, whose package.json is not among its exports. */
function packageFolder(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  return entry.slice(0, entry.lastIndexOf(path.normalize(name)) + name.length);
}

/** The model's picture of a picture. */
function enlarge(model: LayersModel, picture: Tensor3D): Tensor3D {
  return tf.tidy(() => tf.squeeze(model.predict(tf.expandDims(picture)) as Tensor4D, [0]));
}

/** The mean of each 2x2 pixels. */
function shrink(picture: Tensor3D): Tensor3D {
  return tf.tidy(() => tf.avgPool(picture, 2, 2, 'valid'));
}

function largestDifference(a: Tensor3D, b: Tensor3D): number {
  return tf.tidy(() => tf.div(tf.max(tf.abs(tf.sub(a, b))), tf.max(tf.abs(a))).dataSync()[0]!);
}

/** Peak signal to noise in decibels, of values from 0 to 255. */
function quality(actual: Tensor3D, wanted: Tensor3D): number {
  const error = tf.tidy(() => tf.mean(tf.squaredDifference(tf.clipByValue(actual, 0, 255), wanted)).dataSync()[0]!);
  return 10 * Math.log10(255 ** 2 / error);
}

/** Crops of the small picture with the same places of the large one. */
function cropsOf(small: Tensor3D, large: Tensor3D, {crop, batch}: PretrainedFlags, random: () => number): [Tensor4D, Tensor4D] {
  const [height, width] = small.shape;
  const places = Array.from({length: batch}, () =>
    [height, width].map((size) => Math.floor(random() * (size - crop + 1))) as [number, number]);
  const cut = (picture: Tensor3D, scale: number) => tf.tidy(() => tf.stack(places.map(([y, x]) =>
    tf.slice(picture, [scale * y, scale * x, 0], [scale * crop, scale * crop, 3]))) as Tensor4D);
  return [cut(small, 1), cut(large, 2)];
}

async function trainOn(
    model: LayersModel, small: Tensor3D, large: Tensor3D, flags: PretrainedFlags, {signal}: Interrupt): Promise<number[]> {
  model.compile({optimizer: tf.train.adam(LEARNING_RATE), loss: 'meanSquaredError'});
  const random = seededRandom(flags.seed);
  const losses: number[] = [];
  const progress = startProgress('Training');
  try {
    while (losses.length < flags.steps && !signal.aborted) {
      const [x, y] = cropsOf(small, large, flags, random);
      losses.push(await model.trainOnBatch(x, y) as number);
      tf.dispose([x, y]);
      progress.update(losses.length, flags.steps, `loss ${losses.at(-1)!.toFixed(1)}`);
      await breathe();
    }
  } finally {
    progress.stop();
  }
  return losses;
}

/** What the built-in layers say to one training step; null where they take it. */
async function whyOriginalCannotTrain(
    model: LayersModel, small: Tensor3D, large: Tensor3D, flags: PretrainedFlags): Promise<string | null> {
  model.compile({optimizer: tf.train.adam(LEARNING_RATE), loss: 'meanSquaredError'});
  const [x, y] = cropsOf(small, large, {...flags, batch: 1}, seededRandom(flags.seed));
  try {
    await model.trainOnBatch(x, y);
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    tf.dispose([x, y]);
  }
}

function sizeOf({shape: [height, width]}: Tensor3D): string {
  return `${width}x${height}`;
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
}, (error) => {
  note(error instanceof Error ? error.stack ?? error.message : String(error));
  process.exitCode = 1;
});
