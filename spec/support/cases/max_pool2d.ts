import type * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';

import {
  averagePool2d, averagePool2dBackward, averagePool2dForward, maxPool2d, maxPool2dBackward, maxPool2dForward,
} from '../../../src/ops';
import type {TieRule} from '../../../src/ops';
import {averagePoolBackward, averagePoolForward, maxPoolBackward, maxPoolForward} from '../../../src/reference';
import type {Agreement, Comparison} from '../agreement';
import {randomValues} from '../random';
import type {Spread} from '../random';
import {
  imageOrder, imagesShape, referenceOptions, titleOf, windowCase, windowCases, windowOptions,
} from '../windows';
import type {WindowCase} from '../windows';

interface PoolCase {
  window: WindowCase;
  batch: number;
  channels: number;
  ties: TieRule;
  spread: Spread;
  seed?: number;
}

const poolCase = (window: WindowCase, rest: Partial<PoolCase> = {}): PoolCase =>
  ({window, batch: 2, channels: 3, ties: 'all', spread: 'tied', ...rest});

function comparison({window, batch, channels, ties, spread, seed = 1}: PoolCase): Comparison {
  const image = imageOrder(window);
  const options = {...windowOptions(window), poolSize: window.kernel, ties};
  return {
    op: 'maxPool2d',
    inputs: {x: randomValues(imagesShape(window, batch, channels), seed, spread)},
    orders: {x: image, out: image},
    run: ({x}) => maxPool2d(x as tf.Tensor4D, options),
    pair: ({x}) => {
      const {out, cache} = maxPool2dForward(x as tf.Tensor4D, options);
      return {out, backward: (dout) => ({x: maxPool2dBackward(dout as tf.Tensor4D, cache).dx})};
    },
    reference: ({x}) => {
      const [poolHeight, poolWidth] = window.kernel;
      const {out, cache} = maxPoolForward(x!, {...referenceOptions(window), poolHeight, poolWidth, ties});
      return {out, backward: (dout) => ({x: maxPoolBackward(dout, cache).dx})};
    },
  };
}

const windows: WindowCase[] = [
  windowCase([4, 6], 2, 2),
  windowCase([5, 7], 2, 2),
  windowCase([7, 5], 3, 2),
  windowCase([6, 8], 3, 2),
  windowCase([4, 5], 1, 1),
  windowCase([4, 5], 2, 1),
  windowCase([7, 8], 2, 3),
  windowCase([5, 6], [5, 6], 1),
  windowCase([6, 7], [2, 3], [3, 2]),
  windowCase([6, 6], [3, 2], [3, 2]),
  windowCase([5, 7], 3, 2, {padding: 'same'}),
  windowCase([5, 7], 2, 2, {padding: 'same'}),
  windowCase([5, 4], 3, 2, {padding: 1}),
  windowCase([5, 4], [3, 2], 1, {padding: [2, 1]}),
  windowCase([4, 5], [2, 3], [1, 2], {padding: [[0, 1], [2, 0]]}),
  windowCase([7, 8], 2, 1, {dilationRate: [2, 3]}),
  windowCase([7, 8], [3, 2], [2, 3], {dilationRate: [2, 2], padding: [[1, 3], [0, 2]]}),
  windowCase([7, 9], 3, 2, {dilationRate: [2, 1], padding: 'same'}),
  windowCase([1, 1], 1, 1),
].flatMap((window): WindowCase[] => [window, {...window, dataFormat: 'channelsFirst'}]);

const tieRules: readonly TieRule[] = ['all', 'first', 'split'];

/** maxPool2d with every kind of window and every rule for ties, in both data formats; most windows tie. */
export const maxPool2dAgreement: Agreement<PoolCase> = {
  op: 'maxPool2d',
  cases: windows.flatMap((window) => tieRules.flatMap((ties) => [
    {title: `${titleOf(window, 2, 3)} ties=${ties}`, one: poolCase(window, {ties}), second: false},
    {title: `${titleOf(window, 1, 2)} ties=${ties} no ties`,
      one: poolCase(window, {batch: 1, channels: 2, ties, spread: 'wide'})},
  ])),
  random: fc.record({
    window: windowCases((extent) => extent - 1), batch: fc.integer({min: 1, max: 2}),
    channels: fc.integer({min: 1, max: 3}), ties: fc.constantFrom(...tieRules),
    spread: fc.constantFrom<Spread>('tied', 'wide'), seed: fc.nat(1000),
  }),
  comparison,
};

type MeanCase = Omit<PoolCase, 'ties'>;

function meanComparison({window, batch, channels, spread, seed = 1}: MeanCase): Comparison {
  const image = imageOrder(window);
  const options = {...windowOptions(window), poolSize: window.kernel};
  return {
    op: 'averagePool2d',
    inputs: {x: randomValues(imagesShape(window, batch, channels), seed, spread)},
    orders: {x: image, out: image},
    run: ({x}) => averagePool2d(x as tf.Tensor4D, options),
    pair: ({x}) => {
      const {out, cache} = averagePool2dForward(x as tf.Tensor4D, options);
      return {out, backward: (dout) => ({x: averagePool2dBackward(dout as tf.Tensor4D, cache).dx})};
    },
    reference: ({x}) => {
      const [poolHeight, poolWidth] = window.kernel;
      const {out, cache} = averagePoolForward(x!, {...referenceOptions(window), poolHeight, poolWidth});
      return {out, backward: (dout) => ({x: averagePoolBackward(dout, cache).dx})};
    },
  };
}

/** averagePool2d with every kind of window, in both data formats, some of padding alone, and of whole images. */
export const averagePool2dAgreement: Agreement<MeanCase> = {
  op: 'averagePool2d',
  cases: [
    ...windows, windowCase([2, 2], 2, 1, {dilationRate: [4, 4], padding: 3}), windowCase([9, 8], [9, 8], 1),
    windowCase([9, 8], [9, 2], 1), windowCase([5, 6], [5, 6], 1, {padding: [1, 0]}),
  ].map((window) => ({title: titleOf(window, 2, 3), one: poolCase(window, {spread: 'wide'})})),
  random: fc.record({
    window: windowCases((extent) => extent - 1), batch: fc.integer({min: 1, max: 2}),
    channels: fc.integer({min: 1, max: 3}), spread: fc.constantFrom<Spread>('tied', 'wide'), seed: fc.nat(1000),
  }),
  comparison: meanComparison,
};
