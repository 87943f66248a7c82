import * as fc from 'fast-check';

import {layerNorm, layerNormBackward, layerNormForward} from '../../../src/ops';
import * as reference from '../../../src/reference';
import type {Agreement, Comparison} from '../agreement';
import {randomValues} from '../random';
import type {Spread} from '../random';

interface LayerNormCase {
  shape: number[];
  axis?: number | number[];
  gamma: boolean;
  beta: boolean;
  epsilon?: number;
  spread: Spread;
  seed?: number;
}

const normCase = (shape: number[], axis?: number | number[], rest: Partial<LayerNormCase> = {}): LayerNormCase =>
  ({shape, axis, gamma: true, beta: true, spread: 'coarse', ...rest});

function comparison({shape, axis, gamma, beta, epsilon, spread, seed = 1}: LayerNormCase): Comparison {
  const positions = [axis ?? -1].flat().map((a) => (a < 0 ? a + shape.length : a)).sort((a, b) => a - b);
  const sizes = positions.map((a) => shape[a]!);
  const options = {...(axis === undefined ? {} : {axis}), ...(epsilon === undefined ? {} : {epsilon})};
  return {
    op: 'layerNorm',
    inputs: {
      x: randomValues(shape, seed, spread),
      gamma: gamma ? randomValues(sizes, seed + 1) : null,
      beta: beta ? randomValues(sizes, seed + 2) : null,
    },
    run: (inputs) => layerNorm(inputs['x']!, inputs['gamma']!, inputs['beta']!, options),
    pair: (inputs) => {
      const {out, cache} = layerNormForward(inputs['x']!, inputs['gamma']!, inputs['beta']!, options);
      return {out, backward: (dout) => {
        const {dx, dgamma, dbeta} = layerNormBackward(dout, cache);
        return {x: dx, gamma: dgamma, beta: dbeta};
      }};
    },
    reference: (inputs) => {
      const {out, cache} = reference.layerNormForward(inputs['x']!, inputs['gamma']!, inputs['beta']!,
        {axis: axis ?? -1, eps: epsilon ?? 1e-5});
      return {out, backward: (dout) => {
        const {dx, dgamma, dbeta} = reference.layerNormBackward(dout, cache);
        return {x: dx, gamma: dgamma, beta: dbeta};
      }};
    },
  };
}

const cases: LayerNormCase[] = [
  normCase([3, 5]),
  normCase([3, 5], -1, {gamma: false}),
  normCase([3, 5], -1, {beta: false}),
  normCase([3, 5], 1, {gamma: false, beta: false}),
  normCase([4], 0),
  normCase([4, 3], 0),
  normCase([2, 3, 4], 1),
  normCase([2, 3, 4], [1, 2]),
  normCase([2, 3, 4], [2, 1]),
  normCase([2, 3, 4], [0, 2]),
  normCase([2, 3, 4], [-1, 0]),
  normCase([2, 3, 4], [0, 1, 2]),
  normCase([2, 3, 2, 4], [1, 2, 3]),
  normCase([2, 3, 2, 4], [3, -3], {beta: false}),
  normCase([3, 5], -1, {epsilon: 0.1}),
];

function titleOf({shape, axis, gamma, beta, epsilon}: LayerNormCase): string {
  return `x=[${shape}] axis=${JSON.stringify(axis) ?? 'default'} gamma=${gamma} beta=${beta} ` +
    `epsilon=${epsilon ?? 'default'}`;
}

const shapeAndAxis = fc.array(fc.integer({min: 1, max: 4}), {minLength: 1, maxLength: 4}).chain((shape) => {
  const axes = shape.map((_, a) => a);
  return fc.record({
    shape: fc.constant(shape),
    axis: fc.oneof(fc.integer({min: -shape.length, max: shape.length - 1}),
      fc.shuffledSubarray(axes, {minLength: 1}).chain((some) => fc.boolean().map((negative) =>
        (negative ? some.map((a) => a - shape.length) : some)))),
  });
});

/** layerNorm over every choice of axes, in any order. */
export const layerNormAgreement: Agreement<LayerNormCase> = {
  op: 'layerNorm',
  cases: [
    ...cases.map((one) => ({title: titleOf(one), one})),
    // One value to a statistic, and rows that do not vary: 1 / std is 316.
    {title: `${titleOf(normCase([3, 1]))} alone`, one: normCase([3, 1]), second: false},
    {title: `${titleOf(normCase([6, 2]))} with constant rows`, one: normCase([6, 2], -1, {spread: 'tied'}), second: false},
  ],
  random: fc.tuple(shapeAndAxis, fc.record({
    gamma: fc.boolean(), beta: fc.boolean(), epsilon: fc.constantFrom(1e-5, 1e-3, 0.5),
    spread: fc.constantFrom<Spread>('coarse', 'tied'), seed: fc.nat(1000),
  })).map(([where, rest]) => ({...where, ...rest})),
  comparison,
};
