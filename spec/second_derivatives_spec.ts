import * as tf from '@tensorflow/tfjs-core';

import {exactAffine, exactRelu, exactSoftmaxLoss} from '../src/checks/verify/dense';
import {exactBatchNorm, exactLayerNorm} from '../src/checks/verify/norms';
import {exactConv2d, exactIm2col, exactMaxPool2d} from '../src/checks/verify/windows';
import * as ops from '../src/ops';
import type {Conv2dOptions, Im2colOptions, MaxPool2dOptions, ReluOptions, SoftmaxLossOptions} from '../src/ops';
import {array} from '../src/reference/array';
import type {ReferenceArray} from '../src/reference/array';
import {toTensor} from './support/arrays';
import {describeOnBackends} from './support/backends';
import {expectClose, expectNoLeaks} from './support/matchers';
import {distinctArray, randomArray} from './support/numeric_gradient';
import {
  second, secondExact, third, thirdExact, throughPair, throughPairExact,
} from './support/second_order';
import type {Twin, TwinPair} from './support/second_order';

/** float32 through three passes, against differences in float64 that are good to 1e-7. */
const tolerance = {relative: 2e-4, absolute: 2e-5};

interface Case extends Twin {
  name: string;
  inputs: ReferenceArray[];
}

function smaller(x: ReferenceArray, factor: number): ReferenceArray {
  return {shape: x.shape, data: x.data.map(value => value * factor)};
}

function conv(name: string, xShape: number[], wShape: number[], options: Conv2dOptions, bias = true): Case {
  const inputs = [randomArray(xShape, 1), smaller(randomArray(wShape, 2), 0.3)];
  if (bias) inputs.push(randomArray([wShape[3]!], 3));
  return {
    name: `conv2d ${name}`, inputs,
    op: (x, w, b) => ops.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, (b ?? null) as tf.Tensor1D | null, options),
    exact: (x, w, b) => exactConv2d(x!, w!, b ?? null, options),
  };
}

function pool(name: string, xShape: number[], options: MaxPool2dOptions): Case {
  return {
    name: `maxPool2d ${name}`, inputs: [distinctArray(xShape, 4)],
    op: x => ops.maxPool2d(x as tf.Tensor4D, options), exact: x => exactMaxPool2d(x!, options),
  };
}

function columns(name: string, xShape: number[], options: Im2colOptions): Case {
  return {
    name: `im2col ${name}`, inputs: [randomArray(xShape, 5)],
    op: x => ops.im2col(x as tf.Tensor4D, options), exact: x => exactIm2col(x!, options),
  };
}

function relu(name: string, options: ReluOptions): Case {
  return {
    name: `relu ${name}`, inputs: [distinctArray([3, 7], 6)],
    op: x => ops.relu(x, options), exact: x => exactRelu(x!, options),
  };
}

function affine(name: string, xShape: number[], bias = true): Case {
  const size = xShape.slice(1).reduce((a, b) => a * b, 1);
  const inputs = [randomArray(xShape, 7), smaller(randomArray([size, 4], 8), 0.3)];
  if (bias) inputs.push(randomArray([4], 9));
  return {
    name: `affine ${name}`, inputs,
    op: (x, w, b) => ops.affine(x!, w as tf.Tensor2D, (b ?? null) as tf.Tensor1D | null),
    exact: (x, w, b) => exactAffine(x!, w!, b ?? null),
  };
}

function softmax(name: string, shape: [number, number], labels: ReferenceArray, options: SoftmaxLossOptions): Case {
  const dtype = labels.shape.length === 1 ? 'int32' : 'float32';
  return {
    name: `softmaxLoss ${name}`, inputs: [randomArray(shape, 10)],
    op: x => ops.softmaxLoss(x as tf.Tensor2D, tf.tensor(Array.from(labels.data), labels.shape, dtype), options),
    exact: x => exactSoftmaxLoss(x!, labels, options),
  };
}

type NormParts = 'both' | 'gamma' | 'beta' | 'neither';

/** Inputs of a norm: x, and gamma and beta where they take part. */
function normInputs(xShape: number[], scaleShape: number[], parts: NormParts) {
  const inputs = [randomArray(xShape, 11)];
  const gammaAt = parts === 'both' || parts === 'gamma' ? inputs.push(randomArray(scaleShape, 12)) - 1 : -1;
  const betaAt = parts === 'both' || parts === 'beta' ? inputs.push(randomArray(scaleShape, 13)) - 1 : -1;
  const pick = <T>(all: T[]): [T, T | null, T | null] => [all[0]!, all[gammaAt] ?? null, all[betaAt] ?? null];
  return {inputs, pick};
}

