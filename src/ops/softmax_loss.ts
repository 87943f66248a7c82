import * as tf from '@tensorflow/tfjs-core';
import type {Scalar, Tensor, Tensor1D, Tensor2D, TensorLike} from '@tensorflow/tfjs-core';

import {kernels, readsAtOnce} from '../backends';
import {explicitOp, isRecording} from '../explicit_op';
import type {ExplicitOp} from '../explicit_op';
import {choice} from '../options';
import type {OptionTable} from '../options';
import {checkTensor, checkUsable, show, showShape} from '../validate';
import {oneHotRows} from './one_hot_rows';
import {defineOp} from './record';
import type {ForwardCache} from './record';

/** Options of {@link softmaxLoss}. */
export interface SoftmaxLossOptions {
  /** 'mean' (the default): one number; 'none': the loss of each row, [N]. */
  reduction?: 'mean' | 'none';
}

/** Names, defaults and checks of {@link SoftmaxLossOptions}. */
export const softmaxLossOptions = {
  reduction: choice(['mean', 'none'], 'mean'),
} satisfies OptionTable<SoftmaxLossOptions>;

type Settings = {reduction: 'mean' | 'none'};

/** What {@link softmaxLossForward} leaves for {@link softmaxLossBackward}. */
export interface SoftmaxLossCache extends ForwardCache<Settings> {
  /** The scores. */
  x: Tensor2D;
  /** Classes [N], int32, or weights [N, C], float32. */
  labels: Tensor;
  /** Gradient of each row's loss by its scores, [N, C]; off the tape. */
  gradient: Tensor2D;
}

/**
 * Softmax and cross-entropy in one: `loss = mean over rows of -log P[label]`, P = exp(x) / sum(exp(x)), computed
 * through log-sum-exp, so that scores of +-1e4 stay finite.
 *
 * Backward: `dx = (P - onehot) / N`; for rows of weights y `dx = (P sum(y) - y) / N`. Labels get no gradient.
 *
 * *Shape*
 * - scores: [N, C], float32
 * - labels: [N], or [N, 1] when C > 1: classes, int32 or whole float32; or [N, C]: one-hot rows or weights, any dtype
 * - out: a scalar, or [N] with `reduction: 'none'`
 *
 * @throws On wrong ranks, label counts or dtypes, classes outside 0 .. C - 1 (on webgl and webgpu, where reading them
 * would stall the device, such a row's loss is NaN instead), an unknown option.
 *
 * Source: the course notes (docs/from_the_notes.md), `softmax_loss`.
 *
 * ```js
 * const loss = ops.softmaxLoss(tf.tensor2d([[2, 1, 0]]), tf.tensor1d([0], 'int32'));
 * loss.print();  // 0.4076
 * ```
 */
export function softmaxLoss(
    scores: Tensor | TensorLike, labels: Tensor | TensorLike, options: SoftmaxLossOptions = {}): Scalar | Tensor1D {
  return crossEntropy.call({x: scores, labels}, options) as Scalar | Tensor1D;
}

/** The mean of [N], by the kernel whose sums keep their digits; tfjs's own adds in one float on wasm. */
function meanOf(losses: Tensor1D): Scalar {
  const [rows] = losses.shape;
  return tf.div(tf.reshape(kernels().columnSum(tf.reshape(losses, [rows, 1])), []), rows) as Scalar;
}

/** loss_i = sum_j y_ij (log sum_k exp(x_ik) - x_ij), and their mean; gradient of the row P sum(y) - y. */
export const crossEntropy =
    defineOp<{x: Tensor2D, labels: Tensor}, typeof softmaxLossOptions, Settings, {gradient: Tensor2D}>({
  name: 'softmaxLoss',
  inputs: ['x', 'labels'],
  options: softmaxLossOptions,
  settle: ({x, labels}, settings, op) => {
    const scores = checkTensor<Tensor2D>(op, 'scores', x, [2], '[N, C]');
    if (labels instanceof tf.Tensor) checkUsable(op, 'labels', labels);
    const given = labels instanceof tf.Tensor ? labels : checkTensor(op, 'labels', labels);
    return {inputs: {x: scores, labels: checkLabels(op, given, scores.shape)}, settings};
  },
  forward: ({x, labels}, {reduction}) => {
    const {losses, gradient} = rowLosses(x, labels);
    return {out: reduction === 'mean' ? meanOf(losses) : losses, cache: {gradient}};
  },
  backward: {x: (dout, {x, labels}, {gradient}) => scoresGradient(dout, x, labels, gradient)},
});

/**
 * The loss of each row and its gradient by the scores: sum_j y_j (log sum exp(x) - x_j) and P sum(y) - y. A class out of
 * range has no y and gives NaN.
 */
