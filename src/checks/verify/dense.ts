import * as tf from '@tensorflow/tfjs-core';

import {affine, relu, softmaxLoss} from '../../ops';
import {maskValues} from '../../ops/dropout_mask';
import type {ReluOptions, SoftmaxLossOptions} from '../../ops';
import * as reference from '../../reference';
import {array} from '../../reference';
import type {ReferenceArray} from '../../reference';
import {changed, opCase, random, tied, withValues} from './case';
import type {OpChecks, VerifyCase} from './case';
import {chain, evaluation, reshape} from './evaluation';
import type {Evaluation} from './evaluation';
import type {LayerRows} from './layer_case';

export function exactRelu(x: ReferenceArray, options: ReluOptions = {}): Evaluation {
  return evaluation(reference.reluForward(x, options), reference.reluBackward);
}

export function exactAffine(x: ReferenceArray, w: ReferenceArray, b: ReferenceArray | null): Evaluation {
  return evaluation(reference.affineForward(x, w, b), reference.affineBackward);
}

/** With 'none' each row is a batch of its own, so that dout can weigh it. */
export function exactSoftmaxLoss(
    scores: ReferenceArray, labels: ReferenceArray, {reduction = 'mean'}: SoftmaxLossOptions = {}): Evaluation {
  if (reduction === 'mean') {
    const {loss, dx} = reference.softmaxLoss(scores, labels);
    return {
      out: reference.array([], [loss]),
      backward: dout => [{shape: dx.shape, data: dx.data.map(value => value * dout.data[0]!)}],
    };
  }
  const [rows, classes] = scores.shape as [number, number];
  const width = labels.data.length / rows;
  const each = Array.from({length: rows}, (_, n) => reference.softmaxLoss(
      reference.array([1, classes], scores.data.subarray(n * classes, (n + 1) * classes)),
      width === classes && labels.shape.length === 2 ?
          reference.array([1, classes], labels.data.subarray(n * classes, (n + 1) * classes)) :
          [labels.data[n]!]));
  return {
    out: reference.array([rows], each.map(row => row.loss)),
    backward: dout => [reference.array([rows, classes],
        each.flatMap((row, n) => Array.from(row.dx.data, value => value * dout.data[n]!)))],
  };
}

/** The relu after an op. */
export function thenRelu(before: Evaluation): Evaluation {
  return chain(before, x => exactRelu(x));
}

/** Dense works on the last axis: every row of the others is an example. */
function denseRows(x: ReferenceArray, w: ReferenceArray, b: ReferenceArray | null): Evaluation {
  const {shape} = x;
  const {out, backward} = exactAffine(reshape(x, [x.data.length / shape.at(-1)!, shape.at(-1)!]), w, b);
  return {
    out: reshape(out, [...shape.slice(0, -1), w.shape[1]!]),
    backward: dout => {
      const [dx, ...rest] = backward(reshape(dout, out.shape));
      return [reshape(dx!, shape), ...rest];
    },
  };
}

function rectified(
    title: string, x: ReferenceArray, options: ReluOptions = {},
    dout?: (shape: number[]) => ReferenceArray): VerifyCase {
  return opCase({
    op: 'relu', title, inputs: {x}, f: x => relu(x, options), exact: x => exactRelu(x, options), dout,
  });
}

const edges = array([13], [NaN, Infinity, -Infinity, 0, -0, 1e-37, -1e-37, 1e30, -1e30, 1, -1, 2, 6].map(Math.fround));

const reluCases: VerifyCase[] = [
  rectified('x=[3,5,7]', random([3, 5, 7], 6)),
  rectified('zeros', tied([4, 9], 7)),
  rectified('NaN, infinities, tiny and huge', edges),
  rectified('leaky', random([33], 8), {negativeSlope: 0.25}),
  rectified('thresholded and capped', random([65], 9), {negativeSlope: 0.1, threshold: 0.5, maxValue: 1}),
  rectified('at both kinks', array([5], [0.5, 1, 0.25, 2, 0]), {negativeSlope: 0.5, threshold: 0.5, maxValue: 1}),
  rectified('capped at 6, NaN and infinities', edges, {maxValue: 6}),
  rectified('NaN and infinity in dout', array([6], [1, -1, 0, 2, -2, 3]), {},
      () => array([6], [1, NaN, Infinity, 2, -Infinity, NaN])),
];

