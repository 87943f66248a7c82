import type * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';

import {conv2dTranspose, conv2dTransposeBackward, conv2dTransposeForward} from '../../../src/ops';
import {convTransposeBackward, convTransposeForward} from '../../../src/reference';
import type {Agreement, Comparison} from '../agreement';
import {randomValues} from '../random';
import {extentOf, imageOrder, imagesShape, inBothFormats, referenceOptions, titleOf, windowCase, windowOptions} from '../windows';
import type {WindowCase} from '../windows';

type Pair = [number, number];

interface TransposeCase {
  /** `size` is that of x. */
  window: WindowCase;
  outputPadding: number | Pair | null;
  batch: number;
  channels: number;
  filters: number;
  bias: boolean;
  seed?: number;
}

const transposeCase = (window: WindowCase, rest: Partial<TransposeCase> = {}): TransposeCase =>
  ({window, outputPadding: null, batch: 2, channels: 3, filters: 2, bias: true, ...rest});

/** The formulas of the op's page, written again. */
function outSizeOf({window, outputPadding}: TransposeCase): Pair {
  const extent = extentOf(window);
  return window.size.map((W, i) => {
    const [S, F] = [window.strides[i]!, extent[i]!];
    const more = Array.isArray(outputPadding) ? outputPadding[i]! : outputPadding;
    const {padding} = window;
    if (padding === 'valid') return (W - 1) * S + (more === null ? Math.max(F, S) : F + more);
    if (padding === 'same') return more === null ? W * S : (W - 1) * S + F % 2 + more;
    const one = typeof padding === 'number' ? padding : padding[i]!;
    const both = typeof one === 'number' ? 2 * one : one[0] + one[1];
    return (W - 1) * S + F - both + (more ?? 0);
  }) as Pair;
}

function comparison(one: TransposeCase): Comparison {
  const {window, outputPadding, batch, channels, filters, bias, seed = 1} = one;
  const image = imageOrder(window);
  const options = {...windowOptions(window), outputPadding};
  const outSize = outSizeOf(one);
  const back = referenceOptions({...window, size: outSize});
  const outputPad = outSize.map((size, i) => size + back.pad[i]![0] + back.pad[i]![1] -
    (window.size[i]! - 1) * window.strides[i]! - extentOf(window)[i]!) as Pair;
  type Given = {x: tf.Tensor4D, w: tf.Tensor4D, b: tf.Tensor1D | null};
  return {
    op: 'conv2dTranspose',
    inputs: {
      x: randomValues(imagesShape(window, batch, channels), seed),
      w: randomValues([channels, filters, ...window.kernel], seed + 1),
      b: bias ? randomValues([filters], seed + 2) : null,
    },
    orders: {x: image, w: [2, 3, 1, 0], out: image},
    run: (inputs) => {
      const {x, w, b} = inputs as Given;
      return conv2dTranspose(x, w, b, options);
    },
    pair: (inputs) => {
      const {x, w, b} = inputs as Given;
      const {out, cache} = conv2dTransposeForward(x, w, b, options);
      return {out, backward: (dout) => {
        const {dx, dw, db} = conv2dTransposeBackward(dout as tf.Tensor4D, cache);
        return {x: dx, w: dw, b: db};
      }};
    },
    reference: ({x, w, b}) => {
      const {out, cache} = convTransposeForward(x!, w!, b!, {...back, outputPad});
      return {out, backward: (dout) => {
        const {dx, dw, db} = convTransposeBackward(dout, cache);
        return {x: dx, w: dw, b: db};
      }};
    },
  };
}

