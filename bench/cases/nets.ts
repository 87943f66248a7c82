import * as tf from '@tensorflow/tfjs-core';
import type {Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';
import type {LayersModel, Sequential} from '@tensorflow/tfjs-layers';

import type {NodeBackend} from '../../examples/shared/backend';
import {normal, randomLabels} from '../data';
import {builtInNet, CLASSES, explicitNet, IMAGE_CHANNELS} from '../nets';
import type {NetOptions} from '../nets';
import {ALL} from './case';
import type {BenchCase, Side} from './case';

/** Training steps whose losses are compared before any is timed. */
const ROUNDS = {tensorflow: 20, wasm: 1, cpu: 20};

/** Different batches, taken in turn. */
const BATCHES = 4;

/** Images of a step: few on cpu, where the built-in layers take seconds for each. */
const batchSize = (backend: NodeBackend) => (backend === 'cpu' ? 4 : 64);
const comparedSize = (backend: NodeBackend) => (backend === 'cpu' ? 1 : 64);

/** Whole training steps, through `trainOnBatch`. */
export const netCases: readonly BenchCase[] = [
  step('Net S', {}, {target: {tensorflow: 1.7, cpu: 10}}),
  step('Net S+BN', {batchNorm: true}, {target: {tensorflow: 2.7, cpu: 10}}),
  step('Net S, relu as activation', {fusedActivation: true}, {backends: ['tensorflow'], target: {tensorflow: 1.7}}),
];

function step(name: string, options: NetOptions, rest: Partial<BenchCase>): BenchCase {
  return {
    name, backends: ALL, builtInThrows: ['wasm'], rounds: ROUNDS,
    make: (backend) => {
      const batchesOf = (size: number) => Array.from({length: BATCHES}, (_, i) => randomBatch(size, i));
      const batches = batchesOf(batchSize(backend));
      const compared = batchesOf(comparedSize(backend));
      const [ours, builtIn] = [explicitNet(options), builtInNet(options)];
      ours.setWeights(builtIn.getWeights());
      return {
        ours: stepSide(ours, batches),
        builtIn: stepSide(builtIn, batches),
        compared: {ours: stepSide(ours, compared), builtIn: stepSide(builtIn, compared)},
        dispose: () => {
          for (const net of [ours, builtIn]) disposeNet(net);
          tf.dispose([...batches, ...compared].flatMap(({x, y}) => [x, y]));
        },
      };
    },
    ...rest,
  };
}

/** Images and their classes. */
export interface Batch {
  x: Tensor4D;
  y: Tensor2D;
}

/** Random-normal images, where only zeros tie and ReLU stops those. */
export function randomBatch(size: number, seed: number, image = 32): Batch {
  return {
    x: normal<tf.Rank.R4>([size, image, image, IMAGE_CHANNELS], 100 + seed),
    y: randomLabels(size, CLASSES, 200 + seed),
  };
}

/** A training step on the batches in turn. */
export function stepSide(net: Sequential, batches: readonly Batch[]): Side {
  let done = 0;
  return async () => {
    const {x, y} = batches[done++ % batches.length]!;
    return {loss: await net.trainOnBatch(x, y) as number};
  };
}

/** Frees a net with its optimizer. */
export function disposeNet(net: LayersModel): void {
  net.optimizer.dispose();
  net.dispose();
}
