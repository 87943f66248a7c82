/**
 * Softmax followed by the cross-entropy loss, from the scores. With P[n, c] = exp(x[n, c]) / sum_k exp(x[n, k]),
 *
 *     loss = -1/N sum over n of log P[n, y[n]]
 *     dx = (P - onehot(y)) / N
 *
 * and for rows of weights y[n, c] (a one-hot row is the case above)
 *
 *     loss = -1/N sum over n, c of y[n, c] * log P[n, c]
 *     dx = (P * sum_c y - y) / N
 *
 * log P is never taken of a P that underflowed: log P[n, c] = x[n, c] - logsumexp(x[n]), and the log-sum-exp
 * subtracts the row's largest score first, so scores of +-1e4 give a finite loss. A single class has loss 0.
 *
 * *Shape*: x [N, C]; y N labels from 0 to C - 1 (or an array [N], or [N, 1] when C > 1), or an array [N, C] of
 * weights; dx [N, C].
 *
 * Source: the course notes (docs/from_the_notes.md), `softmax_loss`.
 */
import {checkArray, show, zeros} from './array';
import type {ReferenceArray} from './array';

/** Classes as whole numbers, or an array of classes [N], [N, 1] or of weights [N, C]. */
export type Labels = ArrayLike<number> | ReferenceArray;

/**
 * The loss, averaged over the N rows, and its gradient by the scores.
 *
 * Throws when x is not [N, C], y is of the wrong length or shape, or a class is not a whole number in 0 .. C - 1.
 *
 * ```ts
 * const {loss, dx} = softmaxLoss(array([2, 3], [1, 2, 3, 0, 0, 0]), [2, 0]);
 * ```
 */
export function softmaxLoss(x: ReferenceArray, y: Labels): {loss: number; dx: ReferenceArray} {
  const name = 'softmaxLoss';
  checkArray(name, 'x', x, 2, '[N, C]');
  const [N, C] = x.shape;
  const weights = readLabels(name, x, y);
  const dx = zeros(x.shape);
  let loss = 0;
  for (let n = 0; n < N; n++) {
    const row = x.data.subarray(n * C, (n + 1) * C);
    const yRow = weights.subarray(n * C, (n + 1) * C);
    loss += rowLoss(row, yRow) / N;
    dx.data.set(rowGradient(row, yRow).map((value) => value / N), n * C);
  }
  return {loss, dx};
}

/** sum_c y[c] * (logsumexp(x) - x[c]); a class of weight 0 adds nothing, though its score be minus infinity. */
function rowLoss(x: Float64Array, y: Float64Array): number {
  const {largest, logSum} = logSumExp(x);
  return y.reduce((sum, weight, c) => weight === 0 ? sum : sum + weight * (logSum + (largest - x[c])), 0);
}

/** P * sum(y) - y. */
function rowGradient(x: Float64Array, y: Float64Array): Float64Array {
  const {largest, logSum} = logSumExp(x);
  const sumY = y.reduce((sum, weight) => sum + weight, 0);
  return x.map((score, c) => Math.exp(score - largest - logSum) * sumY - y[c]);
}

/** The parts of log(sum exp(x)) = largest + logSum; added up, the second would be lost beside a score of 1e30. */
function logSumExp(x: Float64Array): {largest: number; logSum: number} {
  const largest = x.reduce((max, score) => Math.max(max, score), -Infinity);
  return {largest, logSum: Math.log(x.reduce((sum, score) => sum + Math.exp(score - largest), 0))};
}

/** The labels as weights, N * C of them. */
function readLabels(name: string, x: ReferenceArray, y: Labels): Float64Array {
  if (y === null || typeof y !== 'object' || !('shape' in y || 'length' in y)) {
    throw new Error(`${name}: y must be ${x.shape[0]} labels or an array ${show(x.shape)} of weights. ` +
      `Got ${show(y)}. Pass one label per row of x.`);
  }
  if (!('shape' in y)) {
    return oneHot(name, x, y);
  }
  checkArray(name, 'y', y);
  const [N, C] = x.shape;
  const [rows, columns = 0] = y.shape;
  if (rows === N && columns === C && y.shape.length === 2) {
    return y.data;
  }
  const isColumn = y.shape.length === 2 && columns === 1;
  if (y.shape.length !== 1 && !isColumn) {
    throw new Error(`${name}: y must have shape [${N}] (classes) or [${N},${C}] (weights) for x ` +
      `${show(x.shape)}. Got ${show(y.shape)}. Reshape it.`);
  }
  return oneHot(name, x, y.data);
}

function oneHot(name: string, x: ReferenceArray, y: ArrayLike<number>): Float64Array {
  const [N, C] = x.shape;
  if (y.length !== N) {
    throw new Error(`${name}: y must have one label per row of x. Got ${y.length} labels for x ` +
      `${show(x.shape)}. Pass ${N} labels.`);
  }
  const weights = new Float64Array(N * C);
  for (let n = 0; n < N; n++) {
    if (!Number.isInteger(y[n]) || y[n] < 0 || y[n] >= C) {
      throw new Error(`${name}: labels must be whole numbers from 0 to ${C - 1}, the classes of x ` +
        `${show(x.shape)}. Got ${show(y[n])} at row ${n}. Number the classes from 0.`);
    }
    weights[n * C + y[n]] = 1;
  }
  return weights;
}
