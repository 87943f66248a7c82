import * as tf from '@tensorflow/tfjs-core';
import type {Tensor1D, Tensor2D} from '@tensorflow/tfjs-core';

import {affine, relu, softmaxLoss} from '../../ops';
import type {ReluOptions, SoftmaxLossOptions} from '../../ops';
import {array} from '../../reference';
import type {ReferenceArray} from '../../reference';
import {changed, opCase, random, tied, withValues} from './case';
import type {VerifyCase} from './case';
import * as oracle from './oracle';

function rectified(
    title: string, x: ReferenceArray, options: ReluOptions = {},
    dout?: (shape: number[]) => ReferenceArray): VerifyCase {
  return opCase({
    op: 'relu', title, inputs: {x}, f: x => relu(x, options), exact: x => oracle.relu(x!, options), dout,
  });
}

const edges = array([13], [NaN, Infinity, -Infinity, 0, -0, 1e-37, -1e-37, 1e30, -1e30, 1, -1, 2, 6].map(Math.fround));

export const reluCases: VerifyCase[] = [
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
    inputs: {x: change(random(xShape, 10)), w: random([size, units], 11), ...(bias && {b: random([units], 12)})},
    f: (x, w, b) => affine(x!, w as Tensor2D, (b ?? null) as Tensor1D | null),
    exact: (x, w, b) => oracle.affine(x!, w!, b ?? null),
  });
}

export const affineCases: VerifyCase[] = [
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
    f: x => softmaxLoss(x as Tensor2D, tf.tensor(Array.from(labels.data), labels.shape, dtype), options),
    exact: x => oracle.softmaxLoss(x!, labels, options),
  });
}

const weights = array([3, 4], [0.25, 0.25, 0.5, 0, 1, 0, 0, 0, 0.5, 0.5, 0.5, 1]);

export const softmaxCases: VerifyCase[] = [
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
