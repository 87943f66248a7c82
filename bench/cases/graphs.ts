import * as tf from '@tensorflow/tfjs-core';
import type {Sequential} from '@tensorflow/tfjs-layers';

import {models} from '../../src';
import {builtInNet, explicitNet} from '../nets';
import type {NetOptions} from '../nets';
import type {BenchCase} from './case';
import {disposeNet, randomBatch, stepSide} from './nets';

const BATCH = 64;
const BATCHES = 4;
/** Training steps whose losses are compared before any is timed, the two that are recorded among them. */
const ROUNDS = {tensorflow: 20};

/** Training steps as TensorFlow graphs, beside those of the built-in layers and beside our own op by op. */
export const graphCases: readonly BenchCase[] = [
  graphStep('Net S as a graph', builtInNet, {}, 3),
  graphStep('Net S+BN as a graph', builtInNet, {batchNorm: true}, 4.5),
  graphStep('Graph beside op by op: Net S', explicitNet, {}, 1.4),
  graphStep('Graph beside op by op: Net S+BN', explicitNet, {batchNorm: true}, 1.3),
];

function graphStep(name: string, beside: (options: NetOptions) => Sequential, options: NetOptions, target: number): BenchCase {
  return {
    name, backends: ['tensorflow'], rounds: ROUNDS, target: {tensorflow: target},
    make: () => {
      const batches = Array.from({length: BATCHES}, (_, i) => randomBatch(BATCH, i));
      const [ours, other] = [models.runAsGraph(explicitNet(options)), beside(options)];
      ours.setWeights(other.getWeights());
      return {
        ours: stepSide(ours, batches), builtIn: stepSide(other, batches),
        dispose: () => {
          for (const net of [ours, other]) disposeNet(net);
          tf.dispose(batches.flatMap(({x, y}) => [x, y]));
        },
      };
    },
  };
}
