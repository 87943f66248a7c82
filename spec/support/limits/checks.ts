/** One kernel or pair of kernels at one size, against float64. */
import * as tf from '@tensorflow/tfjs-core';

import {kernels} from '../../../src/backends';
import type {Kernels, ReluParameters} from '../../../src/backends';
import {native} from '../../../src/backends/tensorflow/native_ops';
import type {ConvGeometry} from '../../../src/geometry';
import {maskValues, scaleOf, thresholdOf} from '../../../src/ops/dropout_mask';
import {geometryOf} from '../kernel_specs';
import type {WindowCase} from '../kernel_specs';
import {isClose} from '../matchers';
import type {Tolerance} from '../tolerances';
import {columns, convolution, drifting, normalization, pooling, product, sizesOf, softmaxLoss, transpose} from './float64';
import type {Values} from './float64';

type Pair = [number, number];

/** Sums are of float32 in blocks, the blocks in double where there are many. */
const tolerance: Tolerance = {relative: 1e-5, absolute: 3e-6};
/** Of other libraries' products too, which add up in orders of their own. */
const ofProducts: Tolerance = {relative: 1e-5, absolute: 1e-5};
/** What 1 / std multiplies the rounding of. */
const ofNorms: Tolerance = {relative: 1e-5, absolute: 5e-5};
/** Only values that are chosen. */
const exact: Tolerance = {relative: 0, absolute: 0};

/** A kernel that does the work of several, which the compiled set of tensorflow has and that of wasm has not. */
function fused<K extends 'conv2dRelu' | 'conv2dWeightGrads' | 'affineRelu' | 'movingAverages'>(name: K): Kernels[K] {
  const kernel = kernels()[name];
  expect(kernel !== undefined).withContext(name).toBe(tf.getBackend() === 'tensorflow');
  return kernel;
}

/** Runs a kernel when the memory that it will get is dirty. */
export type Call = <T>(kernel: () => T) => T;

/** Expects a tensor to have these values, and frees it. */
function expectValues(label: string, found: tf.Tensor, want: Values, allowed = tolerance): void {
  const got = found.dataSync();
  found.dispose();
  expect(got.length).withContext(label).toBe(want.length);
  const scale = want.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 1);
  let worst = -1, count = 0;
  for (let i = 0; i < want.length; i++) {
    if (isClose(got[i]!, want[i]!, allowed, scale)) continue;
    if (count++ === 0) worst = i;
  }
  expect(count).withContext(`${label}: of ${want.length} values as many are off; [${worst}] is ${got[worst]} for ${want[worst]}`)
      .toBe(0);
}

function tensor<R extends tf.Rank>(values: Values, shape: number[]): tf.Tensor<R> {
  return tf.tensor(Float32Array.from(values), shape as tf.ShapeMap[R], 'float32') as tf.Tensor<R>;
}

/** Every operation of a chain, on arrays and numbers on either side, against TensorFlow's own ops: the same bits. */
export function checkChain(call: Call, count: number): void {
  const special = [NaN, Infinity, -Infinity, 0, -0, 1e-40, -1e-30, 3e38, 1, -1, 1e-20, 2];
  const array = (seed: number) => tf.tensor1d(Float32Array.from(
      {length: count}, (_, i) => i % 2 === 0 ? special[(i * seed / 2) % special.length]! : Math.sin(i * seed) * 9));
  const [x, y, number] = [array(5), array(7), tf.scalar(0.3)];
  const wide = (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor) => [f(x, y), f(x, number), f(number, y)];
  const [sum, product] = [tf.add(x, y), tf.mul(number, y)];
  const want = [
    ...[tf.add, tf.sub, tf.mul, tf.div, tf.maximum].flatMap(wide), ...[tf.sqrt, tf.square, tf.abs].map(f => f(x)),
    tf.maximum(y, x), tf.div(tf.sqrt(tf.abs(sum)), tf.add(tf.square(product), sum)), tf.mul(tf.sub(number, number), x),
  ];
  const [X, Y, NUMBER] = [0, 1, 2];
  const steps: number[][] = [];
  const add = (...step: number[]) => 2 + steps.push(step);
  const results = [0, 1, 2, 3, 4].flatMap(operation => [[X, Y], [X, NUMBER], [NUMBER, Y]].map(pair => add(operation, ...pair)));
  results.push(...[5, 6, 7].map(operation => add(operation, X, X)), add(4, Y, X));
  const [s, p] = [add(0, X, Y), add(2, NUMBER, Y)];
  const [absolute, square] = [add(7, s, s), add(6, p, p)];
  const [root, below] = [add(5, absolute, absolute), add(0, square, s)];
  results.push(add(3, root, below));
  const nothing = add(1, NUMBER, NUMBER);
  results.push(add(2, nothing, X));
  const attributes = {sizes: [...steps.flat(), ...results], counts: {N: 3, M: results.length}};
  const found = call(() => native('ExplicitChain', [x, y, number], attributes, results.length));
  found.forEach((tensor, i) => {
    const [got, wanted] = [tensor.dataSync(), want[i]!.dataSync()];
    const at = got.findIndex((value, j) => !Object.is(value, wanted[j]));
    expect(at).withContext(`result ${i} of ${count}: [${at}] is ${got[at]} for ${wanted[at]}`).toBe(-1);
  });
}