function batchNorm(
    name: string, xShape: number[], options: ops.BatchNormOptions & {epsilon: number},
    parts: NormParts = 'both'): Case {
  const axis = options.axis ?? -1;
  const {inputs, pick} = normInputs(xShape, [xShape.at(axis)!], parts);
  return {
    name: `batchNorm ${name}`, inputs,
    op: (...all) => ops.batchNorm(...pick(all) as [tf.Tensor, tf.Tensor1D | null, tf.Tensor1D | null], options),
    exact: (...all) => exactBatchNorm(...pick(all), options),
  };
}

/** Through batchNormForward: in train mode as the op, in test mode by the running values. */
function batchNormForward(name: string, mode: 'train' | 'test', axis: number, parts: NormParts = 'both'): Case {
  const xShape = [3, 2, 4, 5];
  const channels = xShape.at(axis)!;
  const {inputs, pick} = normInputs(xShape, [channels], parts);
  const mean = randomArray([channels], 14);
  const variance = {shape: [channels], data: randomArray([channels], 15).data.map(v => 0.5 + Math.abs(v))};
  return {
    name: `batchNormForward ${name}`, inputs,
    op: (...all) => {
      const [runningMean, runningVar] = [mean, variance].map(value => toTensor<tf.Rank.R1>(value));
      const running = mode === 'test' ? {runningMean, runningVar} : {};
      const given = pick(all) as [tf.Tensor, tf.Tensor1D | null, tf.Tensor1D | null];
      return ops.batchNormForward(...given, {mode, axis, epsilon: 1e-2, ...running}).out;
    },
    exact: (...all) => exactBatchNorm(...pick(all),
        {axis, epsilon: 1e-2, ...(mode === 'test' && {runningMean: mean, runningVar: variance})}),
  };
}

function layerNorm(
    name: string, xShape: number[], options: ops.LayerNormOptions & {epsilon: number},
    parts: NormParts = 'both'): Case {
  const axes = [options.axis ?? -1].flat().map(a => (a < 0 ? a + xShape.length : a)).sort((a, b) => a - b);
  const {inputs, pick} = normInputs(xShape, axes.map(a => xShape[a]!), parts);
  return {
    name: `layerNorm ${name}`, inputs,
    op: (...all) => ops.layerNorm(...pick(all), options),
    exact: (...all) => exactLayerNorm(...pick(all), options),
  };
}

