import type {Tensor, Tensor1D, Tensor2D} from '@tensorflow/tfjs-core';

import {read, wrap} from './arrays';

/** loss = sum_j y_j (log sum exp(x) - x_j), gradient P sum(y) - y; a class out of range has no y and gives NaN. */
export function softmaxLoss(scores: Tensor2D, labels: Tensor): {losses: Tensor1D, gradient: Tensor2D} {
  const [rows, classes] = scores.shape;
  const xs = read(scores);
  const losses = new Float32Array(rows);
  const gradient = new Float32Array(xs.length);
  if (labels.rank === 1) byClass(xs, labels.dataSync<'int32'>(), classes, losses, gradient);
  else byWeights(xs, read(labels), classes, losses, gradient);
  return {losses: wrap(losses, [rows]), gradient: wrap(gradient, [rows, classes])};
}

function byClass(
    x: Float32Array, labels: Int32Array, classes: number, losses: Float32Array, gradient: Float32Array): void {
  const p = new Float64Array(classes);
  for (let i = 0, at = 0; i < losses.length; i++, at += classes) {
    const {max, logSum} = softmax(x, at, p);
    const label = labels[i]!;
    const known = label >= 0 && label < classes;
    losses[i] = known ? logSum + (max - x[at + label]!) : NaN;
    for (let c = 0; c < classes; c++) gradient[at + c] = known ? p[c]! : 0;
    if (known) gradient[at + label] = p[label]! - 1;
  }
}

function byWeights(
    x: Float32Array, y: Float32Array, classes: number, losses: Float32Array, gradient: Float32Array): void {
  const p = new Float64Array(classes);
  for (let i = 0, at = 0; i < losses.length; i++, at += classes) {
    const {max, logSum} = softmax(x, at, p);
    let loss = 0;
    let total = 0;
    for (let c = 0; c < classes; c++) {
      const weight = y[at + c]!;
      total += weight;
      if (weight !== 0) loss += weight * (logSum + (max - x[at + c]!));
    }
    losses[i] = loss;
    for (let c = 0; c < classes; c++) gradient[at + c] = p[c]! * total - y[at + c]!;
  }
}

/**
 * Writes P of the row at `at` to p; returns the parts of log sum exp(x) = max + log sum exp(x - max). Added up, the
 * second would be lost beside a score of 1e30.
 */
function softmax(x: Float32Array, at: number, p: Float64Array): {max: number, logSum: number} {
  let max = -Infinity;
  for (let c = 0; c < p.length; c++) max = Math.max(max, x[at + c]!);
  let sum = 0;
  for (let c = 0; c < p.length; c++) {
    p[c] = Math.exp(x[at + c]! - max);
    sum += p[c]!;
  }
  for (let c = 0; c < p.length; c++) p[c]! /= sum;
  return {max, logSum: Math.log(sum)};
}