/** A window over images of the size that gives so many outputs. */
export function windowFor(out: Pair, rest: Omit<WindowCase, 'x' | 'title'> & {batch?: number, channels: number}): WindowCase {
  const {batch = 1, channels, kernel = [3, 3], strides = [1, 1], dilation = [1, 1], padding = [[0, 0], [0, 0]]} = rest;
  const size = out.map((outputs, i) =>
    (outputs - 1) * strides[i]! + (kernel[i]! - 1) * dilation[i]! + 1 - padding[i]![0] - padding[i]![1]);
  return {title: '', ...rest, x: [batch, size[0]!, size[1]!, channels]};
}

/** What is told of a case. */
export function titleOf(c: WindowCase): string {
  const {x, kernel = [3, 3], filters, strides, dilation, padding, groups} = c;
  return [
    `x=[${x}] window ${kernel.join('x')}`, filters && `F=${filters}`, groups && `G=${groups}`, strides && `S=${strides}`,
    dilation && `D=${dilation}`, padding && `P=${padding.flat()}`,
  ].filter(Boolean).join(' ');
}

export function checkConvolution(call: Call, c: WindowCase): void {
  const g = geometryOf(c), sizes = sizesOf(g);
  const x = drifting(sizes.x, g.channels, 1), w = drifting(sizes.w, g.filters, 2), b = drifting(g.filters, 1, 3);
  const dout = drifting(sizes.out, g.filters, 4);
  const want = convolution(g, x, w, b, dout);
  const $x = tensor<tf.Rank.R4>(x, c.x), $b = tensor<tf.Rank.R1>(b, [g.filters]);
  const $w = tensor<tf.Rank.R4>(w, [...g.kernel, g.channels / g.groups, g.filters]);
  const $dout = tensor<tf.Rank.R4>(dout, [g.batch, ...g.outSize, g.filters]);
  const [conv2dRelu, conv2dWeightGrads] = [fused('conv2dRelu'), fused('conv2dWeightGrads')];
  expectValues('out', call(() => kernels().conv2d($x, $w, $b, g)), want.out);
  expectValues('out without bias', call(() => kernels().conv2d($x, $w, null, g)),
      want.out.map((value, i) => value - b[i % g.filters]!));
  if (conv2dRelu) {
    expectValues('relu(out)', call(() => conv2dRelu($x, $w, $b, g)!), want.out.map(value => Math.max(0, value)));
  }
  if (conv2dWeightGrads) {
    const both = call(() => conv2dWeightGrads($x, $dout, g)!);
    expectValues('dw beside db', both.dw, want.dw);
    expectValues('db', both.db, want.db);
  }
  expectValues('dx', call(() => kernels().conv2dInputGrad($dout, $w, g)), want.dx);
  expectValues('dw', call(() => kernels().conv2dFilterGrad($x, $dout, g)), want.dw);
}

export function checkDepthwise(call: Call, c: WindowCase): void {
  const g: ConvGeometry = {...geometryOf(c), groups: c.x[3]}, sizes = sizesOf(g);
  const x = drifting(sizes.x, g.channels, 1), w = drifting(sizes.w, g.filters, 2), b = drifting(g.filters, 1, 3);
  const dout = drifting(sizes.out, g.filters, 4);
  const want = convolution(g, x, w, b, dout);
  const $x = tensor<tf.Rank.R4>(x, c.x), $b = tensor<tf.Rank.R1>(b, [g.filters]);
  const $w = tensor<tf.Rank.R4>(w, [...g.kernel, g.channels, g.filters / g.channels]);
  const $dout = tensor<tf.Rank.R4>(dout, [g.batch, ...g.outSize, g.filters]);
  expectValues('out', call(() => kernels().depthwiseConv2d($x, $w, $b, g)), want.out);
  expectValues('out without bias', call(() => kernels().depthwiseConv2d($x, $w, null, g)),
      want.out.map((value, i) => value - b[i % g.filters]!));
  expectValues('dx', call(() => kernels().depthwiseConv2dInputGrad($dout, $w, g)), want.dx);
  expectValues('dw', call(() => kernels().depthwiseConv2dFilterGrad($x, $dout, g)), want.dw);
}

