/**
 * What the kernels of every backend have to do, whichever way they do it: where tiles, panels, blocks and vectors end,
 * and what NaN and infinities do.
 */
import * as tf from '@tensorflow/tfjs-core';

import {kernels} from '../../src/backends';
import type {Kernels, OptionalKernels, TieRule} from '../../src/backends';
import {defaultKernels} from '../../src/backends/default';
import type {ConvGeometry} from '../../src/geometry';
import {normalizeColumns, normalizeColumnsBy, normalizeColumnsGrad} from '../../src/ops/batch_norm';
import {maskValues, scaleOf, thresholdOf} from '../../src/ops/dropout_mask';
import {normalizeRows, normalizeRowsGrad} from '../../src/ops/layer_norm';
import {rowLosses} from '../../src/ops/softmax_loss';
import {array} from '../../src/reference/array';
import type {ReferenceArray} from '../../src/reference/array';
import {
  averagePoolBackward, averagePoolForward, batchNormBackward, batchNormForward, col2im, convBackward, convForward,
  depthwiseConvBackward, depthwiseConvForward, im2col, layerNormBackward, layerNormForward, maxPoolBackward, maxPoolForward,
  softmaxLoss,
} from '../../src/reference';
import {toChannelsLast, toHWIO, toTaps, toTensor, toTensorOrNull, transposed} from './arrays';
import {expectClose} from './matchers';
import {randomValues} from './random';
import {exact, toleranceOf} from './tolerances';

type Pair = [number, number];

/** A window op's sizes. */
export interface WindowCase {
  title: string;
  /** [N, H, W, C] */
  x: [number, number, number, number];
  kernel?: Pair;
  filters?: number;
  groups?: number;
  strides?: Pair;
  dilation?: Pair;
  padding?: [Pair, Pair];
}

/** The geometry of a case; 3x3 windows where nothing is said. */
export function geometryOf(c: WindowCase): ConvGeometry {
  const {x, kernel = [3, 3], filters = x[3], groups = 1, strides = [1, 1], dilation = [1, 1]} = c;
  const padding = c.padding ?? [[0, 0], [0, 0]];
  const inSize: Pair = [x[1], x[2]];
  const outSize = inSize.map((size, i) => Math.floor(
    (size + padding[i]![0] + padding[i]![1] - dilation[i]! * (kernel[i]! - 1) - 1) / strides[i]!) + 1) as Pair;
  return {
    batch: x[0], channels: x[3], inSize, kernel, strides, dilation, padding, outSize, dataFormat: 'channelsLast',
    filters, groups,
  };
}

/** Large enough for several threads, and slow without them. */
const onThreads = 'on several threads';

/** Channels, and filters of each, that fill vectors and that do not; windows whose taps leave the image. */
const depthwiseCases: WindowCase[] = [
  {title: 'one of everything', x: [1, 1, 1, 1], kernel: [1, 1], filters: 1},
  {title: 'same padding, 5 channels', x: [2, 6, 7, 5], padding: [[1, 1], [1, 1]]},
  {title: 'three filters of each channel', x: [2, 5, 6, 3], filters: 9, padding: [[1, 0], [0, 1]]},
  {title: 'vectors of 16 and 8, 4 and 1', x: [2, 5, 9, 29], padding: [[1, 1], [1, 1]]},
  {title: 'two filters of 20 channels, steps', x: [1, 9, 8, 20], filters: 40, strides: [2, 3], padding: [[0, 1], [1, 2]]},
  {title: 'steps, dilation and sides all different', x: [2, 9, 11, 4], kernel: [3, 2], filters: 8, strides: [2, 3],
    dilation: [2, 3], padding: [[1, 2], [3, 0]]},
  {title: 'windows wider than the image, more taps than stay in registers', x: [1, 3, 4, 6], kernel: [3, 11],
    padding: [[1, 1], [5, 5]]},
  {title: 'taps that all miss a small image', x: [1, 2, 2, 5], kernel: [2, 2], dilation: [4, 4], padding: [[3, 3], [3, 3]]},
  {title: 'steps that skip rows and columns', x: [1, 7, 8, 2], kernel: [2, 1], strides: [3, 4]},
  {title: 'more positions than a segment', x: [1, 2, 71, 8], kernel: [1, 3], padding: [[0, 0], [1, 1]]},
  {title: onThreads, x: [3, 30, 40, 24], filters: 48, padding: [[1, 1], [1, 1]]},
];

