import type {Tensor, Tensor1D} from '@tensorflow/tfjs-core';

import {crossEntropy, softmaxLossOptions} from '../ops/softmax_loss';
import {readOptions} from '../options';
import {overPositions} from './positions';

/**
 * The softmax loss for `model.compile`: of each example the cross-entropy of its scores, with log-sum-exp inside, so
 * the last layer needs no softmax activation. Their mean, which tfjs takes, is the notes' loss; a loss function that
 * took the mean itself would silently make `classWeight` wrong.
 *
 * *Shape*
 * - yTrue: one-hot or other weights [N, ..., C]; where tfjs accepts them (`fitDataset`, your own loop) also
 *   classes [N, ...] or [N, ..., 1]
 * - yPred: scores [N, C], or of each position [N, ..., C]: pixels, steps of a sequence
 * - result: [N], for each example the mean over its positions
 *
 * @throws As `ops.softmaxLoss`. tfjs itself refuses whole-number targets in `fit`, `evaluate` and `trainOnBatch`;
 * `losses.oneHot` converts them.
 *
 * ```js
 * model.compile({optimizer: 'sgd', loss: losses.softmaxLoss, metrics: ['accuracy']});
 * await model.fit(x, losses.oneHot(labels, 10));
 * ```
 */
export function softmaxLoss(yTrue: Tensor, yPred: Tensor): Tensor1D {
  return overPositions('softmaxLoss', yTrue, yPred, (labels, scores) =>
    crossEntropy.callChecked({x: scores, labels}, perRow) as Tensor1D);
}

const perRow = readOptions('softmaxLoss', softmaxLossOptions, {reduction: 'none'});
