import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {transfer} from 'comlink';

import {batchOf} from '../../../examples/shared/images';
import type {ImageSet} from '../../../examples/shared/images';
import {missingBackends} from '../../shared/backend_names';
import type {Backend} from '../../shared/backend_names';
import {startBackend} from '../../shared/backends';
import {backprop, deadUnits, guessOf, lossOf} from './backprop';
import {Batches} from './batches';
import type {Handover, Loaded, Report, Sample, Saved, Settings, View} from './contract';
import {fetchDigits} from './digits';
import type {Digits} from './digits';
import {explained} from './explain';
import {fetchKept, keep, kept} from './keep';
import {makeNet, readKernels, readWeights, writeWeights} from './net';
import {breathe, oneAtATime} from './one_at_a_time';
import {Cadence, Pace} from './pace';
import {testNet} from './test_net';

const LIVE_TEST = {images: 500, ms: 1000};

/** So many test images tell whether a unit is dead. */
const DEAD_OF = 64;

/** The net, its backend and the images that it learns from: in a worker, or in the page where it must be. */
export class Session {
  private readonly queue = oneAtATime();
  /** Awaited, as what it tells may come over a channel of its own, later than the answer that speaks of it. */
  private report: (report: Report) => unknown = () => {};
  private digits!: Digits;
  private settings!: Settings;
  private net: LayersModel | null = null;
  private batches!: Batches;
  private sample: Sample = {test: 0};
  /** Whether somebody looks at the backward pass; of a drawing the class that it is about. */
  private explains = false;
  private drawnLabel: number | null = null;
  private seed = 1;
  private step = 0;
  /** The run that goes on; another, or none, ends it. */
  private run: object | null = null;

  missingBackends(): Promise<Backend[]> {
    return missingBackends();
  }

  /** Fetches the images; comes before everything else. */
  async open(digits: string, report: (report: Report) => unknown): Promise<void> {
    this.report = report;
    this.digits = await fetchDigits(digits);
    this.batches = new Batches(this.digits.train, this.seed);
  }

  /** Takes up settings. Weights come along to another backend and to another kind of layers. */
  configure(settings: Settings, from: Handover | null = null): Promise<void> {
    return this.queue(async () => {
      const before = this.settings;
      if (this.net && before.backend === settings.backend && before.kind === settings.kind) {
        this.settings = settings;
        return;
      }
      const {step, seed, weights} = from ?? await this.handOver();
      await this.start(settings.backend, before?.backend);
      this.settings = settings;
      this.seed = seed;
      this.use(makeNet(settings.kind, this.seed, settings.learningRate), step);
      if (weights) writeWeights(this.net!, weights);
      await this.look();
    });
  }

  /** What another session needs to go on with this net. */
  async handOver(): Promise<Handover> {
    return {step: this.step, seed: this.seed, weights: this.net && await readWeights(this.net)};
  }

  /** A net that has learnt nothing: with the weights of a seed, by default of the next one. */
  reset(seed = this.seed + 1): Promise<number> {
    return this.queue(async () => {
      this.seed = seed;
      this.batches = new Batches(this.digits.train, this.seed);
      this.use(makeNet(this.settings.kind, this.seed, this.settings.learningRate), 0);
      await this.look();
      return seed;
    });
  }

  /** Trains until `pause`, or until the net has had so many steps. */
  async train(until = Infinity): Promise<void> {
    const run = this.run = {};
    const goesOn = () => this.run === run && this.step < until;
    const [progress, views, tests] = [new Cadence(250), new Cadence(500), new Cadence(2000)];
    const pace = new Pace();
    const done: StepResult[] = [];
    try {
      while (goesOn()) {
        await this.queue(async () => {
          done.push(await this.trainOnce());
          pace.add(this.settings.batchSize, done.at(-1)!.ms);
          if (progress.due) await progress.run(() => this.tell(done.splice(0), pace));
          if (views.due) await views.run(() => this.look());
          if (tests.due) await tests.run(() => this.testSome(goesOn));
        });
        await breathe();
      }
    } finally {
      if (this.run === run) this.run = null;
      if (done.length > 0) await this.tell(done, pace);
    }
    await this.queue(() => this.look());
  }

  /** Ends `train` after the step that it is at. */
  pause(): Promise<void> {
    this.run = null;
    return this.queue(async () => {});
  }

  /** Trains on one batch, and tells what that changed. */
  trainStep(): Promise<void> {
    return this.queue(() => this.withImage(async (x, shown) => {
      const label = shown.label ?? this.drawnLabel ?? await guessOf(this.net!, x);
      const [before, kernels] = [await lossOf(this.net!, x, label), await readKernels(this.net!)];
      const pace = new Pace();
      const result = await this.trainOnce();
      pace.add(this.settings.batchSize, result.ms);
      await this.tell([result], pace);
      const [after, changed] = [await lossOf(this.net!, x, label), await readKernels(this.net!)];
      await this.report({
        type: 'change', step: this.step, label, loss: [before.loss, after.loss], probability: [before.probability,
          after.probability],
        kernels: kernels.map(({layer, shape, values}, i) => ({layer, shape, before: values, after: changed[i]!.values})),
      });
      await this.look();
    }));
  }