const convCases: WindowCase[] = [
  {title: 'one of everything', x: [1, 1, 1, 1], kernel: [1, 1], filters: 1},
  {title: 'pointwise', x: [2, 3, 5, 6], kernel: [1, 1], filters: 9},
  {title: 'pointwise, two groups', x: [2, 3, 5, 6], kernel: [1, 1], filters: 4, groups: 2},
  {title: 'pointwise with a step', x: [2, 5, 4, 3], kernel: [1, 1], filters: 5, strides: [2, 3]},
  {title: 'pointwise with padding', x: [1, 2, 3, 3], kernel: [1, 1], filters: 2, padding: [[1, 0], [0, 2]]},
  {title: 'a window one row high', x: [1, 3, 5, 3], kernel: [1, 3], filters: 5},
  {title: 'a window one column wide', x: [1, 5, 3, 3], kernel: [3, 1], filters: 5},
  {title: 'images of the net, same padding', x: [2, 8, 8, 3], filters: 32, padding: [[1, 1], [1, 1]]},
  {title: 'more positions than are summed at a time, a last tile of 2 x 3', x: [3, 11, 9, 2], filters: 11},
  {title: 'more entries than a block of depth', x: [1, 4, 5, 45], filters: 5},
  {title: 'more filters than a block of depth', x: [1, 4, 4, 2], kernel: [2, 2], filters: 515},
  {title: 'padding wider than the window', x: [1, 2, 3, 2], kernel: [2, 2], filters: 3, padding: [[5, 0], [1, 7]]},
  {title: 'patches that leave the image on both sides', x: [1, 2, 2, 3], kernel: [5, 4], filters: 2,
    padding: [[2, 2], [1, 2]]},
  {title: 'steps, dilation, groups and sides all different', x: [2, 9, 11, 4], kernel: [3, 2], filters: 6, groups: 2,
    strides: [2, 3], dilation: [2, 3], padding: [[1, 2], [3, 0]]},
  {title: 'taps that all miss a small image', x: [1, 2, 2, 5], kernel: [2, 2], filters: 3, dilation: [4, 4],
    padding: [[3, 3], [3, 3]]},
  {title: 'one dilated window in the rows of padding alone', x: [1, 2, 6, 2], kernel: [2, 2], filters: 3, dilation: [2, 1],
    strides: [5, 1], padding: [[4, 0], [0, 0]]},
  {title: 'one dilated window in the columns of padding alone', x: [1, 6, 2, 2], kernel: [2, 2], filters: 3, dilation: [1, 2],
    strides: [1, 5], padding: [[0, 0], [3, 0]]},
  {title: 'steps that skip rows and columns', x: [1, 7, 8, 2], kernel: [2, 1], filters: 3, strides: [3, 4]},
  {title: 'two groups of two channels and three filters', x: [1, 4, 5, 4], filters: 6, groups: 2},
  {title: 'two groups of two channels and two filters', x: [1, 4, 5, 4], filters: 4, groups: 2},
  {title: 'dilation of rows alone', x: [2, 7, 5, 3], filters: 4, dilation: [2, 1], padding: [[1, 0], [0, 1]]},
  {title: 'dilation of columns alone', x: [2, 5, 7, 3], filters: 4, dilation: [1, 2], padding: [[0, 1], [1, 0]]},
  {title: 'one channel, one column of output, steps across that move nothing', x: [2, 6, 3, 1], kernel: [2, 3],
    filters: 4, strides: [1, 2]},
  {title: 'the same with padding and dilation', x: [2, 7, 4, 1], kernel: [2, 3], filters: 4, strides: [1, 3],
    dilation: [2, 2], padding: [[1, 0], [1, 0]]},
  {title: 'filters that fill vectors of 16, two and a half pairs', x: [2, 5, 13, 3], filters: 80, padding: [[1, 1], [1, 1]]},
  {title: 'filters that fill vectors of 8 alone', x: [3, 6, 7, 4], kernel: [2, 3], filters: 24, padding: [[0, 1], [2, 0]]},
  {title: 'filters in vectors, steps and dilation of rows', x: [2, 11, 9, 3], kernel: [3, 2], filters: 16, strides: [2, 3],
    dilation: [2, 1], padding: [[1, 2], [0, 1]]},
  {title: 'filters in vectors, dilation of columns', x: [2, 7, 12, 5], filters: 32, strides: [1, 2], dilation: [1, 3],
    padding: [[1, 0], [3, 2]]},
  {title: 'filters in vectors, padding wider than the window', x: [1, 2, 3, 2], kernel: [2, 2], filters: 16,
    padding: [[5, 0], [1, 7]]},
  {title: 'the largest patch of few', x: [1, 3, 14, 32], kernel: [2, 5], filters: 16},
  {title: 'a patch that is larger', x: [1, 3, 14, 36], filters: 16},
  {title: 'a group for each channel', x: [2, 5, 5, 7], filters: 14, groups: 7, padding: [[1, 1], [1, 1]]},
];

/** Optional kernels that only some backends gain by. */
type FusedKernels = 'conv2dRelu' | 'conv2dWeightGrads' | 'affineRelu' | 'movingAverages' | 'dropoutMask';

/** Which of them the set under test has, for every case. */
export type Served = {[kernel in FusedKernels]?: true};

/** What a fused kernel gave, after a look at whether the set under test has it. */
function expectServed<T>(kernel: string, found: T | null | undefined, isServed: boolean | undefined): T | null {
  expect(found != null).withContext(`${kernel} serves this case`).toBe(isServed ?? false);
  return found ?? null;
}