const cases: Case[] = [
  conv('x=[2,4,5,2] F=3x2', [2, 4, 5, 2], [3, 2, 2, 3], {}),
  conv('without bias', [1, 4, 4, 2], [2, 2, 2, 2], {}, false),
  conv('S=[2,1] same', [2, 5, 4, 1], [3, 3, 1, 2], {strides: [2, 1], padding: 'same'}),
  conv('S=2 P=1', [1, 5, 5, 2], [3, 3, 2, 2], {strides: 2, padding: 1}),
  conv('sides padded apart', [1, 4, 4, 1], [3, 2, 1, 2], {padding: [[2, 0], [0, 1]]}),
  conv('D=2', [1, 6, 5, 2], [3, 2, 2, 2], {dilationRate: 2}),
  conv('D=[2,3] S=[2,2] P=1', [1, 7, 8, 1], [2, 2, 1, 2], {dilationRate: [2, 3], strides: 2, padding: 1}),
  conv('groups=2', [2, 4, 4, 4], [3, 3, 2, 4], {groups: 2, padding: 'same'}),
  conv('channels first', [2, 2, 4, 5], [2, 3, 2, 3], {dataFormat: 'channelsFirst', strides: [1, 2]}),
  conv('rows no window reaches', [1, 6, 7, 1], [2, 1, 1, 2], {strides: 4}),
  conv('F=1', [2, 3, 3, 2], [1, 1, 2, 3], {}),
  conv('F larger than x', [1, 2, 2, 1], [4, 4, 1, 2], {padding: 2}),
  pool('2x2', [2, 4, 6, 2], {poolSize: 2}),
  pool('2x2, sizes that do not divide', [1, 5, 7, 2], {poolSize: 2}),
  pool('3/2, windows overlap', [2, 7, 5, 2], {poolSize: 3, strides: 2}),
  pool('3/1 P=1', [1, 4, 5, 1], {poolSize: 3, strides: 1, padding: 1}),
  pool('[2,3] same', [1, 5, 5, 2], {poolSize: [2, 3], strides: 2, padding: 'same'}),
  pool('D=2', [1, 6, 6, 1], {poolSize: 2, strides: 1, dilationRate: 2}),
  pool("ties 'first'", [1, 4, 4, 2], {poolSize: 2, ties: 'first'}),
  pool("ties 'split', overlapping", [1, 5, 5, 1], {poolSize: 3, strides: 2, ties: 'split'}),
  pool('channels first', [2, 2, 4, 4], {poolSize: 2, dataFormat: 'channelsFirst'}),
  columns('F=2', [2, 4, 3, 2], {kernelSize: 2}),
  columns('F=[3,2] S=2 P=1 D=[1,2]', [1, 5, 5, 2], {kernelSize: [3, 2], strides: 2, padding: 1, dilationRate: [1, 2]}),
  columns('channels first', [2, 2, 4, 3], {kernelSize: 2, dataFormat: 'channelsFirst'}),
  relu('', {}),
  relu('leaky', {negativeSlope: 0.3}),
  relu('thresholded, capped', {negativeSlope: 0.1, threshold: 0.2, maxValue: 0.6}),
  affine('x=[3,5]', [3, 5]),
  affine('x=[2,3,2,2]', [2, 3, 2, 2]),
  affine('without bias', [3, 5], false),
  softmax('classes', [4, 3], array([4], [2, 0, 1, 1]), {}),
  softmax('weights', [3, 4], array([3, 4], [0.2, 0.3, 0.5, 0, 1, 0, 0, 0, 0.5, 0.5, 0.5, 1]), {}),
  softmax("'none'", [4, 3], array([4], [2, 0, 1, 1]), {reduction: 'none'}),
  softmax('one class', [3, 1], array([3], [0, 0, 0]), {}),
  ...(['simplified', 'staged'] as const).flatMap(backward => [
    batchNorm(`${backward} x=[6,3]`, [6, 3], {backward, epsilon: 1e-5}),
    batchNorm(`${backward} x=[2,3,4,2]`, [2, 3, 4, 2], {backward, epsilon: 1e-2}),
    batchNorm(`${backward} axis=1`, [3, 2, 4, 3], {backward, axis: 1, epsilon: 1e-3}),
    batchNorm(`${backward} gamma alone`, [6, 3], {backward, epsilon: 1e-3}, 'gamma'),
    batchNorm(`${backward} beta alone`, [6, 3], {backward, epsilon: 1e-3}, 'beta'),
    batchNorm(`${backward} neither`, [6, 3], {backward, epsilon: 1e-3}, 'neither'),
  ]),
  batchNormForward('train', 'train', -1),
  batchNormForward('train axis=1', 'train', 1, 'gamma'),
  batchNormForward('test', 'test', -1),
  batchNormForward('test axis=1', 'test', 1),
  batchNormForward('test, beta alone', 'test', -1, 'beta'),
  batchNormForward('test, neither', 'test', -1, 'neither'),
  layerNorm('x=[4,6]', [4, 6], {epsilon: 1e-5}),
  layerNorm('axis=[1,2,3]', [2, 3, 2, 3], {axis: [1, 2, 3], epsilon: 1e-2}),
  layerNorm('axis=[3,1]', [2, 3, 2, 3], {axis: [3, 1], epsilon: 1e-2}),
  layerNorm('gamma alone', [4, 6], {epsilon: 1e-3}, 'gamma'),
  layerNorm('beta alone', [4, 6], {epsilon: 1e-3}, 'beta'),
  layerNorm('neither', [4, 6], {epsilon: 1e-3}, 'neither'),
  layerNorm('x=[5]', [5], {epsilon: 1e-3}),
];

/** What the two float64 sides of a case say, computed once for all backends. */
const exactly = new Map<string, ReferenceArray[]>();
function remembered(key: string, compute: () => ReferenceArray[]): ReferenceArray[] {
  if (!exactly.has(key)) exactly.set(key, compute());
  return exactly.get(key)!;
}

