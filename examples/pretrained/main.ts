/**
 * A real model that others trained, a MobileNetV2: loaded, converted to explicit layers, compared, and fine-tuned as a whole
 * to read digits, on wasm, where the built-in layers cannot train.
 */
import {mkdirSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {models} from '../../src';
import {startBackend} from '../shared/backend';
import {lineChart} from '../shared/chart';
import type {ImageSet} from '../shared/images';
import {breathe, listenForInterrupt} from '../shared/interrupt';
import {loadMnist, MNIST_SIZES} from '../shared/mnist';
import {writeSvg} from '../shared/png';
import {startProgress} from '../shared/progress';
import {seededRandom} from '../shared/random';
import {runExample} from '../shared/run';
import {wrapText} from '../../src/text_table';
import {enlarged, readDigits, sheetOf} from './digits';
import {pretrainedFlags} from './flags';
import type {PretrainedFlags} from './flags';
import {digitNet, loadMobileNet} from './mobilenet';

const say = (text: string) => console.log(wrapText(text));
const note = (text: string) => console.error(text);

/** Relative to the largest score: more than this between the two models is a failure. */
const TOLERANCE = 1e-5;

/** @returns the exit code */
async function main(args: string[]): Promise<number> {
  const flags = pretrainedFlags(args);
  if (typeof flags === 'number') return flags;
  const {signal, exitCode} = listenForInterrupt(note);
  const backend = await startBackend(flags.backend, note);

  const original = await loadMobileNet();
  const converted = models.toExplicit(original);
  const {converted: replaced, kept} = models.conversionReport(converted);
  say(`A MobileNetV2 on ${backend.title}: ${original.layers.length} layers, ${original.countParams()} weights. ` +
    `${replaced.length} layers are explicit now; these stay: ${[...new Set(kept.map(({className}) => className))].join(', ')}.`);
  const difference = differenceOf(original, converted);
  say(`Both models' scores of one image differ by ${difference.toExponential(1)} of the largest.`);
  if (!(difference <= TOLERANCE)) {
    note(`FAILED: the converted model's scores differ by more than ${TOLERANCE}.`);
    return 1;
  }
  const refusal = await whyOriginalCannotTrain(original);
  say(refusal ? `The original cannot train here: ${refusal}.` : 'The original can train on this backend too.');

  const net = digitNet(converted, flags.side, flags.seed);
  const test = loadMnist('test', flags.test);
  const before = await readDigits(net, test, flags.side, signal);
  const steps = await train(net, loadMnist('train'), flags, signal);
  if (signal.aborted) return exitCode();
  const after = await readDigits(net, test, flags.side, signal);
  if (signal.aborted) return exitCode();
  say(`All layers fine-tuned for ${steps.length} steps of ${flags.batch} digits, ${flags.side}x${flags.side}: loss ` +
    `${steps[0]!.toFixed(2)} to ${steps.at(-1)!.toFixed(2)}. Of ${flags.test} unseen digits it reads ${percent(before)} before ` +
    `and ${percent(after)} after.`);

  mkdirSync(flags.out, {recursive: true});
  const files = ['digits.svg', 'loss.svg'].map((name) => path.join(flags.out, name));
  const pictures = tf.tidy(() => tf.concat([before, after].map((right) => sheetOf(test, right)), 1));
  const captions = [`before: ${percent(before)} right`, `after ${steps.length} steps: ${percent(after)} right`];
  await writeSvg(files[0]!, pictures, captions);
  await writeFile(files[1]!, await lineChart([{name: 'explicit layers', x: steps.map((_, i) => i + 1), y: steps}], {
    title: 'A pretrained MobileNetV2 learns digits', subtitle: `All layers, on ${backend.title}`, xTitle: 'training step',
    yTitle: 'softmax loss',
  }));
  say(`Pictures: ${files.join('  ')}`);
  return 0;
}

/** How far the scores of one random image are apart, in parts of the largest. */
function differenceOf(original: LayersModel, converted: LayersModel): number {
  return tf.tidy(() => {
    const image = tf.randomUniform([1, ...original.inputs[0]!.shape.slice(1) as number[]], -1, 1, 'float32', 1);
    const [wanted, found] = [original, converted].map((model) => model.predict(image) as Tensor);
    return tf.div(tf.max(tf.abs(tf.sub(wanted!, found!))), tf.max(tf.abs(wanted!))).dataSync()[0]!;
  });
}

/** What the built-in layers say to one training step; null where they take it. */
async function whyOriginalCannotTrain(original: LayersModel): Promise<string | null> {
  original.compile({optimizer: 'sgd', loss: 'categoricalCrossentropy'});
  const [x, y] = [original.inputs, original.outputs].map(([{shape}]) => tf.zeros([1, ...shape.slice(1) as number[]]));
  try {
    await original.trainOnBatch(x!, y!);
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    tf.dispose([x!, y!]);
  }
}

/** The loss of each step. */
async function train(
    net: LayersModel, digits: ImageSet, {steps, batch, side, seed}: PretrainedFlags, signal: AbortSignal): Promise<number[]> {
  const random = seededRandom(seed);
  const found: number[] = [];
  const progress = startProgress('Training');
  try {
    while (found.length < steps && !signal.aborted) {
      const indices = Array.from({length: batch}, () => Math.floor(random() * MNIST_SIZES.train));
      const {x, y} = enlarged(digits, indices, side);
      const [loss] = await net.trainOnBatch(x, y) as number[];
      tf.dispose([x, y]);
      found.push(loss!);
      progress.update(found.length, steps, `loss ${loss!.toFixed(2)}`);
      await breathe();
    }
  } finally {
    progress.stop();
  }
  return found;
}

function percent(right: readonly boolean[]): string {
  return `${(100 * right.filter(Boolean).length / right.length).toFixed(0)} %`;
}

runExample(main);