/** Expects what the reference gives of the three convolutions, and their inputs to be as they were. */
export async function expectConvolutions(
    c: WindowCase, seed: number, served: Served = {},
    change: (inputs: {x: ReferenceArray, w: ReferenceArray}, dout: ReferenceArray) => void = () => undefined):
    Promise<void> {
  const g = geometryOf(c);
  const x = randomValues([g.batch, g.channels, ...g.inSize], seed);
  const w = randomValues([g.filters, g.channels / g.groups, ...g.kernel], seed + 1);
  const b = randomValues([g.filters], seed + 2);
  const dout = randomValues([g.batch, g.filters, ...g.outSize], 77);
  change({x, w}, dout);
  const {out, cache} = convForward(x, w, b, {stride: g.strides, dilation: g.dilation, pad: g.padding, groups: g.groups});
  const {dx, dw, db} = convBackward(dout, cache);
  const $x = toTensor<tf.Rank.R4>(x, toChannelsLast);
  const $w = toTensor<tf.Rank.R4>(w, toHWIO);
  const $b = toTensor<tf.Rank.R1>(b);
  const $dout = toTensor<tf.Rank.R4>(dout, toChannelsLast);
  const tolerance = toleranceOf('conv2d');
  await expectClose(kernels().conv2d($x, $w, $b, g), out, tolerance, 'out', toChannelsLast);
  const rectified = array(out.shape, Array.from(out.data, (v) => (v < 0 ? 0 : v)));
  const {conv2dRelu, conv2dWeightGrads} = kernels();
  for (const bias of [$b, null]) {
    const fused = expectServed('conv2dRelu', conv2dRelu?.($x, $w, bias, g), served.conv2dRelu);
    const want = bias ? rectified : tf.relu(kernels().conv2d($x, $w, null, g));
    if (fused) await expectClose(fused, want, tolerance, 'relu(out)', bias ? toChannelsLast : undefined);
  }
  const both = expectServed('conv2dWeightGrads', conv2dWeightGrads?.($x, $dout, g), served.conv2dWeightGrads);
  if (both) {
    await expectClose(both.dw, dw, tolerance, 'dw beside db', toHWIO);
    await expectClose(both.db, db!, tolerance, 'db');
  }
  await expectClose(kernels().conv2dInputGrad($dout, $w, g), dx, tolerance, 'dx', toChannelsLast);
  await expectClose(kernels().conv2dFilterGrad($x, $dout, g), dw, tolerance, 'dw', toHWIO);
  await expectClose($x, x, exact, 'x after', toChannelsLast);
  await expectClose($w, w, exact, 'w after', toHWIO);
  await expectClose($b, b, exact, 'b after');
  await expectClose($dout, dout, exact, 'dout after', toChannelsLast);
}

/** A product in float64. */
function productOf(a: tf.Tensor2D, b: tf.Tensor2D): ReferenceArray {
  const [m, depth, n] = [a.shape[0], a.shape[1], b.shape[1]];
  const [as, bs] = [a.dataSync(), b.dataSync()];
  return array([m, n], Array.from({length: m * n}, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let k = 0; k < depth; k++) sum += as[i * depth + k]! * bs[k * n + j]!;
    return sum;
  }));
}

/** What maxPoolGather gives, window by window: the sum of v over the maxima, or their mean, or v at the first. */
function gatherOf(v: ArrayLike<number>, x: ArrayLike<number>, g: ConvGeometry, ties: TieRule): ReferenceArray {
  const shape = [g.batch, ...g.outSize, g.channels];
  const sums = Array.from({length: shape.reduce((size, n) => size * n, 1)}, (_, at) => {
    const channel = at % g.channels;
    const window = Math.floor(at / g.channels);
    const [row, column] = [Math.floor(window / g.outSize[1]) % g.outSize[0], window % g.outSize[1]];
    const image = Math.floor(window / g.outSize[1] / g.outSize[0]);
    const places: number[] = [];
    for (let ky = 0; ky < g.kernel[0]; ky++) {
      for (let kx = 0; kx < g.kernel[1]; kx++) {
        const y = row * g.strides[0] + ky * g.dilation[0] - g.padding[0][0];
        const z = column * g.strides[1] + kx * g.dilation[1] - g.padding[1][0];
        if (y < 0 || y >= g.inSize[0] || z < 0 || z >= g.inSize[1]) continue;
        places.push(((image * g.inSize[0] + y) * g.inSize[1] + z) * g.channels + channel);
      }
    }
    const most = Math.max(...places.map((place) => x[place]!));  // NaN where one is, which equals none
    const maxima = places.filter((place) => x[place] === most);
    const sum = (ties === 'first' ? maxima.slice(0, 1) : maxima).reduce((total, place) => total + v[place]!, 0);
    return ties === 'split' && maxima.length > 0 ? sum / maxima.length : sum;
  });
  return array(shape, sums);
}