export function checkColumns(call: Call, c: WindowCase): void {
  const g = geometryOf(c), sizes = sizesOf(g), positions = sizes.out / g.filters;
  const x = drifting(sizes.x, g.channels, 1), shape = [g.kernel[0] * g.kernel[1] * g.channels, positions];
  const cols = drifting(shape[0]! * positions, positions, 2);
  const $x = tensor<tf.Rank.R4>(x, c.x), $cols = tensor<tf.Rank.R2>(cols, shape);
  for (const channelsFirst of [false, true]) {
    const want = columns(g, x, channelsFirst, cols);
    expectValues('im2col', call(() => kernels().im2col($x, g, channelsFirst)), want.cols);
    expectValues('col2im', call(() => kernels().col2im($cols, g, channelsFirst)), want.x);
  }
}

export function checkPooling(call: Call, c: WindowCase): void {
  const g = geometryOf(c), sizes = sizesOf(g), shape = [g.batch, ...g.outSize, g.channels];
  // Coarse, so that some maxima are tied; the drift keeps rows apart.
  const x = drifting(sizes.x, 7 * g.channels, 1).map(value => Math.round(4 * value) / 4);
  const v = drifting(sizes.x, g.channels, 2), dout = drifting(sizes.out, g.channels, 3);
  const $x = tensor<tf.Rank.R4>(x, c.x), $v = tensor<tf.Rank.R4>(v, c.x), $dout = tensor<tf.Rank.R4>(dout, shape);
  for (const ties of ['all', 'first', 'split'] as const) {
    const want = pooling(g, x, dout, v, ties);
    const $max = tensor<tf.Rank.R4>(want.max, shape);
    expectValues(`scatter ${ties}`, call(() => kernels().maxPoolScatter($dout, $x, $max, g, ties)), want.scattered);
    expectValues(`gather ${ties}`, call(() => kernels().maxPoolGather($v, $x, $max, g, ties)), want.gathered);
    if (ties !== 'all') continue;
    expectValues('max', call(() => kernels().maxPool($x, g)), want.max, exact);
    expectValues('average', call(() => kernels().averagePool($x, g)), want.average);
    expectValues('average gradient', call(() => kernels().averagePoolGrad($dout, g)), want.spread);
  }
}

/** The four ways of a product, `multiply` being how one is made; by default that of the set. */
export function checkProduct(
    call: Call, [m, k, n]: [number, number, number], ways: readonly string[] = ['a b', 'a^T b', 'a b^T', 'a^T b^T'],
    multiply = (a: tf.Tensor2D, b: tf.Tensor2D, ta: boolean, tb: boolean) => kernels().matMul(a, b, ta, tb)): void {
  const a = drifting(m * k, k, 1), b = drifting(k * n, n, 2), bias = drifting(n, 1, 3);
  const want = product(a, b, m, k, n);
  for (const way of ways) {
    const [left, right] = way.split(' ').map(side => side.endsWith('T'));
    const $a = tensor<tf.Rank.R2>(left ? transpose(a, m, k) : a, left ? [k, m] : [m, k]);
    const $b = tensor<tf.Rank.R2>(right ? transpose(b, k, n) : b, right ? [n, k] : [k, n]);
    expectValues(way, call(() => multiply($a, $b, left!, right!)), want, ofProducts);
  }
  if (!ways.includes('a b')) return;
  const [$a, $b] = [tensor<tf.Rank.R2>(a, [m, k]), tensor<tf.Rank.R2>(b, [k, n])], $bias = tensor<tf.Rank.R1>(bias, [n]);
  const moved = want.map((value, i) => value + bias[i % n]!);
  expectValues('with a bias', call(() => kernels().affine($a, $b, $bias)), moved, ofProducts);
  const affineRelu = fused('affineRelu');
  if (affineRelu) {
    expectValues('rectified', call(() => affineRelu($a, $b, $bias)!), moved.map(value => Math.max(0, value)), ofProducts);
  }
}