  /** Tells of the backward pass too, from now on or no more; `label` is the class of a drawing. */
  explain(on: boolean, label: number | null): Promise<void> {
    this.explains = on;
    this.drawnLabel = label;
    return on ? this.queue(() => this.look()) : Promise.resolve();
  }

  /** Tests with all images, and tells how it goes. */
  test(): Promise<void> {
    return this.queue(() => this.testWith(this.digits.test, () => true));
  }

  /** Shows the net an image, now and after each change. */
  show(sample: Sample): Promise<void> {
    this.sample = sample;
    return this.queue(() => this.look());
  }

  kept(): Promise<Saved | null> {
    return kept();
  }

  keep(): Promise<Saved> {
    return this.queue(() => keep(this.net!, this.step, this.settings.kind));
  }

  /** Puts the net that was kept in the place of this one. */
  load(): Promise<Loaded> {
    return this.queue(async () => {
      const {net, step, kind} = await fetchKept();
      this.settings = {...this.settings, kind};
      this.use(net, step);
      await this.look();
      return {step, kind};
    });
  }

  private async start(backend: Backend, before?: Backend): Promise<void> {
    if (backend === before) return;
    try {
      await startBackend(backend);
    } catch (error) {
      if (before) await startBackend(before);
      throw error;
    }
  }

  private use(net: LayersModel, step: number): void {
    this.net?.dispose();
    this.net?.optimizer.dispose();
    this.net = net;
    this.step = step;
  }

  private async trainOnce(): Promise<StepResult> {
    const {batchSize, learningRate} = this.settings;
    const {x, y} = this.batches.next(batchSize);
    try {
      (this.net!.optimizer as tf.MomentumOptimizer).setLearningRate(learningRate);
      const start = performance.now();
      const [loss, accuracy] = await this.net!.trainOnBatch(x, y) as [number, number];
      this.step++;
      return {loss, accuracy, ms: performance.now() - start};
    } catch (error) {
      throw explained(error, this.settings);
    } finally {
      tf.dispose([x, y]);
    }
  }

  private async tell(steps: StepResult[], {imagesPerSecond}: Pace): Promise<void> {
    await this.report({
      type: 'progress', step: this.step, imagesPerSecond,
      losses: steps.map(({loss}) => loss), accuracies: steps.map(({accuracy}) => accuracy),
    });
  }

  private async testSome(goesOn: () => boolean): Promise<void> {
    const end = performance.now() + LIVE_TEST.ms;
    const images = {...this.digits.test, size: LIVE_TEST.images};
    await this.testWith(images, () => goesOn() && performance.now() < end);
  }

  private testWith(images: ImageSet, goOn: () => boolean): Promise<void> {
    return testNet(this.net!, images, async (result) => {
      await this.report({type: 'tested', step: this.step, ...result});
      return goOn();
    });
  }

  private look(): Promise<void> {
    return this.withImage(async (x, shown) => {
      const probabilities = tf.tidy(() => tf.softmax(this.net!.predict(x) as tf.Tensor2D));
      try {
        await this.report({type: 'view', step: this.step, ...shown, probabilities: [...await probabilities.data()]});
      } finally {
        probabilities.dispose();
      }
      if (this.explains) await this.explainImage(x, shown.label ?? this.drawnLabel);
    });
  }

  private async explainImage(x: tf.Tensor4D, label: number | null): Promise<void> {
    const some = batchOf(this.digits.test, Array.from({length: DEAD_OF}, (_, i) => i));
    try {
      const pass = await backprop(this.net!, x, label);
      const dead = await deadUnits(this.net!, some.x);
      const layers = pass.layers.map((layer) => ({...layer, dead: dead[layer.name] ?? []}));
      const buffers = layers.flatMap(({out, dout, weights}) =>
        [out, dout, ...weights.flatMap(({values, gradient}) => [values, gradient])].map(({buffer}) => buffer as ArrayBuffer));
      await this.report(transfer({type: 'backprop', step: this.step, ...pass, layers, deadOf: DEAD_OF}, [...new Set(buffers)]));
    } catch (error) {
      this.explains = false;
      throw explained(error, this.settings);
    } finally {
      tf.dispose([some.x, some.y]);
    }
  }

  private async withImage(task: (x: tf.Tensor4D, shown: ReturnType<Session['shown']>) => Promise<void>): Promise<void> {
    const shown = this.shown();
    const x = tf.tensor4d(Float32Array.from(shown.image, (byte) => byte / 255), [1, 28, 28, 1]);
    try {
      await task(x, shown);
    } finally {
      x.dispose();
    }
  }

  private shown(): Pick<View, 'image' | 'test' | 'label'> {
    if ('drawn' in this.sample) return {image: this.sample.drawn, test: null, label: null};
    const {test} = this.sample;
    const {pixels, labels, height, width} = this.digits.test;
    return {image: pixels.slice(test * height * width, (test + 1) * height * width), test, label: labels[test]!};
  }
}

interface StepResult {
  loss: number;
  accuracy: number;
  ms: number;
}
