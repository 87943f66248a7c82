import type * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';

import {depthwiseConv2d, depthwiseConv2dBackward, depthwiseConv2dForward} from '../../../src/ops';
import {depthwiseConvBackward, depthwiseConvForward} from '../../../src/reference';
import type {Agreement, Comparison} from '../agreement';
import {toTaps} from '../arrays';
import {randomValues} from '../random';
import {
  imageOrder, imagesShape, inBothFormats, referenceOptions, titleOf, windowCase, windowCases, windowOptions,
} from '../windows';
import type {WindowCase} from '../windows';

interface DepthwiseCase {
  window: WindowCase;
  batch: number;
  channels: number;
  /** Filters of each channel. */
  multiplier: number;
  bias: boolean;
  seed?: number;
}

const depthwiseCase = (window: WindowCase, rest: Partial<DepthwiseCase> = {}): DepthwiseCase =>
  ({window, batch: 2, channels: 3, multiplier: 1, bias: true, ...rest});

function comparison({window, batch, channels, multiplier, bias, seed = 1}: DepthwiseCase): Comparison {
  const image = imageOrder(window);
  const options = windowOptions(window);
  type Given = {x: tf.Tensor4D, w: tf.Tensor4D, b: tf.Tensor1D | null};
  return {
    op: 'depthwiseConv2d',
    inputs: {
      x: randomValues(imagesShape(window, batch, channels), seed),
      w: randomValues([channels, multiplier, ...window.kernel], seed + 1),
      b: bias ? randomValues([channels * multiplier], seed + 2) : null,
    },
    orders: {x: image, w: toTaps, out: image},
    run: (inputs) => {
      const {x, w, b} = inputs as Given;
      return depthwiseConv2d(x, w, b, options);
    },
    pair: (inputs) => {
      const {x, w, b} = inputs as Given;
      const {out, cache} = depthwiseConv2dForward(x, w, b, options);
      return {out, backward: (dout) => {
        const {dx, dw, db} = depthwiseConv2dBackward(dout as tf.Tensor4D, cache);
        return {x: dx, w: dw, b: db};
      }};
    },
    reference: ({x, w, b}) => {
      const {out, cache} = depthwiseConvForward(x!, w!, b!, referenceOptions(window));
      return {out, backward: (dout) => {
        const {dx, dw, db} = depthwiseConvBackward(dout, cache);
        return {x: dx, w: dw, b: db};
      }};
    },
  };
}

const cases = inBothFormats([
  depthwiseCase(windowCase([5, 5], 3, 2, {padding: 1}), {batch: 1}),
  depthwiseCase(windowCase([5, 6], 3, 1), {multiplier: 2}),
  depthwiseCase(windowCase([5, 6], 3, 1), {bias: false, channels: 4}),
  depthwiseCase(windowCase([4, 5], 1, 1)),
  depthwiseCase(windowCase([6, 5], [2, 3], [3, 2]), {multiplier: 3, channels: 2}),
  depthwiseCase(windowCase([5, 6], 2, 2, {padding: 'same'})),
  depthwiseCase(windowCase([3, 7], [2, 4], [3, 1], {padding: 'same'}), {multiplier: 2}),
  depthwiseCase(windowCase([5, 4], 2, 1, {padding: 4})),
  depthwiseCase(windowCase([4, 5], [2, 3], [1, 2], {padding: [[0, 1], [2, 0]]})),
  depthwiseCase(windowCase([7, 8], [2, 3], 1, {dilationRate: [3, 2], padding: 'same'})),
  depthwiseCase(windowCase([8, 9], [3, 2], [2, 3], {dilationRate: [3, 2], padding: [[1, 2], [3, 0]]}), {multiplier: 2}),
  depthwiseCase(windowCase([1, 1], 1, 1), {batch: 1, channels: 1}),
  depthwiseCase(windowCase([4, 5], 2, 1), {channels: 1, multiplier: 2}),
  depthwiseCase(windowCase([2, 1], [2, 1], [2, 4], {padding: [0, 2]}), {batch: 3}),
]);

function title({window, batch, channels, multiplier, bias}: DepthwiseCase): string {
  return `${titleOf(window, batch, channels)} M=${multiplier} ${bias ? 'bias' : 'no bias'}`;
}

/** depthwiseConv2d with every kind of window, one filter of a channel and several, in both data formats. */
export const depthwiseConv2dAgreement: Agreement<DepthwiseCase> = {
  op: 'depthwiseConv2d',
  cases: cases.map((one) => ({title: title(one), one})),
  random: fc.record({
    window: windowCases(() => 3), batch: fc.integer({min: 1, max: 2}), channels: fc.integer({min: 1, max: 4}),
    multiplier: fc.integer({min: 1, max: 3}), bias: fc.boolean(), seed: fc.nat(1000),
  }),
  comparison,
};
