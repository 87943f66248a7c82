import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D} from '@tensorflow/tfjs-core';

import * as ops from '../../src/ops';
import {normal} from '../data';
import {withGradients} from '../gradients';
import {ALL} from './case';
import type {BenchCase, Side} from './case';

const EPSILON = 1e-3;

type Norm = (x: Tensor, gamma: Tensor1D, beta: Tensor1D) => Tensor;

const composed: Norm = (x, gamma, beta) => {
  const {mean, variance} = tf.moments(x, -1, true);
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, EPSILON))), gamma), beta);
};

const composedGroups: Norm = (x, gamma, beta) => {
  const [N, H, W, C] = x.shape as [number, number, number, number];
  const groups = tf.reshape(x, [N, H * W, 8, C / 8]);
  const {mean, variance} = tf.moments(groups, [1, 3], true);
  const normalized = tf.mul(tf.sub(groups, mean), tf.rsqrt(tf.add(variance, EPSILON)));
  return tf.add(tf.mul(tf.reshape(normalized, [N, H, W, C]), gamma), beta);
};

/** Both norms forward and backward on the same images. */
const beside = (ours: Norm, builtIn: Norm): BenchCase['make'] => (backend) => {
  const shape = [backend === 'cpu' ? 8 : 64, 32, 32, 32];
  const [x, dout] = [normal(shape, 1), normal(shape, 2)];
  const [gamma, beta] = [normal<tf.Rank.R1>([32], 3), normal<tf.Rank.R1>([32], 4)];
  const side = (norm: Norm): Side => () => {
    const {value, gradients: [dx, dgamma, dbeta]} = withGradients(
      (...[a, b, c]) => norm(a!, b as Tensor1D, c as Tensor1D), [x, gamma, beta], dout);
    return {out: value, dx: dx!, dgamma: dgamma!, dbeta: dbeta!};
  };
  return {ours: side(ours), builtIn: side(builtIn), dispose: () => tf.dispose([x, dout, gamma, beta])};
};

/** Layer norm against a composition of tf operations, which is much faster than tf.layers' own on images. */
export const layerNormCases: readonly BenchCase[] = [{
  name: 'layer norm, tf operations',
  backends: ALL,
  target: {tensorflow: 5, wasm: 1, cpu: 1},
  make: beside((...args) => ops.layerNorm(...args, {epsilon: EPSILON}), composed),
}, {
  name: 'group norm, 8 groups, tf operations',
  layer: 'groupNormalization',
  backends: ALL,
  make: beside((...args) => ops.groupNorm(...args, {groups: 8, epsilon: EPSILON}), composedGroups),
}];
