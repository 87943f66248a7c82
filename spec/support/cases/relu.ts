import * as fc from 'fast-check';

import {relu, reluBackward, reluForward} from '../../../src/ops';
import type {ReluOptions} from '../../../src/ops';
import * as reference from '../../../src/reference';
import type {Agreement, Comparison} from '../agreement';
import {randomValues} from '../random';
import type {Spread} from '../random';

interface ReluCase {
  shape: number[];
  options: ReluOptions;
  spread: Spread;
  seed?: number;
}

function comparison({shape, options, spread, seed = 1}: ReluCase): Comparison {
  return {
    op: 'relu',
    inputs: {x: randomValues(shape, seed, spread)},
    run: ({x}) => relu(x!, options),
    pair: ({x}) => {
      const {out, cache} = reluForward(x!, options);
      return {out, backward: (dout) => ({x: reluBackward(dout, cache).dx})};
    },
    reference: ({x}) => {
      const {out, cache} = reference.reluForward(x!, options);
      return {out, backward: (dout) => ({x: reference.reluBackward(dout, cache).dx})};
    },
  };
}

const options: ReluOptions[] = [
  {}, {negativeSlope: 0.25}, {threshold: 0.5}, {maxValue: 1.5}, {maxValue: null},
  {negativeSlope: 0.5, threshold: 1}, {negativeSlope: 0.25, maxValue: 1}, {threshold: 1, maxValue: 1.5},
  {negativeSlope: 0.25, threshold: 0.5, maxValue: 1}, {negativeSlope: 1, threshold: 1, maxValue: 0.5}, {maxValue: 0},
];

/** relu of tensors of every rank, each option alone and with the others; 'tied' values stand at the kinks. */
export const reluAgreement: Agreement<ReluCase> = {
  op: 'relu',
  cases: [
    ...[[], [1], [7], [3, 5], [2, 3, 4], [2, 5, 3, 3], [2, 1, 3, 2, 2]].map((shape) =>
      ({title: `x=[${shape}]`, one: {shape, options: {}, spread: 'wide' as const}})),
    ...options.flatMap((one) => [
      {title: `x=[4,5] ${JSON.stringify(one)}`, one: {shape: [4, 5], options: one, spread: 'wide' as const}},
      {title: `x=[4,5] ${JSON.stringify(one)} at the kinks`,
        one: {shape: [4, 5], options: one, spread: 'tied' as const}, second: false},
    ]),
  ],
  random: fc.record({
    shape: fc.array(fc.integer({min: 1, max: 5}), {maxLength: 4}),
    options: fc.record({
      negativeSlope: fc.constantFrom(0, 0.25, 1, 2), threshold: fc.constantFrom(0, 0.5, 1),
      maxValue: fc.constantFrom(null, 0, 0.5, 1, 1.5),
    }, {requiredKeys: []}),
    spread: fc.constantFrom<Spread>('tied', 'wide'), seed: fc.nat(1000),
  }),
  comparison,
};
