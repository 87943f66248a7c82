import type {Tensor, Tensor1D} from '@tensorflow/tfjs-core';

import {batchNorm, batchNormForward, groupNorm, layerNorm} from '../../ops';
import type {BatchNormForwardOptions, BatchNormOptions, GroupNormOptions, LayerNormOptions} from '../../ops';
import * as reference from '../../reference';
import {array} from '../../reference';
import type {ReferenceArray} from '../../reference';
import {changed, opCase, random, toTensor} from './case';
import type {OpChecks, VerifiedOp, VerifyCase} from './case';
import {evaluation, reordered} from './evaluation';
import type {Evaluation} from './evaluation';
import type {LayerRows} from './layer_case';

/** Batch norm in train or test mode; the options are the op's, `backward` that of `batchNorm`. */
export function exactBatchNorm(
    x: ReferenceArray, gamma: ReferenceArray | null, beta: ReferenceArray | null,
    options: Omit<BatchNormForwardOptions, 'mode' | 'runningMean' | 'runningVar'> &
        {runningMean?: ReferenceArray, runningVar?: ReferenceArray} = {}):
    Evaluation & {runningMean: ReferenceArray, runningVar: ReferenceArray} {
  const {axis = -1, epsilon = 1e-5, momentum = 0.9, backward = 'simplified', runningMean, runningVar} = options;
  const {out, cache, ...running} = reference.batchNormForward(x, gamma, beta, {
    mode: runningMean ? 'test' : 'train', axis, eps: epsilon, momentum,
    ...(runningMean && {runningMean, runningVar}),
  });
  const rule = backward === 'staged' ? reference.batchNormBackward : reference.batchNormBackwardAlt;
  return {...running, ...evaluation({out, cache}, rule)};
}

export function exactLayerNorm(
    x: ReferenceArray, gamma: ReferenceArray | null, beta: ReferenceArray | null,
    {axis = -1, epsilon = 1e-5}: LayerNormOptions = {}): Evaluation {
  return evaluation(reference.layerNormForward(x, gamma, beta, {axis, eps: epsilon}), reference.layerNormBackward);
}

export function exactGroupNorm(
    x: ReferenceArray, gamma: ReferenceArray | null, beta: ReferenceArray | null,
    {groups, axis = -1, epsilon = 1e-5}: GroupNormOptions): Evaluation {
  const position = axis < 0 ? axis + x.shape.length : axis;
  const order = [0, position, ...x.shape.map((_, a) => a).filter(a => a !== 0 && a !== position)];
  return reordered(x, order, inOrder => evaluation(
      reference.groupNormForward(inOrder, gamma, beta, {groups, eps: epsilon}), reference.groupNormBackward));
}

interface Extras {
  /** Which of gamma and beta take part. */
  scales?: 'both' | 'gamma' | 'beta' | 'neither';
  factor?: number;
  change?: (value: number, i: number) => number;
}

type Norm<T, O, Out> = (x: T, gamma: T | null, beta: T | null, options: O) => Out;

/** Makes cases of a norm; gamma and beta have the sizes of the axes that its options name. */
function norms<O extends {axis?: number | number[]}>(
    op: VerifiedOp, seed: number, f: Norm<never, O, Tensor>, exact: Norm<ReferenceArray, O, Evaluation>) {
  return (title: string, xShape: number[], options: O = {} as O,
      {scales = 'both', factor, change = v => v}: Extras = {}): VerifyCase => {
    const axes = [options.axis ?? -1].flat().map(axis => (axis < 0 ? axis + xShape.length : axis)).sort((a, b) => a - b);
    const sizes = axes.map(axis => xShape[axis]!);
    return opCase({
      op, title: `${title}: x=[${xShape}]`, factor,
      inputs: {
        x: changed(random(xShape, seed), change),
        gamma: scales === 'both' || scales === 'gamma' ? random(sizes, 21) : null,
        beta: scales === 'both' || scales === 'beta' ? random(sizes, 22) : null,
      },
      f: (x, gamma, beta) => f(x, gamma, beta, options), exact: (x, gamma, beta) => exact(x, gamma, beta, options),
    });
  };
}