const cases = inBothFormats([
  transposeCase(windowCase([3, 4], 3, 2, {padding: 1}), {batch: 1}),
  transposeCase(windowCase([3, 4], 3, 2, {padding: 1}), {outputPadding: 1}),
  transposeCase(windowCase([4, 3], 3, 1), {bias: false}),
  transposeCase(windowCase([4, 3], 1, 1)),
  transposeCase(windowCase([3, 2], 2, 3)),
  transposeCase(windowCase([3, 2], [2, 3], [3, 2]), {outputPadding: [2, 0]}),
  transposeCase(windowCase([3, 4], 3, 2, {padding: 'same'})),
  transposeCase(windowCase([3, 4], 2, 3, {padding: 'same'})),
  transposeCase(windowCase([3, 4], 3, 2, {padding: 'same'}), {outputPadding: 0}),
  transposeCase(windowCase([3, 4], 3, 2, {padding: 'same'}), {outputPadding: 1}),
  transposeCase(windowCase([3, 4], 4, 3, {padding: 'same'}), {outputPadding: [1, 3]}),
  transposeCase(windowCase([4, 3], 3, 1, {padding: [2, 1]})),
  transposeCase(windowCase([4, 5], [2, 3], [1, 2], {padding: [[0, 1], [2, 0]]})),
  transposeCase(windowCase([3, 4], 3, 1, {dilationRate: [2, 2]})),
  transposeCase(windowCase([4, 3], [2, 3], 2, {dilationRate: [3, 2], padding: 'same'})),
  transposeCase(windowCase([3, 4], [3, 2], [2, 3], {dilationRate: [3, 2], padding: [[1, 2], [3, 0]]}), {outputPadding: [1, 2]}),
  transposeCase(windowCase([1, 1], 1, 1), {batch: 1, channels: 1, filters: 1}),
]);

function title({window, outputPadding, batch, channels, filters, bias}: TransposeCase): string {
  return `${titleOf(window, batch, channels)} K=${filters} outputPadding=${JSON.stringify(outputPadding)} ` +
    `${bias ? 'bias' : 'no bias'}`;
}

const upTo = (most: number, least = 1) => fc.integer({min: least, max: most});

/** Windows whose output has at least one row and column; more rows than the stride allows are not drawn. */
const drawn: fc.Arbitrary<TransposeCase> = fc.record({
  size: fc.tuple(upTo(3), upTo(3)), kernel: fc.tuple(upTo(3), upTo(3)), strides: fc.tuple(upTo(3), upTo(3)),
  dilationRate: fc.tuple(upTo(3), upTo(3)), form: fc.constantFrom('valid', 'same', 'number', 'pair', 'sides'),
  pads: fc.tuple(upTo(3, 0), upTo(3, 0), upTo(3, 0), upTo(3, 0)),
  more: fc.option(fc.tuple(upTo(2, 0), upTo(2, 0))), dataFormat: fc.constantFrom('channelsLast', 'channelsFirst'),
  batch: upTo(2), channels: upTo(3), filters: upTo(3), bias: fc.boolean(), seed: fc.nat(1000),
}).map(({size, kernel, strides, dilationRate, form, pads, more, dataFormat, ...rest}): TransposeCase => {
  const extent = extentOf({kernel, dilationRate});
  const room = size.map((W, i) => (W - 1) * strides[i]! + extent[i]! - 1);
  const fit = (pad: number, i: number) => Math.min(pad, Math.floor(room[i]! / 2));
  const [top, bottom, left, right] = pads.map((pad, i) => fit(pad, i < 2 ? 0 : 1)) as [...Pair, ...Pair];
  const padding: WindowCase['padding'] = form === 'valid' || form === 'same' ? form :
    form === 'number' ? Math.min(top, left) : form === 'pair' ? [top, left] : [[top, bottom], [left, right]];
  const outputPadding = more && more.map((rows, i) => {
    const least = form === 'same' ? 1 - extent[i]! % 2 : 0;
    return Math.min(least + rows, least + strides[i]! - 1);
  }) as Pair;
  return {window: {size, kernel, strides, dilationRate, padding, dataFormat} as WindowCase, outputPadding, ...rest};
});

/** conv2dTranspose with every kind of window and output size, in both data formats. */
export const conv2dTransposeAgreement: Agreement<TransposeCase> = {
  op: 'conv2dTranspose',
  cases: cases.map((one) => ({title: title(one), one})),
  random: drawn,
  comparison,
};
