import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';

import {softmaxLoss, softmaxLossBackward, softmaxLossForward} from '../../../src/ops';
import * as reference from '../../../src/reference';
import {array} from '../../../src/reference';
import type {ReferenceArray} from '../../../src/reference';
import type {Agreement, Comparison} from '../agreement';
import {randomValues} from '../random';
import type {Spread} from '../random';

type LabelForm = 'classes' | 'column' | 'one-hot' | 'weights';

interface LossCase {
  rows: number;
  classes: number;
  form: LabelForm;
  dtype: 'int32' | 'float32';
  reduction: 'mean' | 'none';
  /** What the scores are multiplied with. */
  scale: number;
  spread: Spread;
  seed?: number;
}

const lossCase = (rows: number, classes: number, rest: Partial<LossCase> = {}): LossCase => ({
  rows, classes, form: 'classes', dtype: 'int32', reduction: 'mean', scale: 1, spread: 'wide', ...rest,
});

/** Labels of a form; whole numbers, so that they are the same in either dtype, unless they are float32 weights. */
function labelsOf({rows, classes, form, dtype, seed = 1}: LossCase): ReferenceArray {
  const picks = randomValues([rows], seed + 7).data.map((v) => Math.floor((v + 2) / 4.001 * classes));
  if (form === 'classes') return array([rows], picks);
  // A single column is a class only where there are several; else it is a weight, of 1 here.
  if (form === 'column' && classes > 1) return array([rows, 1], picks);
  if (form === 'weights') {
    const weights = randomValues([rows, classes], seed + 8).data.map((v) => Math.abs(v));
    return array([rows, classes], dtype === 'int32' ? weights.map(Math.round) : weights);
  }
  return array([rows, classes], Array.from({length: rows * classes},
    (_, i) => Number(picks[Math.floor(i / classes)] === i % classes)));
}

function comparison(one: LossCase): Comparison {
  const {rows, classes, dtype, reduction, scale, spread, seed = 1} = one;
  const scores = randomValues([rows, classes], seed, spread);
  return {
    op: 'softmaxLoss',
    inputs: {
      scores: array(scores.shape, scores.data.map((v) => Math.fround(v * scale))),
      labels: labelsOf(one),
    },
    run: ({scores: x, labels}) => tf.tidy(() =>
      softmaxLoss(x as tf.Tensor2D, tf.cast(labels!, dtype), {reduction})),
    pair: reduction === 'none' ? undefined : ({scores: x, labels}) => {
      const {out, cache} = softmaxLossForward(x as tf.Tensor2D, tf.cast(labels!, dtype));
      return {out, backward: (dout) => ({scores: softmaxLossBackward(dout as tf.Scalar, cache).dx})};
    },
    reference: ({scores: x, labels}) => (reduction === 'none' ? rowByRow(x!, labels!) : mean(x!, labels!)),
  };
}

function mean(x: ReferenceArray, labels: ReferenceArray): ReturnType<Comparison['reference']> {
  const {loss, dx} = reference.softmaxLoss(x, labels);
  return {
    out: array([], [loss]),
    backward: (dout) => ({scores: array(dx.shape, dx.data.map((v) => v * dout.data[0]!))}),
  };
}

/** The loss of each row: the mean over that row alone. */
function rowByRow(x: ReferenceArray, labels: ReferenceArray): ReturnType<Comparison['reference']> {
  const [rows, classes] = x.shape as [number, number];
  const perRow = labels.data.length / rows;
  const each = Array.from({length: rows}, (_, n) => reference.softmaxLoss(
    array([1, classes], x.data.slice(n * classes, (n + 1) * classes)),
    array([1, ...labels.shape.slice(1)], labels.data.slice(n * perRow, (n + 1) * perRow))));
  return {
    out: array([rows], each.map(({loss}) => loss)),
    backward: (dout) => ({
      scores: array(x.shape, each.flatMap(({dx}, n) => Array.from(dx.data, (v) => v * dout.data[n]!))),
    }),
  };
}

const forms: readonly LabelForm[] = ['classes', 'column', 'one-hot', 'weights'];
const dtypes = ['int32', 'float32'] as const;
const reductions = ['mean', 'none'] as const;

const cases: LossCase[] = [
  ...forms.flatMap((form) => dtypes.flatMap((dtype) => reductions.map((reduction) =>
    lossCase(3, 5, {form, dtype, reduction})))),
  lossCase(1, 4),
  lossCase(4, 2, {form: 'one-hot', dtype: 'float32'}),
  ...forms.map((form) => lossCase(3, 1, {form})),
  lossCase(4, 3, {spread: 'tied'}),
  ...forms.flatMap((form) => [lossCase(3, 4, {form, scale: 5000}), lossCase(3, 4, {form, scale: -5000, reduction: 'none'})]),
];

/** softmaxLoss with every form of labels, scores up to +-1e4, one class. */
export const softmaxLossAgreement: Agreement<LossCase> = {
  op: 'softmaxLoss',
  cases: cases.map((one) => ({
    title: `scores=[${one.rows},${one.classes}] * ${one.scale} ${one.dtype} ${one.form} ${one.reduction}`,
    one, second: one.scale === 1,
  })),
  random: fc.record({
    rows: fc.integer({min: 1, max: 5}), classes: fc.integer({min: 1, max: 6}), form: fc.constantFrom(...forms),
    dtype: fc.constantFrom(...dtypes), reduction: fc.constantFrom(...reductions),
    scale: fc.constantFrom(1, 0, 10, -100, 5000), spread: fc.constantFrom<Spread>('tied', 'wide'), seed: fc.nat(1000),
  }),
  comparison,
};
