import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor2D} from '@tensorflow/tfjs-core';
import {layers, metrics} from '@tensorflow/tfjs-layers';

import * as ops from '../../src/ops';
import {normal, randomLabels} from '../data';
import {withGradients} from '../gradients';
import {ALL} from './case';
import type {BenchCase, Side} from './case';

/** The softmax loss of a batch and its gradient by the scores. */
export const lossCases: readonly BenchCase[] = [
  row('softmax loss [256,1000]', (scores, labels) => tf.losses.softmaxCrossEntropy(labels, scores)),
  // What a model has that ends in a softmax layer and is compiled with 'categoricalCrossentropy'.
  row('softmax layer and loss', (scores, labels) =>
    tf.mean(metrics.categoricalCrossentropy(labels, softmax.apply(scores) as Tensor))),
];

const softmax = layers.softmax();

function row(name: string, builtIn: (scores: Tensor2D, labels: Tensor2D) => Tensor): BenchCase {
  return {
    name, backends: ALL, target: {tensorflow: 1.8, wasm: 1, cpu: 1},
    make: () => {
      const scores = normal<tf.Rank.R2>([256, 1000], 1);
      const labels = randomLabels(256, 1000, 2);
      return {
        ours: lossSide(scores, (x) => ops.softmaxLoss(x, labels)),
        builtIn: lossSide(scores, (x) => builtIn(x, labels)),
        dispose: () => tf.dispose([scores, labels]),
      };
    },
  };
}

function lossSide(scores: Tensor2D, loss: (x: Tensor2D) => Tensor): Side {
  return () => {
    const {value, gradients} = withGradients((x) => loss(x as Tensor2D), [scores]);
    return {loss: value, 'gradient of the scores': gradients[0]!};
  };
}
