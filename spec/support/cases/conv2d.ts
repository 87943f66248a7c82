import type * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';

import {conv2d, conv2dBackward, conv2dForward} from '../../../src/ops';
import {convBackward, convForward} from '../../../src/reference';
import type {Agreement, Comparison} from '../agreement';
import {toHWIO} from '../arrays';
import {randomValues} from '../random';
import {
  imageOrder, imagesShape, inBothFormats, referenceOptions, titleOf, windowCase, windowCases, windowOptions,
} from '../windows';
import type {WindowCase} from '../windows';

interface ConvCase {
  window: WindowCase;
  batch: number;
  groups: number;
  /** Channels and filters of one group. */
  channels: number;
  filters: number;
  bias: boolean;
  seed?: number;
}

const convCase = (window: WindowCase, rest: Partial<ConvCase> = {}): ConvCase =>
  ({window, batch: 2, groups: 1, channels: 3, filters: 2, bias: true, ...rest});

function comparison({window, batch, groups, channels, filters, bias, seed = 1}: ConvCase): Comparison {
  const image = imageOrder(window);
  const options = {...windowOptions(window), groups};
  type Given = {x: tf.Tensor4D, w: tf.Tensor4D, b: tf.Tensor1D | null};
  return {
    op: 'conv2d',
    inputs: {
      x: randomValues(imagesShape(window, batch, channels * groups), seed),
      w: randomValues([filters * groups, channels, ...window.kernel], seed + 1),
      b: bias ? randomValues([filters * groups], seed + 2) : null,
    },
    orders: {x: image, w: toHWIO, out: image},
    run: (inputs) => {
      const {x, w, b} = inputs as Given;
      return conv2d(x, w, b, options);
    },
    pair: (inputs) => {
      const {x, w, b} = inputs as Given;
      const {out, cache} = conv2dForward(x, w, b, options);
      return {out, backward: (dout) => {
        const {dx, dw, db} = conv2dBackward(dout as tf.Tensor4D, cache);
        return {x: dx, w: dw, b: db};
      }};
    },
    reference: ({x, w, b}) => {
      const {out, cache} = convForward(x!, w!, b!, {...referenceOptions(window), groups});
      return {out, backward: (dout) => {
        const {dx, dw, db} = convBackward(dout, cache);
        return {x: dx, w: dw, b: db};
      }};
    },
  };
}

const cases = inBothFormats([
  convCase(windowCase([5, 5], 3, 2, {padding: 1}), {batch: 1}),
  convCase(windowCase([5, 7], 3, 1)),
  convCase(windowCase([5, 7], 3, 1), {bias: false}),
  convCase(windowCase([4, 5], 1, 1)),
  convCase(windowCase([5, 4], 1, 2)),
  convCase(windowCase([5, 6], [5, 6], 1)),
  convCase(windowCase([6, 5], [2, 3], [3, 2])),
  convCase(windowCase([7, 8], 3, 3)),
  convCase(windowCase([5, 4], 2, 3)),
  convCase(windowCase([4, 6], 3, 1, {padding: 'same'})),
  convCase(windowCase([5, 6], 2, 2, {padding: 'same'})),
  convCase(windowCase([3, 7], [2, 4], [3, 1], {padding: 'same'})),
  convCase(windowCase([5, 4], 3, 1, {padding: 2})),
  convCase(windowCase([5, 4], 2, 1, {padding: 4})),
  convCase(windowCase([5, 4], [3, 2], 2, {padding: [2, 1]})),
  convCase(windowCase([4, 5], [2, 3], [1, 2], {padding: [[0, 1], [2, 0]]})),
  convCase(windowCase([2, 3], 4, 1, {padding: [[2, 1], [0, 3]]})),
  convCase(windowCase([7, 8], 3, 1, {dilationRate: [2, 2]})),
  convCase(windowCase([7, 8], [2, 3], 1, {dilationRate: [3, 2], padding: 'same'})),
  convCase(windowCase([9, 8], 3, 2, {dilationRate: [2, 2]})),
  convCase(windowCase([8, 9], [3, 2], [2, 3], {dilationRate: [3, 2], padding: [[1, 2], [3, 0]]})),
  convCase(windowCase([5, 5], 3, 1, {padding: 'same'}), {groups: 2, channels: 1, filters: 2}),
  convCase(windowCase([5, 6], 3, 2, {padding: 1}), {groups: 3, channels: 2, filters: 1}),
  convCase(windowCase([6, 7], [2, 3], [2, 1], {dilationRate: [2, 2], padding: [[0, 1], [1, 0]]}), {groups: 2, bias: false}),
  convCase(windowCase([1, 1], 1, 1), {batch: 1, channels: 1, filters: 1}),
  // One output along an axis, where the stride is idle.
  convCase(windowCase([4, 3], [2, 2], [1, 2]), {channels: 1, filters: 1}),
  convCase(windowCase([3, 4], [1, 2], [1, 3], {padding: [[0, 0], [1, 1]]}), {channels: 1, filters: 2}),
  convCase(windowCase([2, 3], [2, 1], 1, {dilationRate: [1, 2]}), {batch: 1, channels: 2, filters: 1}),
  // Windows that see padding alone.
  convCase(windowCase([1, 1], 1, [1, 3], {padding: [0, 1]}), {channels: 1}),
  convCase(windowCase([2, 1], [2, 1], [2, 4], {padding: [0, 2]}), {batch: 3, channels: 1}),
]);

function title({window, batch, groups, channels, filters, bias}: ConvCase): string {
  return `${titleOf(window, batch, channels * groups)} K=${filters * groups} groups=${groups} ` +
    `${bias ? 'bias' : 'no bias'}`;
}

/** conv2d with every kind of window, groups, with and without bias, in both data formats. */
export const conv2dAgreement: Agreement<ConvCase> = {
  op: 'conv2d',
  cases: cases.map((one) => ({title: title(one), one})),
  random: fc.record({
    window: windowCases(() => 3), batch: fc.integer({min: 1, max: 2}), groups: fc.integer({min: 1, max: 3}),
    channels: fc.integer({min: 1, max: 2}), filters: fc.integer({min: 1, max: 2}), bias: fc.boolean(),
    seed: fc.nat(1000),
  }),
  comparison,
};