/** Batch norm, its inference and its gradient, and column sums. */
export function checkColumnNorm(call: Call, [rows, count]: Pair, scaled = true): void {
  const x = drifting(rows * count, count, 1), dout = drifting(rows * count, count, 2).map(value => value + 0.5);
  const gamma = scaled ? drifting(count, 1, 3) : null, beta = scaled ? drifting(count, 1, 4) : null;
  const column = (i: number): number => i % count;
  const want = normalization(x, dout, gamma, beta, 1e-3, count, count, column, column);
  const $x = tensor<tf.Rank.R2>(x, [rows, count]), $dout = tensor<tf.Rank.R2>(dout, [rows, count]);
  const [$gamma, $beta] = [gamma, beta].map(scale => scale && tensor<tf.Rank.R1>(scale, [count]));
  const [$mean, $variance] = [want.mean, want.variance].map(values => tensor<tf.Rank.R1>(values, [count]));
  const own = call(() => kernels().batchNorm!($x, $gamma!, $beta!, 1e-3)!);
  expectValues('out', own.out, want.out);
  expectValues('mean', own.mean, want.mean);
  expectValues('variance', own.variance, want.variance);
  expectValues('inference', call(() =>
    kernels().batchNormInference!($x, $gamma!, $beta!, $mean!, $variance!, 1e-3)!), want.out);
  const found = call(() => kernels().batchNormGrad!($dout, $x, $gamma!, $mean!, $variance!, 1e-3)!);
  expectValues('dx', found.dx, want.dx, ofNorms);
  expectValues('dgamma', found.dgamma, want.dgamma, ofNorms);
  expectValues('dbeta', found.dbeta, want.dbeta);
  expectValues('column sums', call(() => kernels().columnSum($dout)), want.dbeta);
  const running = {mean: $mean!, variance: $variance!};
  const [mean, variance] = [drifting(count, 1, 5), drifting(count, 1, 6)];
  const batch = {mean: tensor<tf.Rank.R1>(mean, [count]), variance: tensor<tf.Rank.R1>(variance, [count])};
  const movingAverages = fused('movingAverages');
  if (!movingAverages) return;
  const moved = call(() => movingAverages(running, batch, 0.75)!);
  const mix = (old: Values, fresh: Values) => old.map((value, i) => 0.75 * value + 0.25 * fresh[i]!);
  expectValues('running mean', moved.mean, mix(want.mean, mean));
  expectValues('running variance', moved.variance, mix(want.variance, variance));
}

/**
 * Small differences beside large values, by columns and by rows; `first` is the first entry of each. Means are such that a
 * float does not hold them.
 */
export function checkFarFromZero(call: Call, [rows, count]: Pair, first?: number): void {
  const set = [(i: number): number => i % count, (i: number): number => Math.floor(i / count)];
  for (const byRow of [0, 1]) {
    // The mean of a row is kept as a float, of which little is left farther out; wasm makes up for that, but not beside a 0.
    const far = byRow && (first !== undefined || tf.getBackend() !== 'wasm') ? 2 ** 16 : 2 ** 20;
    const x = Float64Array.from({length: rows * count}, (_, i) => far + (i * i % 11 + i % count % 5) / 8);
    const from = first === undefined ? x : x.map((value, i) => ((byRow ? set[0]!(i) : set[1]!(i)) === 0 ? first : value));
    const want = normalization(from, from, null, null, 1e-3, byRow ? rows : count, 1, set[byRow]!, () => 0);
    const $x = tensor<tf.Rank.R2>(from, [rows, count]);
    if (byRow) expectValues('rstd', call(() => kernels().layerNorm!($x, null, null, 1e-3)!).rstd, want.rstd, ofNorms);
    else expectValues('variance', call(() => kernels().batchNorm!($x, null, null, 1e-3)!).variance, want.variance, ofNorms);
  }
}

