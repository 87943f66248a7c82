import type * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';

import {affine, affineBackward, affineForward} from '../../../src/ops';
import * as reference from '../../../src/reference';
import type {Agreement, Comparison} from '../agreement';
import {randomValues} from '../random';

interface AffineCase {
  /** [N, d1, ..., dk] */
  shape: number[];
  columns: number;
  bias: boolean;
  seed?: number;
}

function comparison({shape, columns, bias, seed = 1}: AffineCase): Comparison {
  const rows = shape.slice(1).reduce((size, d) => size * d, 1);
  type Given = {x: tf.Tensor, w: tf.Tensor2D, b: tf.Tensor1D | null};
  return {
    op: 'affine',
    inputs: {
      x: randomValues(shape, seed),
      w: randomValues([rows, columns], seed + 1),
      b: bias ? randomValues([columns], seed + 2) : null,
    },
    run: (inputs) => {
      const {x, w, b} = inputs as Given;
      return affine(x, w, b);
    },
    pair: (inputs) => {
      const {x, w, b} = inputs as Given;
      const {out, cache} = affineForward(x, w, b);
      return {out, backward: (dout) => {
        const {dx, dw, db} = affineBackward(dout as tf.Tensor2D, cache);
        return {x: dx, w: dw, b: db};
      }};
    },
    reference: ({x, w, b}) => {
      const {out, cache} = reference.affineForward(x!, w!, b!);
      return {out, backward: (dout) => {
        const {dx, dw, db} = reference.affineBackward(dout, cache);
        return {x: dx, w: dw, b: db};
      }};
    },
  };
}

const cases: AffineCase[] = [
  {shape: [4], columns: 3, bias: true},
  {shape: [1, 1], columns: 1, bias: true},
  {shape: [3, 5], columns: 4, bias: true},
  {shape: [3, 5], columns: 4, bias: false},
  {shape: [1, 7], columns: 2, bias: true},
  {shape: [5, 1], columns: 3, bias: true},
  {shape: [2, 3, 4], columns: 5, bias: true},
  {shape: [2, 3, 2, 4], columns: 3, bias: false},
  {shape: [2, 3, 1, 2, 2], columns: 3, bias: true},
];

/** affine on examples of every rank, with and without bias. */
export const affineAgreement: Agreement<AffineCase> = {
  op: 'affine',
  cases: cases.map((one) => ({title: `x=[${one.shape}] M=${one.columns} ${one.bias ? 'bias' : 'no bias'}`, one})),
  random: fc.record({
    shape: fc.array(fc.integer({min: 1, max: 5}), {minLength: 1, maxLength: 4}), columns: fc.integer({min: 1, max: 6}),
    bias: fc.boolean(), seed: fc.nat(1000),
  }),
  comparison,
};
