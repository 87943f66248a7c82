import type * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';

import {batchNorm, batchNormBackward, batchNormBackwardAlt, batchNormForward} from '../../../src/ops';
import * as reference from '../../../src/reference';
import {array} from '../../../src/reference';
import {tidy} from '../../../src/tidy';
import type {Agreement, Comparison} from '../agreement';
import {randomValues} from '../random';
import type {Spread} from '../random';

interface BatchNormCase {
  shape: number[];
  axis: number;
  mode: 'train' | 'test';
  backward: 'simplified' | 'staged';
  gamma: boolean;
  beta: boolean;
  epsilon?: number;
  spread: Spread;
  seed?: number;
}

type Given = {
  x: tf.Tensor, gamma: tf.Tensor1D | null, beta: tf.Tensor1D | null, mean: tf.Tensor1D, variance: tf.Tensor1D,
};

const normCase = (shape: number[], rest: Partial<BatchNormCase> = {}): BatchNormCase => ({
  shape, axis: -1, mode: 'train', backward: 'simplified', gamma: true, beta: true, spread: 'coarse', ...rest,
});

function comparison({shape, axis, mode, backward, gamma, beta, epsilon, spread, seed = 1}: BatchNormCase): Comparison {
  const size = [shape.at(axis)!];
  const forward = (inputs: {[name: string]: tf.Tensor | null}) => {
    const given = inputs as Given;
    return batchNormForward(given.x, given.gamma, given.beta,
      {mode, axis, epsilon, runningMean: given.mean, runningVar: given.variance});
  };
  return {
    op: 'batchNorm',
    inputs: {
      x: randomValues(shape, seed, spread),
      gamma: gamma ? randomValues(size, seed + 1) : null,
      beta: beta ? randomValues(size, seed + 2) : null,
      mean: randomValues(size, seed + 3),
      variance: array(size, randomValues(size, seed + 4).data.map((v) => Math.fround(Math.abs(v) + 0.1))),
    },
    run: (inputs) => {
      if (mode === 'test') return tidy(() => forward(inputs).out);
      const given = inputs as Given;
      return batchNorm(given.x, given.gamma, given.beta, {axis, epsilon, backward});
    },
    pair: (inputs) => {
      const {out, cache} = forward(inputs);
      return {out, backward: (dout) => {
        const {dx, dgamma, dbeta} = (backward === 'staged' ? batchNormBackward : batchNormBackwardAlt)(dout, cache);
        return {x: dx, gamma: dgamma, beta: dbeta};
      }};
    },
    reference: (inputs) => {
      const {out, cache} = reference.batchNormForward(inputs['x']!, inputs['gamma']!, inputs['beta']!,
        {mode, axis, eps: epsilon ?? 1e-5, runningMean: inputs['mean'], runningVar: inputs['variance']});
      return {out, backward: (dout) => {
        const {dx, dgamma, dbeta} = reference.batchNormBackward(dout, cache);
        return {x: dx, gamma: dgamma, beta: dbeta};
      }};
    },
  };
}

const cases: BatchNormCase[] = (['train', 'test'] as const).flatMap((mode) =>
  (['simplified', 'staged'] as const).flatMap((backward) => [
    normCase([5, 3]),
    normCase([5, 3], {gamma: false}),
    normCase([5, 3], {beta: false}),
    normCase([5, 3], {gamma: false, beta: false}),
    normCase([3, 4], {axis: 0}),
    normCase([4, 3, 2], {axis: 1}),
    normCase([2, 4, 3, 3]),
    normCase([2, 3, 4, 3], {axis: 1}),
    normCase([2, 3, 4, 3], {axis: -3, gamma: false}),
    normCase([1, 2, 3, 3]),
    normCase([2, 2, 1, 3, 2]),
    normCase([4, 1]),
    normCase([5, 3], {epsilon: 0.1}),
  ].map((one) => ({...one, mode, backward}))));

/** batchNorm in both modes, with both backwards, along any axis. */
export const batchNormAgreement: Agreement<BatchNormCase> = {
  op: 'batchNorm',
  cases: [
    ...cases.map((one) => ({title: titleOf(one), one})),
    // One value to a statistic, and channels that do not vary: 1 / std is 316.
    {title: `${titleOf(normCase([1, 3]))} alone`, one: normCase([1, 3]), second: false},
    {title: `${titleOf(normCase([1, 3]))} alone, staged`, one: normCase([1, 3], {backward: 'staged'}), second: false},
    {title: `${titleOf(normCase([2, 6]))} with constant channels`, one: normCase([2, 6], {spread: 'tied'}), second: false},
  ],
  random: fc.record({
    shape: fc.array(fc.integer({min: 1, max: 4}), {minLength: 2, maxLength: 4}), axis: fc.integer({min: -2, max: 1}),
    mode: fc.constantFrom('train', 'test'), backward: fc.constantFrom('simplified', 'staged'), gamma: fc.boolean(),
    beta: fc.boolean(), epsilon: fc.constantFrom(1e-5, 1e-3, 0.5), spread: fc.constantFrom<Spread>('coarse', 'tied'),
    seed: fc.nat(1000),
  }),
  comparison,
};

function titleOf({shape, axis, mode, backward, gamma, beta, epsilon}: BatchNormCase): string {
  return `x=[${shape}] axis=${axis} ${mode} ${backward} gamma=${gamma} beta=${beta} epsilon=${epsilon ?? 'default'}`;
}
