import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel, Sequential} from '@tensorflow/tfjs-layers';

import {losses, models} from '../../src';
import {normal, randomLabels} from '../data';
import {applicationNet, IMAGE} from '../models';
import type {Application} from '../models';
import {builtInLoss, builtInNet, CLASSES, compiled, explicitNet} from '../nets';
import type {NetOptions} from '../nets';
import type {BenchCase, Side} from './case';
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
  graphPredict('MobileNetV2', 3),
  graphPredict('InceptionV3', 1.7),
  graphFit('MobileNetV2', 8, 3.5),
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

/** The scores of one image, ours as a graph beside tf.layers. */
function graphPredict(name: Application, target: number): BenchCase {
  return {
    name: `${name} predict as a graph`, backends: ['tensorflow'], rounds: {tensorflow: 4}, target: {tensorflow: target},
    make: () => {
      const {ours, builtIn} = bothNets(name);
      const x = normal<tf.Rank.R4>([1, IMAGE[name], IMAGE[name], 3], 1);
      const side = (net: LayersModel): Side => () => ({scores: net.predict(x) as tf.Tensor});
      return {ours: side(ours), builtIn: side(builtIn), dispose: () => {
        ours.dispose();
        builtIn.dispose();
        x.dispose();
      }};
    },
  };
}

/** A training step, ours as a graph beside tf.layers. */
function graphFit(name: Application, batch: number, target: number): BenchCase {
  return {
    name: `${name} as a graph, batch ${batch}`, backends: ['tensorflow'], rounds: {tensorflow: 4}, target: {tensorflow: target},
    make: () => {
      const {ours, builtIn} = bothNets(name);
      compiled(ours, losses.softmaxLoss);
      compiled(builtIn, builtInLoss);
      const x = normal<tf.Rank.R4>([batch, IMAGE[name], IMAGE[name], 3], 1);
      const y = randomLabels(batch, CLASSES, 2);
      const side = (net: LayersModel): Side => async () => ({loss: await net.trainOnBatch(x, y) as number});
      return {ours: side(ours), builtIn: side(builtIn), dispose: () => {
        for (const net of [ours, builtIn]) disposeNet(net);
        tf.dispose([x, y]);
      }};
    },
  };
}

function bothNets(name: Application): {ours: LayersModel, builtIn: LayersModel} {
  const builtIn = applicationNet(name);
  return {ours: models.runAsGraph(models.toExplicit(builtIn)), builtIn};
}
