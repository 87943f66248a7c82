/**
 * A backward rule of your own, through the public `explicitOp`: guided ReLU on MNIST, and what the gradient check says
 * of a rule that is not the derivative.
 */
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type {Sequential} from '@tensorflow/tfjs-layers';

import {checks, ops} from '../../src';
import {startBackend} from '../shared/backend';
import {batchOf} from '../shared/images';
import {listenForInterrupt} from '../shared/interrupt';
import {loadMnist} from '../shared/mnist';
import {writeSvg} from '../shared/png';
import {startProgress} from '../shared/progress';
import {runExample} from '../shared/run';
import {wrapText} from '../../src/text_table';
import {ruleFlags} from './flags';
import type {RuleFlags} from './flags';
import {guidedRelu, GuidedReLU} from './guided_relu';
import {makeNet, train} from './model';
import {COLUMNS, onInk, picture, saliency} from './saliency';

const say = (text: string) => console.log(text);
const note = (text: string) => console.error(text);

/** @returns the exit code */
async function main(args: string[]): Promise<number> {
  const flags = ruleFlags(args);
  if (typeof flags === 'number') return flags;
  const interrupt = listenForInterrupt(note);
  const backend = await startBackend(flags.backend, note);
  say(wrapText(`MNIST: ${flags.images} images to learn from; backend ${backend.title}`));
  const net = makeNet(flags.seed);
  try {
    await learn(net, flags, interrupt.signal);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    say('Stopped in the training; no picture was drawn.');
    return interrupt.exitCode();
  }
  await draw(net, flags);
  return check(flags.seed);
}

async function learn(net: Sequential, {images, seed}: RuleFlags, signal: AbortSignal): Promise<void> {
  const bar = startProgress('Training');
  try {
    await train(net, loadMnist('train', images), seed, signal, (done, steps, loss) =>
      bar.update(done, steps, `loss ${loss.toFixed(3)}`));
  } finally {
    bar.stop();
  }
}

/** Draws the derivative of the class's score by the pixels, and what guided ReLU makes of it. */
async function draw(net: Sequential, {digits, seed, out}: RuleFlags): Promise<void> {
  const guided = makeNet(seed, (args) => new GuidedReLU(args));
  guided.setWeights(net.getWeights());
  const {x, y} = batchOf(loadMnist('test', digits), Uint32Array.from({length: digits}, (_, i) => i));
  const gradients = [net, guided].map((model) => saliency(model, x, y));
  const [plain, kept] = gradients.map((gradient) => onInk(gradient, x).toFixed(0));
  mkdirSync(out, {recursive: true});
  const file = path.join(out, 'saliency.svg');
  await writeSvg(file, picture(x, gradients), COLUMNS);
  say(`\n${wrapText('Each row: a digit, how the score of its class changes with the pixels, and the same with guided ' +
      `ReLU, for the same weights. On or next to the strokes lie ${plain} % of the derivative and ${kept} % of what ` +
      'the custom rule passes.')}\nPicture: ${file}\n`);
  tf.dispose([x, y, ...gradients]);
}

/** The check passes the derivative, and finds that guided ReLU has another rule. */
async function check(seed: number): Promise<number> {
  const x = tf.randomNormal([4, 5], 0, 1, 'float32', seed);
  const [relu, guided] = [await checks.gradCheck(ops.relu, x), await checks.gradCheck(guidedRelu, {x})];
  say(`The gradient check of ops.relu, whose rule is the derivative:\n${relu}\n`);
  say(`The same check of guidedRelu, whose rule deliberately is not the derivative:\n${guided}\n`);
  say(wrapText('Use such a rule to look into a net, not to train it.'));
  x.dispose();
  if (!relu.ok) note('FAILED: the check rejects the derivative of ReLU.');
  if (guided.ok) note('FAILED: the check takes guided ReLU for a derivative.');
  return relu.ok && !guided.ok ? 0 : 1;
}

runExample(main);
