import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D} from '@tensorflow/tfjs-core';

import {tidy} from '../tidy';
import {show, showShape} from '../validate';
import {overPositions} from './positions';

/**
 * The metric for whole-number labels: 1 where the largest score is the label's, else 0; tfjs takes the mean.
 * ('accuracy' silently reads such labels as one-hot rows.) Of one-hot labels or probabilities the largest counts.
 *
 * *Shape*
 * - yTrue: classes [N, ...], or [N, ..., 1] when C > 1; or one-hot [N, ..., C]
 * - yPred: scores or probabilities [N, C], or of each position [N, ..., C]
 * - result: [N], float32, for each example the mean over its positions
 *
 * @throws If the shapes do not fit.
 *
 * ```js
 * model.compile({optimizer: 'sgd', loss: losses.softmaxLoss, metrics: [losses.accuracy]});
 * await model.fitDataset(batchesWithIntegerLabels, {epochs: 1});
 * ```
 */
export function accuracy(yTrue: Tensor, yPred: Tensor): Tensor1D {
  return tidy(() => {
    if (!(yTrue instanceof tf.Tensor) || !(yPred instanceof tf.Tensor) || yPred.rank < 2) {
      throw new Error('accuracy: yTrue and yPred must be tensors, yPred [N, ..., C]. ' +
          `Got ${show(yTrue)} and ${show(yPred)}. Pass the labels first.`);
    }
    return overPositions('accuracy', yTrue, yPred, (given, scores) => {
      const labels = classesOf(given, scores.shape as [number, number]);
      return tf.cast(tf.equal(labels, tf.cast(tf.argMax(scores, 1), labels.dtype)), 'float32') as Tensor1D;
    });
  });
}
// A minifier renames the function, and tfjs writes its name into the logs.
Object.defineProperty(accuracy, 'name', {value: 'accuracy'});

function classesOf(yTrue: Tensor, [rows, classes]: [number, number]): Tensor1D {
  if (yTrue.rank === 2 && yTrue.shape[0] === rows && yTrue.shape[1] === classes) {
    return tf.argMax(yTrue.dtype === 'bool' ? tf.cast(yTrue, 'int32') : yTrue, 1) as Tensor1D;
  }
  if (yTrue.shape[0] !== rows || yTrue.size !== rows || yTrue.rank > 2) {
    throw new Error(`accuracy: yTrue must be [${rows}] classes or [${rows},${classes}] rows for yPred ` +
        `[${rows},${classes}]. Got ${showShape(yTrue.shape)}. Give one label per example.`);
  }
  return tf.reshape(yTrue, [rows]);
}