describeOnBackends('second derivatives', () => {
  for (const c of cases) {
    it(c.name, async () => {
      const want = remembered(`2 ${c.name}`, () => secondExact(c, c.inputs));
      const got = second(c, c.inputs);
      for (const [i, gradient] of got.entries()) await expectClose(gradient, want[i]!, tolerance, `input ${i}`);
    });
  }

  it('frees all but the result', async () => {
    for (const c of cases) await expectNoLeaks(() => second(c, c.inputs));
  });
});

describeOnBackends('third derivatives', () => {
  for (const c of cases) {
    it(c.name, async () => {
      const want = remembered(`3 ${c.name}`, () => thirdExact(c, c.inputs));
      const got = third(c, c.inputs);
      for (const [i, gradient] of got.entries()) {
        await expectClose(gradient, want[i]!, {relative: 1e-3, absolute: 1e-4}, `input ${i}`);
      }
    });
  }
});

interface PairCase extends TwinPair {
  name: string;
  inputs: ReferenceArray[];
  outShape: number[];
}

/* eslint-disable @typescript-eslint/no-explicit-any -- each takes tensors of its own ranks */
function pair<Cache>(
    name: string, inputs: ReferenceArray[], outShape: number[],
    forward: (...inputs: any[]) => {cache: Cache},
    backward: (dout: any, cache: Cache) => {[name: string]: tf.Tensor | null},
    exact: TwinPair['exact']): PairCase {
  return {
    name, inputs, outShape, exact,
    gradients: (all, dout) => Object.values(backward(dout, forward(...all).cache)),
  };
}
/* eslint-enable @typescript-eslint/no-explicit-any */

const convOptions: Conv2dOptions = {strides: 2, dilationRate: 2};
const poolOptions: MaxPool2dOptions = {poolSize: 3, strides: 2};
const [xNorm, gammaNorm, betaNorm] = normInputs([4, 3], [3], 'both').inputs as
    [ReferenceArray, ReferenceArray, ReferenceArray];
const running = {runningMean: array([3], [0.1, -0.4, 0.2]), runningVar: array([3], [0.5, 1.5, 2])};

const pairs: PairCase[] = [
  pair('conv2dForward, conv2dBackward',
      [randomArray([1, 6, 5, 2], 1), randomArray([2, 2, 2, 3], 2), randomArray([3], 3)], [1, 2, 2, 3],
      (x, w, b) => ops.conv2dForward(x, w, b, convOptions), ops.conv2dBackward,
      (x, w, b) => exactConv2d(x!, w!, b!, convOptions)),
  pair('maxPool2dForward, maxPool2dBackward', [distinctArray([1, 5, 5, 2], 4)], [1, 2, 2, 2],
      x => ops.maxPool2dForward(x, poolOptions), ops.maxPool2dBackward, x => exactMaxPool2d(x!, poolOptions)),
  pair('reluForward, reluBackward', [distinctArray([3, 4], 5)], [3, 4],
      x => ops.reluForward(x, {negativeSlope: 0.2}), ops.reluBackward, x => exactRelu(x!, {negativeSlope: 0.2})),
  pair('affineForward, affineBackward',
      [randomArray([3, 2, 2], 6), randomArray([4, 5], 7), randomArray([5], 8)], [3, 5],
      (x, w, b) => ops.affineForward(x, w, b), ops.affineBackward, (x, w, b) => exactAffine(x!, w!, b!)),
  pair('softmaxLossForward, softmaxLossBackward', [randomArray([4, 3], 9)], [],
      x => ops.softmaxLossForward(x, tf.tensor1d([2, 0, 1, 1], 'int32')), ops.softmaxLossBackward,
      x => exactSoftmaxLoss(x!, array([4], [2, 0, 1, 1]))),
  ...([[ops.batchNormBackward, 'staged'], [ops.batchNormBackwardAlt, 'simplified']] as const).flatMap(
      ([backward, form]) => [
        pair(`batchNormForward in train mode, ${backward.name}`, [xNorm, gammaNorm, betaNorm], [4, 3],
            (x, gamma, beta) => ops.batchNormForward(x, gamma, beta, {mode: 'train', epsilon: 1e-3}),
            (dout, cache) => ({...backward(dout, cache)}),
            (x, gamma, beta) => exactBatchNorm(x!, gamma!, beta!, {backward: form, epsilon: 1e-3})),
        pair(`batchNormForward in test mode, ${backward.name}`, [xNorm, gammaNorm, betaNorm], [4, 3],
            (x, gamma, beta) => ops.batchNormForward(x, gamma, beta, {
              mode: 'test', runningMean: toTensor<tf.Rank.R1>(running.runningMean),
              runningVar: toTensor<tf.Rank.R1>(running.runningVar),
            }),
            (dout, cache) => ({...backward(dout, cache)}),
            (x, gamma, beta) => exactBatchNorm(x!, gamma!, beta!, {backward: form, ...running})),
      ]),
  pair('layerNormForward, layerNormBackward', [xNorm, gammaNorm, betaNorm], [4, 3],
      (x, gamma, beta) => ops.layerNormForward(x, gamma, beta, {epsilon: 1e-3}),
      (dout, cache) => ({...ops.layerNormBackward(dout, cache)}),
      (x, gamma, beta) => exactLayerNorm(x!, gamma!, beta!, {epsilon: 1e-3})),
];