const poolCases: WindowCase[] = [
  {title: '2x2', x: [2, 4, 6, 3], kernel: [2, 2], strides: [2, 2]},
  {title: '2x2, a row and a column over, five channels', x: [2, 5, 7, 5], kernel: [2, 2], strides: [2, 2]},
  {title: '3x3 every 2, eight channels', x: [2, 7, 9, 8], strides: [2, 2]},
  {title: '3x3 every 2, padded', x: [2, 5, 7, 6], strides: [2, 2], padding: [[1, 1], [0, 2]]},
  {title: 'one channel, every 2 and 3, padded', x: [2, 7, 9, 1], kernel: [2, 3], strides: [2, 3], padding: [[1, 0], [2, 1]]},
  {title: 'dilated', x: [1, 7, 8, 1], kernel: [2, 3], dilation: [3, 2], padding: [[2, 0], [1, 1]]},
  {title: '2x3 windows that tile the padded image', x: [2, 5, 7, 9], kernel: [2, 3], strides: [2, 3],
    padding: [[1, 0], [1, 1]]},
  {title: 'a window of only padding', x: [1, 2, 2, 4], kernel: [2, 2], dilation: [4, 4], padding: [[3, 3], [3, 3]]},
  {title: 'gaps between windows', x: [1, 7, 8, 5], kernel: [1, 2], strides: [3, 4]},
  {title: '2x2, dilation of rows alone', x: [2, 5, 4, 3], kernel: [2, 2], dilation: [2, 1]},
  {title: '2x2, dilation of columns alone', x: [2, 4, 5, 3], kernel: [2, 2], dilation: [1, 2]},
];

/** Of average pools: those of max-pools, and windows that hold a whole axis, or miss holding it by a little. */
const meanCases: WindowCase[] = [
  ...poolCases,
  {title: 'the whole image', x: [2, 4, 5, 3], kernel: [4, 5]},
  {title: 'all rows', x: [2, 4, 5, 3], kernel: [4, 2]},
  {title: 'all columns, steps of rows', x: [2, 5, 4, 3], kernel: [2, 4], strides: [2, 1]},
  {title: 'all rows but one', x: [2, 4, 5, 3], kernel: [3, 5], strides: [2, 1]},
  {title: 'as many taps as rows, padded above', x: [2, 3, 3, 2], padding: [[2, 0], [0, 0]], strides: [3, 3]},
  {title: 'as many taps as columns, padded on the right', x: [2, 3, 3, 2], padding: [[0, 0], [0, 2]], strides: [3, 3]},
  {title: 'as many taps as cells, dilated', x: [2, 3, 3, 2], dilation: [2, 2], padding: [[1, 1], [1, 1]]},
];

/** What a way of computing does not keep. */
export interface Losses {
  /** NaN and infinity of w and dout where they meet only padding. */
  paddedProducts?: boolean;
  /** Numbers below 1e-38, taken for 0. */
  denormals?: boolean;
  /** Classes out of range are refused instead of made NaN; the op looks before. */
  foreignClasses?: boolean;
  /** The share of several threads in one kernel. */
  threads?: boolean;
}

/** The pieces of the interface that the current backend leaves to the composition. */
export function composedPieces(): string[] {
  const optional: {[name in keyof Omit<OptionalKernels, FusedKernels>]: true} = {
    softmaxLoss: true, batchNorm: true, batchNormGrad: true, batchNormInference: true, layerNorm: true, layerNormGrad: true,
  };
  const own = kernels();
  const names = Object.keys({...defaultKernels, ...optional}) as Array<keyof Kernels>;
  return names.filter((name) => !own[name] || own[name] === defaultKernels[name]);
}

async function expectDepthwise(
    c: WindowCase, seed: number,
    change: (inputs: {x: ReferenceArray, w: ReferenceArray}, dout: ReferenceArray) => void = () => undefined):
    Promise<void> {
  const g = {...geometryOf(c), groups: c.x[3]};
  const x = randomValues([g.batch, g.channels, ...g.inSize], seed);
  const w = randomValues([g.channels, g.filters / g.channels, ...g.kernel], seed + 1);
  const b = randomValues([g.filters], seed + 2);
  const dout = randomValues([g.batch, g.filters, ...g.outSize], 77);
  change({x, w}, dout);
  const {out, cache} = depthwiseConvForward(x, w, b, {stride: g.strides, dilation: g.dilation, pad: g.padding});
  const {dx, dw} = depthwiseConvBackward(dout, cache);
  const $x = toTensor<tf.Rank.R4>(x, toChannelsLast);
  const $w = toTensor<tf.Rank.R4>(w, toTaps);
  const $b = toTensor<tf.Rank.R1>(b);
  const $dout = toTensor<tf.Rank.R4>(dout, toChannelsLast);
  const tolerance = toleranceOf('conv2d');
  await expectClose(kernels().depthwiseConv2d($x, $w, $b, g), out, tolerance, 'out', toChannelsLast);
  await expectClose(tf.add(kernels().depthwiseConv2d($x, $w, null, g), $b), out, tolerance, 'out without b', toChannelsLast);
  await expectClose(kernels().depthwiseConv2dInputGrad($dout, $w, g), dx, tolerance, 'dx', toChannelsLast);
  await expectClose(kernels().depthwiseConv2dFilterGrad($x, $dout, g), dw, tolerance, 'dw', toTaps);
}

