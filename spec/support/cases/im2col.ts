import type * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';

import {col2im, im2col} from '../../../src/ops';
import * as reference from '../../../src/reference';
import type {ReferenceArray} from '../../../src/reference';
import type {Agreement, Comparison} from '../agreement';
import {transposed} from '../arrays';
import {randomValues} from '../random';
import {
  extentOf, imageOrder, imagesShape, referenceOptions, titleOf, windowCase, windowCases, windowOptions,
} from '../windows';
import type {WindowCase} from '../windows';

interface PatchCase {
  window: WindowCase;
  batch: number;
  channels: number;
  seed?: number;
}

type Reordering = (cols: ReferenceArray) => ReferenceArray;

/** Rows from the reference's order (c, kh, kw) to the op's, and back. */
function rowOrders({window: {kernel: [kh, kw], dataFormat}, channels}: PatchCase): {there: Reordering, back: Reordering} {
  const reorder = (sizes: number[], order: number[]): Reordering => (cols) => {
    const grouped = {shape: [...sizes, cols.shape[1]!], data: cols.data};
    return {shape: cols.shape, data: transposed(grouped, order).data};
  };
  if (dataFormat === 'channelsFirst') return {there: (cols) => cols, back: (cols) => cols};
  return {there: reorder([channels, kh, kw], [1, 2, 0, 3]), back: reorder([kh, kw, channels], [2, 0, 1, 3])};
}

function common(one: PatchCase) {
  const {window, batch, channels} = one;
  const xShape = imagesShape(window, batch, channels);
  return {
    xShape, ...rowOrders(one), image: imageOrder(window),
    options: {...windowOptions(window), kernelSize: window.kernel},
    referenced: {...referenceOptions(window), kernelSize: window.kernel},
  };
}

function gather(one: PatchCase): Comparison {
  const {xShape, there, back, image, options, referenced} = common(one);
  return {
    op: 'im2col',
    inputs: {x: randomValues(xShape, one.seed ?? 1)},
    orders: {x: image},
    run: ({x}) => im2col(x as tf.Tensor4D, options),
    reference: ({x}) => ({
      out: there(reference.im2col(x!, referenced)),
      backward: (dout) => ({x: reference.col2im(back(dout), xShape, referenced)}),
    }),
  };
}

function scatter(one: PatchCase): Comparison {
  const {xShape, there, back, image, options, referenced} = common(one);
  const {shape} = reference.im2col(randomValues(xShape, 1), referenced);
  const opShape = (image ? image.map((axis) => xShape[axis]!) : xShape) as [number, number, number, number];
  return {
    op: 'im2col',
    inputs: {cols: randomValues(shape, one.seed ?? 1)},
    orders: {out: image},
    run: ({cols}) => col2im(cols as tf.Tensor2D, opShape, options),
    reference: ({cols}) => ({
      out: reference.col2im(back(cols!), xShape, referenced),
      backward: (dout) => ({cols: there(reference.im2col(dout, referenced))}),
    }),
  };
}

const cases = [
  windowCase([5, 5], 3, 2, {padding: 1}),
  windowCase([4, 6], 1, 1),
  windowCase([5, 7], [2, 3], [1, 2]),
  windowCase([5, 4], [3, 2], 2, {padding: [2, 1]}),
  windowCase([4, 5], [2, 3], [1, 2], {padding: [[0, 1], [2, 0]]}),
  windowCase([6, 7], 3, 2, {padding: 'same'}),
  windowCase([7, 8], [3, 2], [2, 3], {dilationRate: [2, 3], padding: [[1, 3], [0, 2]]}),
  windowCase([1, 1], 1, 1),
].flatMap((window): WindowCase[] => [window, {...window, dataFormat: 'channelsFirst'}])
  .map((window) => ({title: `${titleOf(window, 2, 3)} F'=${extentOf(window)}`, one: {window, batch: 2, channels: 3}}));

const random: fc.Arbitrary<PatchCase> = fc.record({
  window: windowCases(() => 3), batch: fc.integer({min: 1, max: 2}), channels: fc.integer({min: 1, max: 3}),
  seed: fc.nat(1000),
});

/** im2col with every kind of window, in both data formats. */
export const im2colAgreement: Agreement<PatchCase> = {op: 'im2col', cases, random, comparison: gather};

/** col2im on the columns of the same windows. */
export const col2imAgreement: Agreement<PatchCase> = {op: 'col2im', cases, random, comparison: scatter};