function connected(
    title: string, xShape: number[], units: number, change: (v: ReferenceArray) => ReferenceArray = v => v,
    bias = true): VerifyCase {
  const size = xShape.slice(1).reduce((product, n) => product * n, 1);
  return opCase({
    op: 'affine', title: `${title}: x=[${xShape}] to ${units}`,
    inputs: {x: change(random(xShape, 10)), w: random([size, units], 11), b: bias ? random([units], 12) : null},
    f: (x, w, b) => affine(x, w, b), exact: exactAffine,
  });
}

const affineCases: VerifyCase[] = [
  connected('plain', [5, 7], 3),
  connected('batch of 1', [1, 9], 4),
  connected('one unit, one feature', [6, 1], 1),
  connected('images', [3, 4, 5, 2], 6),
  connected('without bias', [4, 6], 5, undefined, false),
  connected('wide', [17, 257], 33),
  connected('large values', [4, 6], 5, v => changed(v, value => value * 1e15)),
  connected('NaN in x', [4, 6], 5, v => withValues(v, {8: NaN})),
  connected('infinity in x', [4, 6], 5, v => withValues(v, {8: Infinity})),
];

function loss(
    title: string, scores: ReferenceArray, labels: ReferenceArray, options: SoftmaxLossOptions = {}): VerifyCase {
  const dtype = labels.shape.length === 1 ? 'int32' : 'float32';
  return opCase({
    op: 'softmaxLoss', title, inputs: {scores},
    f: x => softmaxLoss(x, tf.tensor(Array.from(labels.data), labels.shape, dtype), options),
    exact: x => exactSoftmaxLoss(x, labels, options),
  });
}

const weights = array([3, 4], [0.25, 0.25, 0.5, 0, 1, 0, 0, 0, 0.5, 0.5, 0.5, 1]);

const softmaxCases: VerifyCase[] = [
  loss('classes', random([5, 4], 13), array([5], [0, 3, 1, 1, 2])),
  loss('batch of 1', random([1, 3], 14), array([1], [2])),
  loss('weights', random([3, 4], 15), weights),
  loss('of each row', random([5, 4], 16), array([5], [0, 3, 1, 1, 2]), {reduction: 'none'}),
  loss('of each row, weights', random([3, 4], 17), weights, {reduction: 'none'}),
  loss('one class', random([4, 1], 18), array([4], [0, 0, 0, 0])),
  loss('many classes', random([9, 101], 19), array([9], [0, 100, 50, 3, 7, 99, 1, 2, 4])),
  loss('scores of +-1e4', array([3, 3], [1e4, 0, -1e4, -1e4, -1e4, 1e4, 9999, 1e4, 9998]), array([3], [2, 2, 0])),
  loss('equal scores', array([2, 4], [5, 5, 5, 5, -7, -7, -7, -7]), array([2], [1, 3])),
];

/** relu: copies. affine: sums of up to some hundred products. softmaxLoss: an exp, a log and a division on top of sums. */
export const denseOps = {
  relu: {tolerance: 1e-6, cases: reluCases},
  affine: {tolerance: 1e-5, cases: affineCases},
  softmaxLoss: {tolerance: 1e-5, cases: softmaxCases},
} satisfies OpChecks;

/** The layers on them. */
export const denseLayers = {
  reLU: [{
    xShape: [3, 17], args: {maxValue: 1.5, negativeSlope: 0.1, threshold: 0.25},
    exact: x => exactRelu(x, {maxValue: 1.5, negativeSlope: 0.1, threshold: 0.25}),
  }],
  dense: [
    {xShape: [5, 7], weightShapes: [[7, 4], [4]], args: {units: 4}, exact: (x, [w, b]) => denseRows(x, w!, b!)},
    {
      title: ' with relu on the last of three axes', xShape: [2, 3, 7], weightShapes: [[7, 4]],
      args: {units: 4, activation: 'relu', useBias: false},
      exact: (x, [w]) => thenRelu(denseRows(x, w!, null)),
    },
  ],
  dropout: [{
    xShape: [3, 7], training: true, args: {rate: 0.3, seed: 5},
    // Two calls, for the value and for the gradient, and so two masks.
    exact: x => ({out: masked(x, 0), backward: dout => [masked(dout, 1)]}),
  }],
} satisfies LayerRows;

function masked(x: ReferenceArray, call: number): ReferenceArray {
  const mask = maskValues(5, call, x.data.length, 0.3);
  return {shape: x.shape, data: x.data.map((value, i) => value * mask[i]!)};
}
