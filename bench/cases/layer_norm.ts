import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D} from '@tensorflow/tfjs-core';

import * as ops from '../../src/ops';
import {normal} from '../data';
import {withGradients} from '../gradients';
import {ALL} from './case';
import type {BenchCase, Side} from './case';

const EPSILON = 1e-3;

/** Layer norm against a composition of tf operations, which is much faster than tf.layers' own on images. */
export const layerNormCases: readonly BenchCase[] = [{
  name: 'layer norm, tf operations',
  backends: ALL,
  target: {tensorflow: 5, wasm: 1, cpu: 1},
  make(backend) {
    const shape = [backend === 'cpu' ? 8 : 64, 32, 32, 32];
    const [x, dout] = [normal(shape, 1), normal(shape, 2)];
    const [gamma, beta] = [normal<tf.Rank.R1>([32], 3), normal<tf.Rank.R1>([32], 4)];
    const side = (norm: Norm): Side => () => {
      const {value, gradients: [dx, dgamma, dbeta]} = withGradients(
        (...[a, b, c]) => norm(a!, b as Tensor1D, c as Tensor1D), [x, gamma, beta], dout);
      return {out: value, dx: dx!, dgamma: dgamma!, dbeta: dbeta!};
    };
    return {
      ours: side((...args) => ops.layerNorm(...args, {epsilon: EPSILON})),
      builtIn: side(composed),
      dispose: () => tf.dispose([x, dout, gamma, beta]),
    };
  },
}];

type Norm = (x: Tensor, gamma: Tensor1D, beta: Tensor1D) => Tensor;

const composed: Norm = (x, gamma, beta) => {
  const {mean, variance} = tf.moments(x, -1, true);
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, EPSILON))), gamma), beta);
};
