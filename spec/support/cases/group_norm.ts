import * as fc from 'fast-check';

import {groupNorm, groupNormBackward, groupNormForward} from '../../../src/ops';
import * as reference from '../../../src/reference';
import type {Agreement, Comparison} from '../agreement';
import {randomValues} from '../random';
import type {Spread} from '../random';

interface GroupNormCase {
  /** Of x in the reference's order, the channels after the batch. */
  shape: number[];
  groups: number;
  /** Where the op has them. */
  axis: number;
  gamma: boolean;
  beta: boolean;
  epsilon?: number;
  spread: Spread;
  seed?: number;
}

const normCase = (shape: number[], groups: number, axis: number, rest: Partial<GroupNormCase> = {}): GroupNormCase =>
  ({shape, groups, axis, gamma: true, beta: true, spread: 'coarse', ...rest});

function comparison({shape, groups, axis, gamma, beta, epsilon, spread, seed = 1}: GroupNormCase): Comparison {
  const options = {groups, axis, ...(epsilon === undefined ? {} : {epsilon})};
  const position = axis < 0 ? axis + shape.length : axis;
  const others = shape.map((_, a) => a).slice(2);
  const order = [0, ...others.slice(0, position - 1), 1, ...others.slice(position - 1)];
  return {
    op: 'groupNorm',
    inputs: {
      x: randomValues(shape, seed, spread),
      gamma: gamma ? randomValues([shape[1]!], seed + 1) : null,
      beta: beta ? randomValues([shape[1]!], seed + 2) : null,
    },
    orders: {x: order, out: order},
    run: (inputs) => groupNorm(inputs['x']!, inputs['gamma']!, inputs['beta']!, options),
    pair: (inputs) => {
      const {out, cache} = groupNormForward(inputs['x']!, inputs['gamma']!, inputs['beta']!, options);
      return {out, backward: (dout) => {
        const {dx, dgamma, dbeta} = groupNormBackward(dout, cache);
        return {x: dx, gamma: dgamma, beta: dbeta};
      }};
    },
    reference: (inputs) => {
      const {out, cache} = reference.groupNormForward(inputs['x']!, inputs['gamma']!, inputs['beta']!,
        {groups, eps: epsilon ?? 1e-5});
      return {out, backward: (dout) => {
        const {dx, dgamma, dbeta} = reference.groupNormBackward(dout, cache);
        return {x: dx, gamma: dgamma, beta: dbeta};
      }};
    },
  };
}

const cases: GroupNormCase[] = [
  normCase([2, 4, 3, 2], 2, -1),
  normCase([2, 4, 3, 2], 2, 1),
  normCase([2, 4, 3, 2], 1, -1),
  normCase([2, 4, 3, 2], 1, 1, {gamma: false}),
  normCase([2, 3, 3, 2], -1, -1),
  normCase([2, 3, 3, 2], 3, 2, {beta: false}),
  normCase([3, 6], 2, 1),
  normCase([2, 6, 3], 3, -1, {gamma: false, beta: false}),
  normCase([2, 4, 2, 2, 2], 2, -1),
  normCase([2, 4, 3], 2, -1, {epsilon: 0.1}),
];

function titleOf({shape, groups, axis, gamma, beta, epsilon}: GroupNormCase): string {
  return `N,C,..=[${shape}] groups=${groups} axis=${axis} gamma=${gamma} beta=${beta} epsilon=${epsilon ?? 'default'}`;
}

const drawn = fc.record({
  batch: fc.integer({min: 1, max: 3}), groups: fc.integer({min: 1, max: 3}), size: fc.integer({min: 1, max: 3}),
  positions: fc.array(fc.integer({min: 1, max: 3}), {maxLength: 2}), place: fc.nat(10), all: fc.boolean(),
  gamma: fc.boolean(), beta: fc.boolean(), epsilon: fc.constantFrom(1e-5, 1e-3, 0.5),
  spread: fc.constantFrom<Spread>('coarse', 'tied'), seed: fc.nat(1000),
}).map(({batch, groups, size, positions, place, all, ...rest}): GroupNormCase => ({
  shape: [batch, groups * size, ...positions], groups: all ? -1 : groups, axis: 1 + place % (positions.length + 1), ...rest,
}));

/** groupNorm with the channels on every axis, one group, several, and one per channel. */
export const groupNormAgreement: Agreement<GroupNormCase> = {
  op: 'groupNorm',
  cases: cases.map((one) => ({title: titleOf(one), one})),
  random: drawn,
  comparison,
};