/** Layer norm and its gradient. */
export function checkRowNorm(call: Call, [rows, size]: Pair, scaled = true): void {
  const x = drifting(rows * size, size, 1), dout = drifting(rows * size, size, 2).map(value => value + 0.5);
  const gamma = scaled ? drifting(size, 1, 3) : null, beta = scaled ? drifting(size, 1, 4) : null;
  const want = normalization(x, dout, gamma, beta, 1e-3, rows, size, i => Math.floor(i / size), i => i % size);
  const $x = tensor<tf.Rank.R2>(x, [rows, size]), $dout = tensor<tf.Rank.R2>(dout, [rows, size]);
  const [$gamma, $beta] = [gamma, beta].map(scale => scale && tensor<tf.Rank.R1>(scale, [size]));
  const [$mean, $rstd] = [want.mean, want.rstd].map(values => tensor<tf.Rank.R1>(values, [rows]));
  const own = call(() => kernels().layerNorm!($x, $gamma!, $beta!, 1e-3)!);
  expectValues('out', own.out, want.out);
  expectValues('mean', own.mean, want.mean);
  expectValues('rstd', own.rstd, want.rstd);
  const found = call(() => kernels().layerNormGrad!($dout, $x, $gamma!, $mean!, $rstd!)!);
  expectValues('dx', found.dx, want.dx, ofNorms);
  expectValues('dgamma', found.dgamma, want.dgamma);
  expectValues('dbeta', found.dbeta, want.dbeta);
}

/** Of classes and of weights; the largest score of row i, far above the others, is at i modulo the classes. */
export function checkSoftmaxLoss(call: Call, [rows, classes]: Pair, peak = 100): void {
  const x = drifting(rows * classes, classes, 1).map((value, i) =>
    Math.fround(value + (i % classes === Math.floor(i / classes) % classes ? peak : 0)));
  const $x = tensor<tf.Rank.R2>(x, [rows, classes]);
  const labels = Int32Array.from({length: rows}, (_, i) => (i + 1 + Math.floor(i / classes)) % classes);
  const hot = new Float64Array(rows * classes);
  labels.forEach((label, i) => { hot[i * classes + label] = 1; });
  const weights = drifting(rows * classes, classes, 2).map((value, i) => (i % 3 === 0 ? 0 : value));
  for (const [kind, y, $y] of [
    ['classes', hot, tf.tensor1d(labels, 'int32')], ['weights', weights, tensor(weights, [rows, classes])],
  ] as const) {
    const want = softmaxLoss(x, y, rows, classes);
    const {losses, gradient} = call(() => kernels().softmaxLoss!($x, $y)!);
    expectValues(`losses of ${kind}`, losses, want.losses);
    expectValues(`gradient of ${kind}`, gradient, want.gradient);
  }
}

/** Classes just outside of the range, at a place where vectors end. */
export function checkForeignClasses(call: Call, classes: number): void {
  const $x = tensor<tf.Rank.R2>(drifting(3 * classes, classes, 1), [3, classes]);
  const {losses, gradient} = call(() => kernels().softmaxLoss!($x, tf.tensor1d([classes, -1, classes - 1], 'int32'))!);
  expect(Array.from(losses.dataSync(), Number.isNaN)).toEqual([true, true, false]);
  expect(Array.from(gradient.dataSync().subarray(0, 2 * classes)).every(value => value === 0)).toBeTrue();
}

/** Plain, sloped, thresholded and capped. */
const bends: ReluParameters[] = [
  {negativeSlope: 0, threshold: 0, maxValue: Infinity}, {negativeSlope: 0.25, threshold: 0.5, maxValue: 1},
  {negativeSlope: 0, threshold: 0.25, maxValue: 0.75},
];

export function checkRelu(call: Call, size: number): void {
  const x = drifting(size, 64, 1), dout = drifting(size, 64, 2);
  const [$x, $dout] = [x, dout].map(values => tensor(values, [size]));
  for (const bend of bends) {
    const {negativeSlope, threshold, maxValue} = bend, label = JSON.stringify(bend);
    expectValues(`relu ${label}`, call(() => kernels().relu($x!, bend)), x.map(value =>
      (value >= maxValue ? maxValue : value >= threshold ? value : negativeSlope * (value - threshold))));
    expectValues(`gradient ${label}`, call(() => kernels().reluGrad($dout!, $x!, bend)), x.map((value, i) =>
      (value >= maxValue ? 0 : value > threshold ? dout[i]! : negativeSlope * dout[i]!)));
  }
}

export function checkDropout(call: Call, size: number): void {
  const number = tf.scalar(3, 'int32');
  const mask = call(() => kernels().dropoutMask!(17, number, [size], thresholdOf(0.4), scaleOf(0.4))!);
  expectValues('mask', mask, Float64Array.from(maskValues(17, 3, size, 0.4)));
}