const train = norms<BatchNormOptions>('batchNorm', 20, batchNorm, exactBatchNorm);

function test(title: string, xShape: number[], axis: number, scales?: Extras['scales']): VerifyCase {
  const channels = [xShape.at(axis)!];
  const runningMean = random(channels, 24);
  const runningVar = changed(random(channels, 25), value => 0.5 + Math.abs(value));
  const running = () => ({
    runningMean: toTensor(runningMean) as Tensor1D, runningVar: toTensor(runningVar) as Tensor1D,
  });
  const made = norms<{axis: number}>(
      'batchNorm', 23, (x, gamma, beta) => batchNormForward(x, gamma, beta, {mode: 'test', axis, ...running()}).out,
      (x, gamma, beta) => exactBatchNorm(x, gamma, beta, {axis, runningMean, runningVar}));
  return made(`in test mode, ${title}`, xShape, {axis}, {scales});
}

/** The running values that a batch leaves. */
function moved(momentum: number | undefined): VerifyCase {
  const x = random([4, 3, 5, 2], 26);
  const values = [['runningMean', random([2], 27)], ['runningVar', array([2], [0.5, 2])]] as const;
  return {
    name: `batchNorm running values, momentum ${momentum ?? 'not given'}`, op: 'batchNorm',
    compute: () => {
      const old = Object.fromEntries(values.map(([name, value]) => [name, toTensor(value) as Tensor1D]));
      const {runningMean, runningVar} =
          batchNormForward(toTensor(x), null, null, {mode: 'train', momentum, ...old});
      return {runningMean, runningVar};
    },
    expect: () => {
      const batch = exactBatchNorm(x, null, null, {momentum: 0});
      const m = momentum ?? 0.9;
      return Object.fromEntries(values.map(([name, old]) =>
          [name, changed(old, (value, i) => m * value + (1 - m) * batch[name].data[i]!)]));
    },
  };
}

const batchNormCases: VerifyCase[] = [
  train('plain', [8, 5]),
  train('images', [2, 5, 4, 3]),
  train('batch of 1', [1, 4, 3, 2]),
  train('many channels', [3, 4, 4, 65]),
  train('channels first', [2, 3, 5, 4], {axis: 1}),
  train('staged', [2, 5, 4, 3], {backward: 'staged'}),
  train('staged, channels first', [2, 3, 5, 4], {backward: 'staged', axis: 1}),
  train('gamma alone', [8, 5], {}, {scales: 'gamma'}),
  train('beta alone', [8, 5], {}, {scales: 'beta'}),
  train('neither', [8, 5], {epsilon: 1e-3}, {scales: 'neither'}),
  // A value near 100 is off by 4e-6, which 1 / std multiplies along with the differences that it is part of.
  train('far from zero', [8, 5], {}, {factor: 100, change: value => value + 100}),
  train('large values', [8, 5], {}, {change: value => value * 1e4}),
  train('zero variance', [8, 3], {}, {factor: 10, change: (value, i) => (i % 3 === 1 ? 2 : value)}),
  test('plain', [8, 5], -1),
  test('images', [2, 5, 4, 3], -1),
  test('channels first', [2, 3, 5, 4], 1),
  test('gamma alone', [8, 5], -1, 'gamma'),
  test('beta alone', [8, 5], -1, 'beta'),
  test('neither', [8, 5], -1, 'neither'),
  moved(undefined),
  moved(0.5),
];

const rows = norms<LayerNormOptions>('layerNorm', 28, layerNorm, exactLayerNorm);