describeOnBackends('backward halves are differentiable by the inputs and by dout', () => {
  for (const c of pairs) {
    it(c.name, async () => {
      const dout = randomArray(c.outShape, 16);
      const want = remembered(`pair ${c.name}`, () => throughPairExact(c, c.inputs, dout));
      const got = throughPair(c, c.inputs, dout);
      for (const [i, gradient] of got.entries()) await expectClose(gradient, want[i]!, tolerance, `input ${i}`);
    });
  }
});

describeOnBackends('second derivatives at bends and of linear ops', () => {
  const x = () => tf.tensor4d([1, -2, 3, 4, -5, 6, 7, 8, -9], [1, 3, 3, 1]);

  it('are zeros, not an error, where an op is linear in its input', async () => {
    const filter = tf.ones([2, 2, 1, 2]) as tf.Tensor4D;
    const linear: Array<(x: tf.Tensor) => tf.Tensor> = [
      x => ops.conv2d(x as tf.Tensor4D, filter),
      x => ops.relu(x),
      x => ops.maxPool2d(x as tf.Tensor4D, {poolSize: 2, strides: 1}),
      x => ops.affine(x, tf.ones([9, 2])),
      x => ops.im2col(x as tf.Tensor4D, {kernelSize: 2}),
      x => ops.batchNormForward(x, null, null, {mode: 'test', runningMean: [0], runningVar: [1]}).out,
    ];
    for (const f of linear) await expectClose(tf.grad(tf.grad(f))(x()), tf.zerosLike(x()));
  });

  it('are zeros where relu and max-pool bend: at 0 and at ties', async () => {
    const flat = tf.zeros([1, 4, 4, 1]);
    await expectClose(tf.grad(tf.grad(x => tf.sum(ops.relu(x))))(flat), flat);
    await expectClose(tf.grad(tf.grad(x => tf.sum(ops.maxPool2d(x as tf.Tensor4D, {poolSize: 2}))))(flat), flat);
  });

  for (const ties of ['all', 'first', 'split'] as const) {
    it(`of max-pool with ties '${ties}' gather over the maxima that got the gradient`, async () => {
      const options: MaxPool2dOptions = {poolSize: 2, strides: 1, ties};
      const tied = array([1, 3, 3, 1], [1, 1, 0, 1, 1, 0, 0, 1, 1]);
      const u = randomArray(tied.shape, 17);
      // L = sum(out^2) / 2: dx = scatter(out), and its derivative along u scatter(gather(u)).
      const {out, backward} = exactMaxPool2d(tied, options);
      const gathered = out.data.map((_, o) => {
        const one = {shape: out.shape, data: out.data.map((__, i) => (i === o ? 1 : 0))};
        return backward(one)[0]!.data.reduce((sum, share, p) => sum + share * u.data[p]!, 0);
      });
      const want = backward({shape: out.shape, data: gathered})[0]!;
      const dx = tf.grad(x => tf.div(tf.sum(tf.square(ops.maxPool2d(x as tf.Tensor4D, options))), 2));
      await expectClose(tf.grad(x => tf.sum(tf.mul(dx(x), toTensor(u))))(toTensor(tied)), want,
          {relative: 1e-6, absolute: 1e-6});
    });
  }
});