export function rowLosses(scores: Tensor2D, labels: Tensor): {losses: Tensor1D, gradient: Tensor2D} {
  const own = kernels().softmaxLoss?.(scores, labels);
  if (own) return own;
  const y = weights(labels, scores.shape[1]);
  const shifted = tf.sub(scores, tf.max(scores, 1, true));
  const exps = tf.exp(shifted);
  const total = tf.sum(exps, 1, true);
  const terms = tf.mul(y, tf.sub(tf.log(total), shifted));
  const losses = tf.sum(tf.where(tf.equal(y, 0), tf.zerosLike(terms), terms), 1) as Tensor1D;
  const weight = tf.sum(y, 1, true);
  const gradient = tf.sub(tf.mul(tf.div(exps, total), weight), y) as Tensor2D;
  if (labels.rank === 2) return {losses, gradient};
  const missing = tf.equal(tf.squeeze(weight, [1]), 0);
  return {losses: tf.where(missing, tf.fill(losses.shape, NaN), losses), gradient};
}

/** dx = dout_i (P_i sum(y_i) - y_i), dout_i = dout / N for the mean; recorded, P comes from the scores. */
function scoresGradient(dout: Tensor, scores: Tensor2D, labels: Tensor, gradient: Tensor2D): Tensor2D {
  const perRow = dout.rank === 0 ? tf.div(dout, scores.shape[0]) : tf.reshape(dout, [-1, 1]);
  if (!isRecording()) return tf.mul(gradient, perRow) as Tensor2D;
  const y = weights(labels, scores.shape[1]);
  return tf.mul(tf.sub(tf.mul(softmax({x: scores}), tf.sum(y, 1, true)), y), perRow) as Tensor2D;
}

/** Labels as weights [N, C]. */
function weights(labels: Tensor, classes: number): Tensor2D {
  return labels.rank === 2 ? labels as Tensor2D : oneHotRows(tf.reshape(labels, [-1, 1]), classes);
}

/** P = exp(x) / sum(exp(x)), with dx = P (dout - sum(dout P)), where P is made again so that it can be differentiated. */
const softmax: ExplicitOp<{x: Tensor}> = explicitOp<{x: Tensor}>({
  name: 'softmax',
  forward: ({x}) => ({out: tf.softmax(x)}),
  backward: {
    x: (dout, {x}) => {
      const p = softmax({x});
      return tf.mul(p, tf.sub(dout, tf.sum(tf.mul(dout, p), -1, true)));
    },
  },
});

/**
 * The forward half of {@link softmaxLoss}, mean over the rows; `cache` goes to {@link softmaxLossBackward}.
 * @returns `out`, a scalar, and `cache`.
 */
export function softmaxLossForward(scores: Tensor | TensorLike, labels: Tensor | TensorLike):
    {out: Scalar, cache: SoftmaxLossCache} {
  return crossEntropy.forward({x: scores, labels}, {}) as {out: Scalar, cache: SoftmaxLossCache};
}

/**
 * The backward half of {@link softmaxLoss}: dx = dout (P - onehot) / N, for weights y dout (P sum(y) - y) / N.
 * @param dout A scalar.
 * @returns dx in the shape of the scores.
 */
export function softmaxLossBackward(dout: Tensor, cache: SoftmaxLossCache): {dx: Tensor2D} {
  return crossEntropy.backward(dout, cache) as {dx: Tensor2D};
}

function checkLabels(op: string, labels: Tensor, [rows, classes]: [number, number]): Tensor {
  const {shape} = labels;
  if (!['int32', 'float32', 'bool'].includes(labels.dtype)) {
    throw new Error(`${op}: labels must be int32, float32 or bool. Got ${show(labels)}. Cast them.`);
  }
  if (labels.rank === 2 && shape[0] === rows && shape[1] === classes) {
    return labels.dtype === 'float32' ? labels : tf.cast(labels, 'float32');
  }
  const isClasses = shape[0] === rows && (labels.rank === 1 || (labels.rank === 2 && shape[1] === 1));
  if (!isClasses) {
    throw new Error(`${op}: labels must be [${rows}] classes or [${rows},${classes}] weights for scores ` +
        `[${rows},${classes}]. Got ${showShape(shape)}. Pass a label for each row.`);
  }
  if (labels.dtype === 'bool') throw new Error(`${op}: classes must be int32 or whole float32. Got ${show(labels)}. Cast them.`);
  const flat = tf.reshape(labels, [rows]);
  if (readsAtOnce()) checkClasses(op, flat, classes);
  if (labels.dtype === 'int32') return flat;
  // Unread labels that are not whole name no class.
  const named = readsAtOnce() ? flat : tf.where(tf.equal(flat, tf.floor(flat)), flat, tf.fill([rows], -1));
  return tf.cast(named, 'int32');
}

/** Refuses labels that name no class; reads them. */
export function checkClasses(op: string, labels: Tensor, classes: number): void {
  const values = labels.dataSync();
  const row = values.findIndex(value => !(Number.isInteger(value) && value >= 0 && value < classes));
  if (row >= 0) {
    throw new Error(`${op}: labels must be whole numbers from 0 to ${classes - 1}, one of ${classes} classes. ` +
        `Got ${values[row]} in row ${row}. Number the classes from 0.`);
  }
}