const layerNormCases: VerifyCase[] = [
  rows('plain', [4, 7]),
  rows('batch of 1', [1, 33]),
  rows('one example without a batch', [9]),
  rows('long rows', [3, 1025]),
  rows('images, last axis', [2, 4, 5, 6]),
  rows('images, all but the batch', [2, 4, 5, 3], {axis: [1, 2, 3]}),
  rows('axes out of order', [2, 4, 5, 3], {axis: [3, 1]}),
  rows('gamma alone', [4, 7], {}, {scales: 'gamma'}),
  rows('beta alone', [4, 7], {}, {scales: 'beta'}),
  rows('neither', [4, 7], {epsilon: 1e-3}, {scales: 'neither'}),
  rows('far from zero', [4, 7], {}, {factor: 100, change: value => value + 100}),
  rows('large values', [4, 7], {}, {change: value => value * 1e4}),
];

const grouped = norms<GroupNormOptions>('groupNorm', 29, groupNorm, exactGroupNorm);

const groupNormCases: VerifyCase[] = [
  grouped('images, groups 2', [2, 4, 5, 6], {groups: 2}),
  grouped('one group', [2, 4, 5, 6], {groups: 1}),
  grouped('a group for each channel', [2, 4, 5, 3], {groups: -1}),
  grouped('channels first', [2, 6, 4, 5], {groups: 3, axis: 1}),
  grouped('many channels', [1, 8, 8, 64], {groups: 32}),
  grouped('rows', [4, 8], {groups: 2}),
  grouped('gamma alone', [2, 4, 5, 6], {groups: 2}, {scales: 'gamma'}),
  grouped('neither', [2, 4, 5, 6], {groups: 2, epsilon: 1e-3}, {scales: 'neither'}),
  grouped('far from zero', [2, 4, 5, 6], {groups: 2}, {factor: 100, change: value => value + 100}),
];

/** The norms: 1 / std multiplies differences that cancel, and again in the gradient. */
export const normOps = {
  batchNorm: {tolerance: 5e-5, cases: batchNormCases},
  layerNorm: {tolerance: 5e-5, cases: layerNormCases},
  groupNorm: {tolerance: 5e-5, cases: groupNormCases},
} satisfies OpChecks;

/** The layer in testing and in training. */
function batchNormalizations(title: string, axis: number) {
  return [false, true].map(training => ({
    title, training, xShape: [3, 4, 5, 2], weightShapes: [0, 1, 2, 3].map(() => [axis === 1 ? 4 : 2]), args: {axis},
    exact: (x: ReferenceArray, [gamma, beta, runningMean, runningVar]: ReferenceArray[]) => {
      const common = {axis, epsilon: 1e-3};
      if (!training) {
        return {
          ...exactBatchNorm(x, gamma!, beta!, {...common, runningMean, runningVar}),
          moved: [runningMean!, runningVar!],
        };
      }
      const batch = exactBatchNorm(x, gamma!, beta!, {...common, momentum: 0});
      const after = (old: ReferenceArray, now: ReferenceArray): ReferenceArray =>
          changed(old, (value, i) => 0.99 * value + 0.01 * now.data[i]!);
      return {...batch, moved: [after(runningMean!, batch.runningMean), after(runningVar!, batch.runningVar)]};
    },
  }));
}

/** The layers on them. */
export const normLayers = {
  batchNormalization: [...batchNormalizations('', -1), ...batchNormalizations(', channels first', 1)],
  groupNormalization: [{
    xShape: [3, 4, 5, 6], weightShapes: [[6], [6]], args: {groups: 3},
    exact: (x, [gamma, beta]) => exactGroupNorm(x, gamma!, beta!, {groups: 3, epsilon: 1e-3}),
  }],
  layerNormalization: [{
    xShape: [3, 4, 5], weightShapes: [[4, 5], [4, 5]], args: {axis: [1, 2]},
    exact: (x, [gamma, beta]) => exactLayerNorm(x, gamma!, beta!, {axis: [1, 2], epsilon: 1e-3}),
  }],
} satisfies LayerRows;
