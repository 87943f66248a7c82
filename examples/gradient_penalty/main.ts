/**
 * WGAN-GP on real MNIST digits: training that differentiates a gradient.
 */
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor4D} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {models} from '../../src';
import {startBackend} from '../shared/backend';
import {batchesOf, batchOf} from '../shared/images';
import type {ImageSet} from '../shared/images';
import {breathe, listenForInterrupt} from '../shared/interrupt';
import {loadMnist} from '../shared/mnist';
import {startProgress} from '../shared/progress';
import {seededRandom, shuffled} from '../shared/random';
import {median, smoothed} from '../shared/statistics';
import {wrapText} from '../../src/text_table';
import {penaltyFlags} from './flags';
import type {PenaltyFlags} from './flags';
import {makeCritic, makeGenerator} from './models';
import type {Generator} from './models';
import {drawImages, drawLosses} from './picture';
import {gradientPenalty, noise, trainable, trainCritic, trainGenerator} from './train';
import type {CriticStep} from './train';

const LEARNING_RATE = 5e-4;
const SHOWN_IMAGES = 32;

const say = (text: string) => console.log(text);
const note = (text: string) => console.error(text);

/** @returns the exit code */
async function main(args: string[]): Promise<number> {
  const flags = penaltyFlags(args);
  if (typeof flags === 'number') return flags;
  const interrupt = listenForInterrupt(note);
  const backend = await startBackend(flags.backend, note);
  const images = loadMnist('train', flags.images);
  const critic = makeCritic(flags.seed);
  const generator = makeGenerator(flags.seed);
  say(`MNIST: ${images.size} images, batches of ${flags.batch}; backend ${backend.title}`);
  say(wrapText(`The same critic of built-in layers: ${builtInAttempt(critic)}`));

  const start = performance.now();
  const steps = await train(critic, generator, images, flags, interrupt.signal);
  if (interrupt.signal.aborted) {
    say(`Stopped after ${steps.length} steps of the critic; no picture was drawn.`);
    return interrupt.exitCode();
  }
  const seconds = (performance.now() - start) / 1000;
  const picture = await drawLosses(steps, flags.out, `${images.size} images, backend ${backend.title}`);
  const drawn = await drawImages(await sampleOf(generator, flags.seed), SHOWN_IMAGES, flags.out);
  const last = steps.slice(-20);
  const lastMedian = (value: (step: CriticStep) => number) => median(last.map(value));
  say(`${steps.length} steps of the critic and ${flags.steps} of the generator in ${seconds.toFixed(0)} s`);
  say(`At the end: distance ${lastMedian(s => s.distance).toFixed(3)}, gradient off 1 by ` +
      `${Math.sqrt(lastMedian(s => s.penalty)).toFixed(3)} (root of the penalty)`);
  say(`Losses: ${picture}   Images: ${drawn}`);
  const failure = failureOf(steps);
  if (failure) note(`FAILED: ${failure}`);
  return failure ? 1 : 0;
}

/** What happens when the built-in layers are asked for the gradient of the penalty. */
function builtInAttempt(critic: LayersModel): string {
  const twin = models.toBuiltIn(critic);
  try {
    tf.tidy(() => {
      const x = tf.randomNormal([2, 28, 28, 1]) as Tensor4D;
      const loss = () => gradientPenalty(images => twin.apply(images) as tf.Tensor, x);
      tf.variableGrads(loss, trainable(twin));
    });
    return 'it can be trained too.';
  } catch (error) {
    return `"${(error as Error).message}" Continuing with the explicit ones.`;
  } finally {
    twin.dispose();
  }
}

async function train(
    critic: LayersModel, generator: Generator, images: ImageSet, flags: PenaltyFlags,
    signal: AbortSignal): Promise<CriticStep[]> {
  const random = seededRandom(flags.seed);
  const optimizer = () => tf.train.adam(LEARNING_RATE, 0.5, 0.9);
  const [ofCritic, ofGenerator] = [optimizer(), optimizer()];
  const batches: Uint32Array[] = [];
  const steps: CriticStep[] = [];
  const bar = startProgress('Training');
  try {
    for (let step = 0; step < flags.steps; step++) {
      for (let k = 0; k < flags.criticSteps; k++) {
        if (batches.length === 0) batches.push(...batchesOf(shuffled(images.size, random), flags.batch));
        const {x, y} = batchOf(images, batches.pop()!);
        const real = tf.tidy(() => tf.sub(tf.mul(x, 2), 1) as Tensor4D);
        steps.push(await trainCritic(critic, generator, ofCritic, real, flags.seed + steps.length));
        tf.dispose([x, y, real]);
        await breathe();
        if (signal.aborted) return steps;
      }
      trainGenerator(critic, generator, ofGenerator, flags.batch, flags.seed + 1_000_000 + step);
      bar.update(step + 1, flags.steps, `distance ${steps.at(-1)!.distance.toFixed(2)}`);
    }
    return steps;
  } finally {
    bar.stop();
  }
}

async function sampleOf(generator: Generator, seed: number): Promise<Float32Array> {
  const images = tf.tidy(() => generator.images(noise(SHOWN_IMAGES, seed)));
  try {
    return await images.data() as Float32Array;
  } finally {
    images.dispose();
  }
}

/** What a run that worked cannot show: a loss that is not finite, a penalty that the critic does not learn to avoid. */
function failureOf(steps: readonly CriticStep[]): string | null {
  if (!steps.every(({distance, penalty}) => Number.isFinite(distance) && Number.isFinite(penalty))) {
    return 'a loss is not finite.';
  }
  if (steps.length < 100) return null;
  const penalties = smoothed(steps.map(({penalty}) => penalty), 5);
  return penalties.at(-1)! < penalties[0]! ? null :
      `the penalty did not fall: ${penalties[0]!.toFixed(3)} at the start, ${penalties.at(-1)!.toFixed(3)} at the end.`;
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
}, (error) => {
  note(error instanceof Error ? error.stack ?? error.message : String(error));
  process.exitCode = 1;
});
