import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {affine} from '../../src/ops';
import {normal} from '../data';
import {builtInNet, explicitNet} from '../nets';
import type {BenchCase} from './case';
import {layerCases} from './layers';
import {disposeNet, netCases, randomBatch} from './nets';

const SIZE = 1024;
const BATCH = 64;

/** A plain product: what it gains from a thread is what the machine gives. */
export const PRODUCT = `product [${SIZE},${SIZE}]`;
export const STEP = 'Net S, training step';

const product: BenchCase = {
  name: PRODUCT, backends: ['wasm'],
  make: () => {
    const [a, b] = [normal<tf.Rank.R2>([SIZE, SIZE], 1), normal<tf.Rank.R2>([SIZE, SIZE], 2)];
    return {
      ours: () => ({out: affine(a, b, null)}),
      builtIn: () => ({out: tf.matMul(a, b)}),
      dispose: () => tf.dispose([a, b]),
    };
  },
};

const predict: BenchCase = {
  name: 'Net S, predict', backends: ['wasm'],
  make: () => {
    const [ours, builtIn] = [explicitNet(), builtInNet()];
    ours.setWeights(builtIn.getWeights());
    const {x, y} = randomBatch(BATCH, 0);
    return {
      ours: () => ({scores: ours.predictOnBatch(x) as Tensor}),
      builtIn: () => ({scores: builtIn.predictOnBatch(x) as Tensor}),
      dispose: () => {
        for (const net of [ours, builtIn]) disposeNet(net);
        tf.dispose([x, y]);
      },
    };
  },
};

/** What is measured in a page with several threads. The targets are those of two threads. */
export const threadCases: readonly BenchCase[] = [
  product,
  {...layerCases.find(({name}) => name === 'conv 3x3, forward')!, target: {wasm: 1.1}},
  {...predict, target: {wasm: 1.1}},
  {...netCases.find(({name}) => name === 'Net S')!, name: STEP},
];