/** Declares the specs of {@link kernels}, for the backend that is current when they run. */
export function declareKernels(loses: Losses = {}, served: Served = {}): void {
  describe('depthwise convolution', () => {
    depthwiseCases.filter(({title}) => !loses.threads || title !== onThreads).forEach((c, i) => {
      it(c.title, () => expectDepthwise(c, 10 * i));
    });

    it('keeps NaN and Infinity where they belong', () =>
      expectDepthwise({title: '', x: [2, 5, 6, 9], padding: [[1, 1], [1, 1]]}, 5, ({x}) => {
        x.data[7] = NaN;
        x.data[140] = Infinity;
      }));

    it('multiplies NaN and Infinity with padding', () =>
      expectDepthwise({title: '', x: [2, 5, 6, 9], padding: [[1, 1], [1, 1]]}, 6, ({w}, dout) => {
        w.data[3] = -Infinity;
        w.data[11] = NaN;
        dout.data[0] = Infinity;
        dout.data[dout.data.length - 1] = NaN;
      }));
  });

  describe('convolution', () => {
    convCases.forEach((c, i) => {
      it(c.title, () => expectConvolutions(c, 10 * i, served));
    });

    for (const [channels, filters] of [[3, 5], [2, 1], [2, 16]] as Pair[]) {
      const c: WindowCase = {title: '', x: [2, 5, 6, channels], filters, padding: [[1, 1], [1, 1]]};
      it(`keeps NaN and Infinity where they belong, ${channels} channels, ${filters} filters`, () =>
        expectConvolutions(c, 5, served, ({x}) => {
          x.data[7] = NaN;
          x.data[40] = Infinity;
        }));

      const products = loses.paddedProducts ? xit : it;
      it(`adds no bias that is not there, ${channels} channels, ${filters} filters`, async () => {
        const [g, none] = [geometryOf(c), tf.zeros<tf.Rank.R1>([filters])];
        const x = toTensor<tf.Rank.R4>(randomValues(c.x, 7));
        const w = toTensor<tf.Rank.R4>(randomValues([3, 3, channels, filters], 8));
        await expectClose(kernels().conv2d(x, w, null, g), kernels().conv2d(x, w, none, g), toleranceOf('conv2d'));
      });

      products(`multiplies NaN and Infinity with padding, ${channels} channels, ${filters} filters`, () =>
        expectConvolutions(c, 6, served, ({w}, dout) => {
          w.data[3] = -Infinity;
          w.data[11] = NaN;
          dout.data[0] = Infinity;
          dout.data[dout.data.length - 1] = NaN;
        }));
    }
  });

  for (const channelsFirst of [false, true]) {
    it(`im2col and col2im, ${channelsFirst ? '(c, kh, kw)' : '(kh, kw, c)'}`, async () => {
      const shape = [2, 3, 5, 7];
      const g = geometryOf({title: '', x: [2, 5, 7, 3], kernel: [3, 2], strides: [2, 1], dilation: [1, 2],
        padding: [[1, 0], [2, 1]]});
      const options = {kernelSize: g.kernel, stride: g.strides, dilation: g.dilation, pad: g.padding};
      const x = randomValues(shape, 1);
      const want = im2col(x, options);
      /** The same columns with their rows in another order: of the sizes that they are made of. */
      const reordered = ({shape: [rows, columns], data}: ReferenceArray, sizes: number[], order: number[]) =>
        array([rows!, columns!], transposed(array([...sizes, columns!], data), order).data);
      const there = (cols: ReferenceArray) => (channelsFirst ? cols : reordered(cols, [3, 3, 2], [1, 2, 0, 3]));
      const back = (cols: ReferenceArray) => (channelsFirst ? cols : reordered(cols, [3, 2, 3], [2, 0, 1, 3]));
      await expectClose(kernels().im2col(toTensor(x, toChannelsLast) as tf.Tensor4D, g, channelsFirst), there(want));
      const values = randomValues(want.shape, 2);
      await expectClose(kernels().col2im(toTensor<tf.Rank.R2>(values), g, channelsFirst),
        col2im(back(values), shape, options), toleranceOf('im2col'), 'image', toChannelsLast);
    });
  }

  describe('product', () => {
    const sizes: Array<[number, number, number]> = [
      [1, 1, 1], [1, 300, 7], [2, 3, 6], [3, 7, 9], [9, 7, 3], [5, 4, 8], [10, 7, 16], [67, 385, 9], [6, 3, 517], [130, 2, 66],
    ];
    for (const [m, depth, n] of sizes) {
      it(`[${m},${depth}] @ [${depth},${n}], each side transposed or not, and with a bias`, async () => {
        const a = toTensor<tf.Rank.R2>(randomValues([m, depth], 1));
        const b = toTensor<tf.Rank.R2>(randomValues([depth, n], 2));
        const want = productOf(a, b);
        const [at, bt] = [tf.transpose(a), tf.transpose(b)];
        const tolerance = toleranceOf('affine');
        await expectClose(kernels().matMul(a, b, false, false), want, tolerance, 'a b');
        await expectClose(kernels().matMul(at, b, true, false), want, tolerance, 'a^T b');
        await expectClose(kernels().matMul(a, bt, false, true), want, tolerance, 'a b^T');
        await expectClose(kernels().matMul(at, bt, true, true), want, tolerance, 'a^T b^T');
        const bias = randomValues([n], 3);
        const moved = array([m, n], Array.from(want.data, (v, i) => v + bias.data[i % n]!));
        await expectClose(kernels().affine(a, b, toTensor<tf.Rank.R1>(bias)), moved, tolerance, 'with a bias');
        await expectClose(kernels().affine(a, b, null), want, tolerance, 'without');
        expectServed('affineRelu', kernels().affineRelu?.(a, b, null), served.affineRelu);
        const fused = expectServed(
          'affineRelu', kernels().affineRelu?.(a, b, toTensor<tf.Rank.R1>(bias)), served.affineRelu);
        if (fused) await expectClose(fused, array([m, n], moved.data.map((v) => (v < 0 ? 0 : v))), tolerance, 'with relu');
      });
    }

    it('does not let NaN out of its row or column', async () => {
      const a = tf.tensor2d([[NaN, 1], [1, 1], [2, 2], [3, 3], [Infinity, 0], [4, 4]]);
      const b = tf.ones<tf.Rank.R2>([2, 5]);
      const want = [NaN, 2, 4, 6, Infinity, 8];
      await expectClose(kernels().matMul(a, b, false, false), want.map((v) => [v, v, v, v, v]));
      await expectClose(kernels().matMul(b, a, true, true), [want, want, want, want, want]);
    });

    for (const [rows, columns] of [[1, 1], [3, 7], [300, 5], [70, 130]] as Pair[]) {
      it(`column sums of [${rows},${columns}], NaN and Infinity in their columns`, async () => {
        const x = randomValues([rows, columns], 1);
        x.data[columns * (rows - 1)] = NaN;
        if (columns > 1) x.data[1] = Infinity;
        const sums = Array.from({length: columns}, (_, j) =>
          x.data.reduce((sum, v, i) => (i % columns === j ? sum + v : sum), 0));
        await expectClose(kernels().columnSum(toTensor<tf.Rank.R2>(x)), sums, toleranceOf('affine'));
      });
    }
  });

  describe('relu', () => {
    const x = [-3, -0.5, 0, 0.5, 1, 2, 5, NaN, Infinity, -Infinity, loses.denormals ? 1e-37 : 1e-40];
    const shapes = [
      {negativeSlope: 0, threshold: 0, maxValue: Infinity}, {negativeSlope: 0.5, threshold: 0, maxValue: Infinity},
      {negativeSlope: 0.25, threshold: 1, maxValue: 2}, {negativeSlope: 0, threshold: 3, maxValue: 1},
      {negativeSlope: 0, threshold: 1, maxValue: Infinity},
    ];
    for (const shape of shapes) {
      const {negativeSlope, threshold, maxValue} = shape;
      it(JSON.stringify(shape), async () => {
        const dout = [1, NaN, Infinity, 2, 3, 4, 5, 6, 7, 8, 9];
        const out = x.map((v) => (v >= maxValue ? maxValue : !(v < threshold) ? v :
          negativeSlope === 0 ? 0 : negativeSlope * (v - threshold)));
        const dx = x.map((v, i) => (v >= maxValue && maxValue < Infinity ? 0 : v > threshold ? dout[i]! :
          negativeSlope === 0 ? 0 : negativeSlope * dout[i]!));
        await expectClose(kernels().relu(tf.tensor1d(x), shape), out, toleranceOf('relu'), 'out');
        await expectClose(kernels().reluGrad(tf.tensor1d(dout), tf.tensor1d(x), shape), dx, toleranceOf('relu'), 'dx');
      });
    }
  });

  describe('max-pool', () => {
    for (const window of poolCases) {
      for (const ties of ['all', 'first', 'split'] as const) {
        for (const isFinite of [true, false]) {
          it(`${window.title}, ties ${ties}${isFinite ? '' : ', with NaN and infinities'}`, async () => {
            const g = geometryOf(window);
            const [n, h, w, c] = window.x;
            const x = randomValues([n, c, h, w], 3, 'tied');
            const dout = (shape: number[]) => {
              const values = randomValues(shape, 4);
              if (!isFinite) values.data[0] = Infinity;
              return values;
            };
            if (!isFinite) {
              x.data[x.data.length - 1] = NaN;
              x.data.fill(-Infinity, 2, 9);
              x.data[x.data.length >> 1] = Infinity;
            }
            const {out, cache} = maxPoolForward(x, {
              poolHeight: g.kernel[0], poolWidth: g.kernel[1], stride: g.strides, pad: g.padding,
              dilation: g.dilation, ties,
            });
            const upstream = dout(out.shape);
            const $x = toTensor<tf.Rank.R4>(x, toChannelsLast);
            const $dout = toTensor<tf.Rank.R4>(upstream, toChannelsLast);
            const $out = kernels().maxPool($x, g);
            const dx = kernels().maxPoolScatter($dout, $x, $out, g, ties);
            await expectClose($out, out, exact, 'out', toChannelsLast);
            await expectClose(dx, maxPoolBackward(upstream, cache).dx, toleranceOf('maxPool2d'), 'dx', toChannelsLast);

            const v = toTensor<tf.Rank.R4>(randomValues($x.shape, 5));
            await expectClose(kernels().maxPoolGather(v, $x, $out, g, ties),
              gatherOf(await v.data(), await $x.data(), g, ties), toleranceOf('maxPool2d'), 'gathered');
          });
        }
      }
    }
  });

  describe('average pool', () => {
    for (const window of meanCases) {
      it(window.title, async () => {
        const g = geometryOf(window);
        const [poolHeight, poolWidth] = g.kernel;
        const x = randomValues([g.batch, g.channels, ...g.inSize], 3);
        const {out, cache} = averagePoolForward(x, {
          poolHeight, poolWidth, stride: g.strides, pad: g.padding, dilation: g.dilation,
        });
        const dout = randomValues(out.shape, 4);
        const tolerance = toleranceOf('averagePool2d');
        await expectClose(kernels().averagePool(toTensor(x, toChannelsLast) as tf.Tensor4D, g), out, tolerance, 'out',
          toChannelsLast);
        await expectClose(kernels().averagePoolGrad(toTensor(dout, toChannelsLast) as tf.Tensor4D, g),
          averagePoolBackward(dout, cache).dx, tolerance, 'dx', toChannelsLast);
      });
    }
  });

  describe('softmax loss', () => {
    for (const [rows, classes] of [[1, 1], [5, 7], [3, 4], [2, 1000]] as Pair[]) {
      it(`[${rows},${classes}], of classes and of weights`, async () => {
        const scores = randomValues([rows, classes], 1);
        const labels = Array.from({length: rows}, (_, i) => (i * 5 + classes - 1) % classes);
        const single = labels.map((label, i) =>
          softmaxLoss(array([1, classes], scores.data.slice(i * classes, (i + 1) * classes)), [label]));
        const gradients = array([rows, classes], single.flatMap(({dx}) => Array.from(dx.data)));
        const tolerance = toleranceOf('softmaxLoss');
        const $scores = toTensor<tf.Rank.R2>(scores);
        const byClass = rowLosses($scores, tf.tensor1d(labels, 'int32'));
        await expectClose(byClass.losses, single.map(({loss}) => loss), tolerance, 'losses');
        await expectClose(byClass.gradient, gradients, tolerance, 'gradient');

        const weights = randomValues([rows, classes], 2);
        weights.data[0] = 0;
        const weighted = Array.from({length: rows}, (_, i) => {
          const row = (x: ReferenceArray) => array([1, classes], x.data.slice(i * classes, (i + 1) * classes));
          return softmaxLoss(row(scores), row(weights));
        });
        const byWeight = rowLosses($scores, toTensor<tf.Rank.R2>(weights));
        await expectClose(byWeight.losses, weighted.map(({loss}) => loss), tolerance, 'weighted losses');
        await expectClose(byWeight.gradient,
          array([rows, classes], weighted.flatMap(({dx}) => Array.from(dx.data))), tolerance, 'weighted gradient');
      });
    }

    it('stays finite for large scores', async () => {
      const scores = tf.tensor2d([[1e4, -1e4], [-1e4, 1e4]]);
      const {losses, gradient} = rowLosses(scores, tf.tensor1d([0, 0], 'int32'));
      await expectClose(losses, [0, 2e4], toleranceOf('softmaxLoss'));
      await expectClose(gradient, [[0, 0], [-1, 1]], toleranceOf('softmaxLoss'));
    });

    it('a class out of range gives NaN, a zero weight hides an infinite term, a NaN score stays', async () => {
      if (!loses.foreignClasses) {
        const {losses, gradient} = rowLosses(tf.tensor2d([[1, 2], [1, 2]]), tf.tensor1d([2, -1], 'int32'));
        await expectClose(losses, [NaN, NaN]);
        await expectClose(gradient, [[0, 0], [0, 0]]);
      }
      const weighted = rowLosses(tf.tensor2d([[0, -Infinity], [NaN, 1]]), tf.tensor2d([[1, 0], [0, 1]]));
      await expectClose(weighted.losses, [0, NaN]);
      await expectClose(weighted.gradient, [[0, 0], [NaN, NaN]]);
    });
  });

  for (const [seed, call, rate] of [[7, 3, 0.5], [2 ** 31 + 5, 0, 0.3], [-1, 2 ** 20, 0.999]] as const) {
    it(`the mask of a dropout, seed ${seed}, call ${call}, rate ${rate}`, async () => {
      const found = expectServed(
        'dropoutMask',
        kernels().dropoutMask?.(seed, tf.scalar(call, 'int32'), [3, 5, 7], thresholdOf(rate), scaleOf(rate)),
        served.dropoutMask);
      if (found) await expectClose(found, array([3, 5, 7], maskValues(seed, call, 105, rate)));
    });
  }

  describe('normalisation', () => {
    for (const [rows, columns] of [[1, 1], [7, 1], [2, 5], [33, 6], [300, 9], [70, 131]] as Pair[]) {
      for (const scaled of [true, false]) {
        it(`[${rows},${columns}], ${scaled ? 'with' : 'without'} gamma and beta`, async () => {
          const x = randomValues([rows, columns], 1);
          const dout = randomValues([rows, columns], 2);
          const gamma = scaled ? randomValues([columns], 3) : null;
          const beta = scaled ? randomValues([columns], 4) : null;
          const one = array([columns], Array.from({length: columns}, () => 1));
          const zero = array([columns], Array.from({length: columns}, () => 0));
          const tolerance = toleranceOf('batchNorm');
          const [$x, $dout] = [toTensor<tf.Rank.R2>(x), toTensor<tf.Rank.R2>(dout)];
          const [$gamma, $beta] = [toTensorOrNull<tf.Rank.R1>(gamma), toTensorOrNull<tf.Rank.R1>(beta)];

          const batch = batchNormForward(x, gamma ?? one, beta ?? zero, {mode: 'train', eps: 1e-3, momentum: 0});
          const own = normalizeColumns($x, $gamma, $beta, 1e-3);
          await expectClose(own.out, batch.out, tolerance, 'out');
          await expectClose(own.mean, batch.runningMean, tolerance, 'mean');
          await expectClose(own.variance, batch.runningVar, tolerance, 'variance');
          const inference = normalizeColumnsBy($x, $gamma, $beta, own.mean, own.variance, 1e-3);
          await expectClose(inference, batch.out, tolerance, 'inference');
          const gradients = batchNormBackward(dout, batch.cache);
          const found = normalizeColumnsGrad($dout, $x, $gamma, own.mean, own.variance, 1e-3);
          await expectClose(found.dx, gradients.dx, tolerance, 'dx');
          await expectClose(found.dgamma, gradients.dgamma!, tolerance, 'dgamma');
          await expectClose(found.dbeta, gradients.dbeta!, tolerance, 'dbeta');

          const layer = layerNormForward(x, gamma ?? one, beta ?? zero, {eps: 1e-3});
          const rowwise = normalizeRows($x, $gamma, $beta, 1e-3);
          await expectClose(rowwise.out, layer.out, tolerance, 'layer out');
          expect([rowwise.mean.shape, rowwise.rstd.shape]).toEqual([[rows], [rows]]);
          const layerGradients = layerNormBackward(dout, layer.cache);
          const layerFound = normalizeRowsGrad($dout, $x, $gamma, rowwise.mean, rowwise.rstd);
          await expectClose(layerFound.dx, layerGradients.dx, tolerance, 'layer dx');
          await expectClose(layerFound.dgamma, layerGradients.dgamma!, tolerance, 'layer dgamma');
          await expectClose(layerFound.dbeta, layerGradients.dbeta!, tolerance, 'layer dbeta');
        });
      }
    }

    it('moves averages by their share', async () => {
      const averages = (mean: number[], variance: number[]) => ({mean: tf.tensor1d(mean), variance: tf.tensor1d(variance)});
      const [running, batch] = [averages([1, -2, 0], [4, 1, 9]), averages([3, 0.5, -8], [2, 1, 0])];
      const found = expectServed(
        'movingAverages', kernels().movingAverages?.(running, batch, 0.75), served.movingAverages);
      if (!found) return;
      await expectClose(found.mean, [1.5, -1.375, -2], toleranceOf('batchNorm'), 'mean');
      await expectClose(found.variance, [3.5, 1, 6.75], toleranceOf('batchNorm'), 'variance');
    });

    it('takes the variance of values far from 0, beside one that is farther', async () => {
      const x = Array.from({length: 400}, (_, i) => (i === 0 ? 0 : 1e4 + i % 4));
      const mean = x.reduce((sum, v) => sum + v) / 400;
      const variance = x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 400;
      const found = normalizeColumns(tf.tensor2d(x, [400, 1]), null, null, 0);
      await expectClose(found.mean, [mean], {relative: 1e-6, absolute: 0});
      await expectClose(found.variance, [variance], {relative: 1e-5, absolute: 0});
    });

    it('keeps NaN in its column and in its row', async () => {
      const x = tf.tensor2d([[NaN, 1, 2, 3, 4], [1, 2, 3, 5, 4], [3, 1, 2, 7, 9]]);
      const isNaN = async (t: tf.Tensor) => Array.from(await t.data(), Number.isNaN);
      const first = (_: number, column: number) => column === 0;
      const top = (row: number) => row === 0;
      const places = (f: (row: number, column: number) => boolean) =>
        Array.from({length: 15}, (_, i) => f(Math.floor(i / 5), i % 5));
      expect(await isNaN(normalizeColumns(x, null, null, 1e-3).out)).toEqual(places(first));
      expect(await isNaN(normalizeRows(x, null, null, 1e-3).out)).toEqual(places(top));
    });
  });
}
