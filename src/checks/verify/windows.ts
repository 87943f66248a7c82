import type {Tensor} from '@tensorflow/tfjs-core';

import {sidePadding} from '../../geometry';
import type {DataFormat, WindowOptions} from '../../geometry';
import {averagePool2d, conv2d, conv2dTranspose, depthwiseConv2d, im2col, maxPool2d} from '../../ops';
import type {
  AveragePool2dOptions, Conv2dOptions, Conv2dTransposeOptions, DepthwiseConv2dOptions, Im2colOptions, MaxPool2dOptions,
} from '../../ops';
import * as reference from '../../reference';
import type {Pair, ReferenceArray} from '../../reference';
import {changed, opCase, random, tied, withValues} from './case';
import type {OpCase, OpChecks, VerifiedOp, VerifyCase} from './case';
import {thenRelu} from './dense';
import {chain, evaluation, inverse, permute, reordered, reshape} from './evaluation';
import type {Evaluation} from './evaluation';
import type {LayerRows} from './layer_case';

/** The axes of images of this format as the reference has them, [N, C, H, W]. */
function imageOrder(dataFormat: DataFormat = 'channelsLast'): number[] {
  return dataFormat === 'channelsFirst' ? [0, 1, 2, 3] : [0, 3, 1, 2];
}

function both<T>(value: T | [T, T]): [T, T] {
  return Array.isArray(value) ? value as [T, T] : [value, value];
}

/** The reference's names for window options, over images of this height and width; TensorFlow's 'same' becomes numbers. */
function windowOptions(
    size: readonly number[], kernel: readonly number[], {strides, dilationRate, padding = 'valid'}: WindowOptions,
    ownStride: Pair = 1) {
  const [stride, dilation] = [both(strides ?? ownStride), both(dilationRate ?? 1)];
  const pad = typeof padding !== 'string' ? both<number | [number, number]>(padding).map(side => both(side)) :
    size.map((length, i) => sidePadding(padding, length, kernel[i]!, stride[i]!, dilation[i]!));
  return {stride, dilation, pad: pad as [[number, number], [number, number]]};
}

/** A convolution by the reference, whose filters have the axes of w in this order. */
function filtered(
    x: ReferenceArray, w: ReferenceArray, {dataFormat}: WindowOptions, order: number[],
    exact: (x: ReferenceArray, w: ReferenceArray) => Evaluation): Evaluation {
  const {out, backward} = reordered(x, imageOrder(dataFormat), images => exact(images, permute(w, order)));
  return {
    out,
    backward: dout => {
      const [dx, dw, db] = backward(dout);
      return [dx!, permute(dw!, inverse(order)), db!];
    },
  };
}

export function exactConv2d(
    x: ReferenceArray, w: ReferenceArray, b: ReferenceArray | null, options: Conv2dOptions = {}): Evaluation {
  return filtered(x, w, options, [3, 2, 0, 1], (images, filters) => {
    const window = windowOptions(images.shape.slice(2), w.shape, options);
    return evaluation(
        reference.convForward(images, filters, b, {...window, groups: options.groups ?? 1}), reference.convBackward);
  });
}

export function exactDepthwiseConv2d(
    x: ReferenceArray, w: ReferenceArray, b: ReferenceArray | null, options: DepthwiseConv2dOptions = {}): Evaluation {
  return filtered(x, w, options, [2, 3, 0, 1], (images, filters) => {
    const window = windowOptions(images.shape.slice(2), w.shape, options);
    return evaluation(reference.depthwiseConvForward(images, filters, b, window), reference.depthwiseConvBackward);
  });
}

/** `outSize` is the height and width that the options come to. */
export function exactConv2dTranspose(
    x: ReferenceArray, w: ReferenceArray, b: ReferenceArray | null, options: Conv2dTransposeOptions,
    outSize: readonly [number, number]): Evaluation {
  return filtered(x, w, options, [3, 2, 0, 1], (images, filters) => {
    const window = windowOptions(outSize, w.shape, options);
    const {stride, dilation, pad} = window;
    const outputPad = outSize.map((size, i) => size + pad[i]![0] + pad[i]![1] -
        (images.shape[2 + i]! - 1) * stride[i]! - dilation[i]! * (w.shape[i]! - 1) - 1) as [number, number];
    return evaluation(
        reference.convTransposeForward(images, filters, b, {...window, outputPad}), reference.convTransposeBackward);
  });
}

/** The reference's options of a pool, whose window is also its step. */
function poolOptions(images: ReferenceArray, {poolSize, ...options}: AveragePool2dOptions) {
  const size = both(poolSize);
  return {poolHeight: size[0], poolWidth: size[1], ...windowOptions(images.shape.slice(2), size, options, size)};
}

export function exactMaxPool2d(x: ReferenceArray, {ties = 'all', ...options}: MaxPool2dOptions): Evaluation {
  return reordered(x, imageOrder(options.dataFormat), images => evaluation(
      reference.maxPoolForward(images, {...poolOptions(images, options), ties}), reference.maxPoolBackward));
}

export function exactAveragePool2d(x: ReferenceArray, options: AveragePool2dOptions): Evaluation {
  return reordered(x, imageOrder(options.dataFormat), images => evaluation(
      reference.averagePoolForward(images, poolOptions(images, options)), reference.averagePoolBackward));
}

export function exactIm2col(
    x: ReferenceArray, {kernelSize, ...options}: WindowOptions & {kernelSize: Pair}): Evaluation {
  const kernel = both(kernelSize);
  const order = imageOrder(options.dataFormat);
  const images = permute(x, order);
  const window = {kernelSize: kernel, ...windowOptions(images.shape.slice(2), kernel, options)};
  const [taps, channels] = [kernel[0] * kernel[1], images.shape[1]!];
  // The reference's rows run (c, u, v); the op's (u, v, c) when the channels stand last.
  const turnRows = (cols: ReferenceArray, from: number, to: number): ReferenceArray =>
      (options.dataFormat === 'channelsFirst' ? cols :
        reshape(permute(reshape(cols, [from, to, cols.shape[1]!]), [1, 0, 2]), cols.shape));
  return {
    out: turnRows(reference.im2col(images, window), channels, taps),
    backward: dout => [permute(reference.col2im(turnRows(dout, taps, channels), images.shape, window), inverse(order))],
  };
}

interface ConvExtras {
  bias?: boolean;
  x?: (x: ReferenceArray) => ReferenceArray;
  w?: (w: ReferenceArray) => ReferenceArray;
}

/** Makes cases of a convolution; its filters have so many offsets, unless `bias` is false. */
function convolutions<O extends object>(
    op: VerifiedOp, offsets: (wShape: number[]) => number, f: (x: never, w: never, b: never, options: O) => Tensor,
    exact: (x: ReferenceArray, w: ReferenceArray, b: ReferenceArray | null, options: O) => Evaluation) {
  return (title: string, xShape: number[], wShape: number[], options: O = {} as O,
      {bias = true, x = v => v, w = v => v}: ConvExtras = {}): VerifyCase => opCase({
    op, title: `${title}: x=[${xShape}] w=[${wShape}]`,
    inputs: {x: x(random(xShape, 1)), w: w(random(wShape, 2)), b: bias ? random([offsets(wShape)], 3) : null},
    f: (x, w, b) => f(x, w, b, options), exact: (x, w, b) => exact(x, w, b, options),
  });
}

const conv = convolutions('conv2d', w => w[3]!, conv2d, exactConv2d);

/** Sizes that divide and that do not, few and many channels, so that every path of a vectorised kernel is taken. */
const convCases: VerifyCase[] = [
  conv('plain', [2, 7, 6, 3], [3, 3, 3, 4]),
  conv('batch of 1', [1, 5, 5, 1], [3, 3, 1, 2]),
  conv('without bias', [2, 5, 4, 3], [2, 3, 3, 5], {}, {bias: false}),
  conv('1x1', [2, 6, 5, 8], [1, 1, 8, 16]),
  conv('1x1 strided', [2, 7, 6, 3], [1, 1, 3, 4], {strides: 2}),
  conv('many channels', [2, 8, 8, 32], [3, 3, 32, 32], {padding: 'same'}),
  conv('odd channels', [3, 9, 11, 17], [3, 3, 17, 19], {padding: 'same'}),
  conv('strided', [2, 9, 8, 3], [3, 3, 3, 4], {strides: 2}),
  conv('strides apart', [2, 9, 8, 3], [3, 2, 3, 4], {strides: [3, 1]}),
  conv('stride larger than the filter', [1, 10, 11, 2], [2, 2, 2, 3], {strides: 4}),
  conv('same, strided', [2, 7, 8, 3], [3, 3, 3, 4], {strides: 2, padding: 'same'}),
  conv('padded', [2, 6, 5, 3], [3, 3, 3, 4], {padding: 1}),
  conv('sides padded apart', [2, 6, 5, 2], [3, 3, 2, 4], {padding: [[2, 0], [1, 3]]}),
  conv('padded beyond the filter', [1, 3, 3, 2], [2, 2, 2, 2], {padding: 3}),
  conv('filter larger than x', [2, 3, 3, 2], [5, 5, 2, 3], {padding: 2}),
  conv('dilated', [2, 9, 8, 3], [3, 3, 3, 4], {dilationRate: 2}),
  conv('dilated and strided', [2, 11, 10, 2], [3, 2, 2, 4], {dilationRate: [2, 3], strides: 2, padding: 1}),
  conv('dilated, same', [2, 7, 8, 2], [3, 3, 2, 4], {dilationRate: 2, padding: 'same'}),
  conv('grouped', [2, 6, 6, 6], [3, 3, 2, 9], {groups: 3}),
  conv('grouped, strided, padded', [2, 7, 6, 4], [3, 3, 2, 4], {groups: 2, strides: 2, padding: 1}),
  conv('depthwise', [2, 6, 6, 4], [3, 3, 1, 4], {groups: 4, padding: 'same'}),
  conv('channels first', [2, 3, 7, 6], [3, 3, 3, 4], {dataFormat: 'channelsFirst', strides: 2, padding: 'same'}),
  conv('large values', [2, 6, 6, 3], [3, 3, 3, 4], {}, {x: v => changed(v, value => value * 1e6)}),
  conv('NaN in x', [1, 5, 5, 2], [3, 3, 2, 4], {padding: 1}, {x: v => withValues(v, {12: NaN})}),
  conv('infinity in x', [1, 5, 5, 2], [3, 3, 2, 4], {}, {x: v => withValues(v, {12: Infinity})}),
  conv('infinity times zero', [1, 5, 5, 2], [3, 3, 2, 4], {},
      {x: v => withValues(v, {12: Infinity}), w: v => changed(v, (value, i) => (i % 4 === 1 ? 0 : value))}),
  conv('NaN in w', [1, 5, 5, 2], [3, 3, 2, 4], {}, {w: v => withValues(v, {5: NaN})}),
];

const depthwise = convolutions('depthwiseConv2d', w => w[2]! * w[3]!, depthwiseConv2d, exactDepthwiseConv2d);

const depthwiseCases: VerifyCase[] = [
  depthwise('plain', [2, 7, 6, 3], [3, 3, 3, 1]),
  depthwise('one channel', [2, 5, 6, 1], [3, 2, 1, 1]),
  depthwise('two filters of each channel', [2, 6, 5, 3], [3, 3, 3, 2], {padding: 'same'}),
  depthwise('many channels', [2, 8, 8, 33], [3, 3, 33, 1], {padding: 'same'}),
  depthwise('without bias, strided', [2, 9, 8, 8], [3, 3, 8, 1], {strides: 2, padding: 'same'}, {bias: false}),
  depthwise('strides apart', [2, 9, 8, 3], [3, 2, 3, 3], {strides: [3, 1]}),
  depthwise('sides padded apart', [2, 6, 5, 2], [3, 3, 2, 1], {padding: [[2, 0], [1, 3]]}),
  depthwise('dilated and strided', [2, 11, 10, 4], [3, 2, 4, 1], {dilationRate: [2, 3], strides: 2, padding: 1}),
  depthwise('channels first', [2, 3, 7, 6], [3, 3, 3, 2], {dataFormat: 'channelsFirst', strides: 2, padding: 'same'}),
  depthwise('NaN in x', [1, 5, 5, 2], [3, 3, 2, 1], {padding: 1}, {x: v => withValues(v, {12: NaN})}),
];

function transposed(
    title: string, xShape: number[], wShape: number[], outSize: [number, number], options?: Conv2dTransposeOptions,
    extras?: ConvExtras): VerifyCase {
  const made = convolutions<Conv2dTransposeOptions>(
      'conv2dTranspose', w => w[2]!, conv2dTranspose, (x, w, b, given) => exactConv2dTranspose(x, w, b, given, outSize));
  return made(title, xShape, wShape, options, extras);
}

const transposedCases: VerifyCase[] = [
  transposed('plain', [2, 4, 5, 3], [3, 3, 4, 3], [6, 7]),
  transposed('1x1', [2, 4, 5, 3], [1, 1, 4, 3], [4, 5]),
  transposed('without bias, strided', [2, 4, 3, 8], [3, 3, 4, 8], [9, 7], {strides: 2}, {bias: false}),
  transposed('same, strided', [2, 4, 3, 8], [3, 3, 8, 8], [8, 6], {strides: 2, padding: 'same'}),
  transposed('stride larger than the filter', [1, 3, 4, 2], [2, 2, 3, 2], [12, 16], {strides: 4}),
  transposed('many channels', [2, 5, 5, 32], [3, 3, 32, 32], [5, 5], {padding: 'same'}),
  transposed('padded, with outputPadding', [2, 4, 3, 3], [3, 3, 4, 3], [8, 5], {strides: 2, padding: 1, outputPadding: [1, 0]}),
  transposed('sides padded apart', [2, 6, 5, 2], [3, 3, 4, 2], [6, 3], {padding: [[2, 0], [1, 3]]}),
  transposed('dilated and strided', [2, 3, 4, 2], [3, 2, 3, 2], [7, 8], {dilationRate: [2, 3], strides: 2, padding: 1}),
  transposed('channels first', [2, 3, 4, 3], [3, 3, 2, 3], [8, 6],
      {dataFormat: 'channelsFirst', strides: 2, padding: 'same'}),
  transposed('NaN in x', [1, 5, 5, 2], [3, 3, 4, 2], [7, 7], {}, {x: v => withValues(v, {12: NaN})}),
];

function columns(title: string, xShape: number[], options: Im2colOptions): VerifyCase {
  return opCase({
    op: 'im2col', title: `${title}: x=[${xShape}]`, inputs: {x: random(xShape, 4)},
    f: x => im2col(x, options), exact: x => exactIm2col(x, options),
  });
}

const im2colCases: VerifyCase[] = [
  columns('plain', [2, 5, 6, 3], {kernelSize: 3}),
  columns('strided, padded, dilated', [2, 9, 8, 2], {kernelSize: [3, 2], strides: 2, padding: 1, dilationRate: 2}),
  columns('channels first', [2, 3, 5, 6], {kernelSize: 2, dataFormat: 'channelsFirst'}),
];

/** Windows of every kind, for both pools. */
const pooled: Array<[title: string, xShape: number[], options: AveragePool2dOptions]> = [
  ['2x2', [2, 6, 8, 3], {poolSize: 2}],
  ['batch of 1', [1, 4, 4, 1], {poolSize: 2}],
  ['2x2, not dividing', [2, 7, 5, 4], {poolSize: 2}],
  ['many channels', [3, 8, 8, 33], {poolSize: 2}],
  ['3x3 overlapping', [2, 9, 8, 3], {poolSize: 3, strides: 2}],
  ['stride larger than the window', [2, 9, 8, 3], {poolSize: 2, strides: 3}],
  ['window and strides apart', [2, 9, 8, 3], {poolSize: [3, 2], strides: [1, 2]}],
  ['padded', [2, 6, 7, 3], {poolSize: 3, strides: 2, padding: 1}],
  ['sides padded apart', [2, 6, 7, 3], {poolSize: 3, strides: 2, padding: [[2, 0], [0, 1]]}],
  ['same', [2, 7, 6, 3], {poolSize: 3, strides: 2, padding: 'same'}],
  ['dilated', [2, 9, 8, 3], {poolSize: 2, strides: 1, dilationRate: 3}],
  ['dilated and strided', [2, 9, 8, 3], {poolSize: [3, 2], strides: 2, dilationRate: 2, padding: 1}],
  ['channels first', [2, 3, 6, 8], {poolSize: 2, dataFormat: 'channelsFirst'}],
];

interface PoolExtras extends Pick<OpCase, 'dout'> {
  x?: (x: ReferenceArray) => ReferenceArray;
  values?: typeof random;
}

/** Makes cases of a pool. */
function pools<O>(
    op: VerifiedOp, f: (x: never, options: O) => Tensor, exact: (x: ReferenceArray, options: O) => Evaluation) {
  return (title: string, xShape: number[], options: O, {x = v => v, values = random, dout}: PoolExtras = {}): VerifyCase =>
    opCase({
      op, title: `${title}: x=[${xShape}]`, inputs: {x: x(values(xShape, 5))}, dout,
      f: input => f(input, options), exact: input => exact(input, options),
    });
}

const pool = pools('maxPool2d', maxPool2d, exactMaxPool2d);
const mean = pools('averagePool2d', averagePool2d, exactAveragePool2d);

const poolCases: VerifyCase[] = [
  ...pooled.map(([title, xShape, options]) => pool(title, xShape, options)),
  pool('3x3 at stride 1', [2, 6, 5, 4], {poolSize: 3, strides: 1}),
  pool('padded, all below zero', [2, 6, 7, 3], {poolSize: 3, strides: 2, padding: 1},
      {x: v => changed(v, value => value - 3)}),
  ...(['all', 'first', 'split'] as const).flatMap(ties => [
    pool(`2x2, ties '${ties}'`, [2, 6, 8, 4], {poolSize: 2, ties}, {values: tied}),
    pool(`3x3 overlapping, ties '${ties}'`, [2, 9, 7, 3], {poolSize: 3, strides: 2, ties}, {values: tied}),
  ]),
  pool('large values', [2, 6, 6, 3], {poolSize: 2}, {x: v => changed(v, value => value * 1e30)}),
  pool('NaN', [1, 6, 6, 2], {poolSize: 2}, {x: v => withValues(v, {5: NaN, 40: NaN})}),
  pool('NaN, overlapping', [1, 7, 7, 1], {poolSize: 3, strides: 2}, {x: v => withValues(v, {16: NaN})}),
  pool('infinities', [1, 6, 6, 1], {poolSize: 2},
      {x: v => withValues(v, {0: -Infinity, 1: -Infinity, 6: -Infinity, 7: -Infinity, 10: Infinity})}),
  pool('NaN and infinity in dout', [1, 6, 6, 1], {poolSize: 2},
      {dout: shape => withValues(random(shape, 99), {1: NaN, 4: Infinity})}),
];

const meanCases: VerifyCase[] = [
  ...pooled.map(([title, xShape, options]) => mean(title, xShape, options)),
  mean('the whole image', [2, 31, 30, 5], {poolSize: [31, 30]}),
  mean('windows of padding alone', [1, 2, 2, 4], {poolSize: 2, strides: 1, dilationRate: 4, padding: 3}),
  mean('large values', [2, 6, 6, 3], {poolSize: 2}, {x: v => changed(v, value => value * 1e30)}),
  mean('NaN and infinity', [1, 7, 7, 2], {poolSize: 3, strides: 2, padding: 1},
      {x: v => withValues(v, {5: NaN, 60: Infinity})}),
  mean('NaN and infinity in dout', [1, 6, 6, 1], {poolSize: 2},
      {dout: shape => withValues(random(shape, 99), {1: NaN, 4: Infinity})}),
];

/** The window ops. conv2d: sums of up to a thousand products, each off by 6e-8 of the sum of their sizes at worst. */
export const windowOps = {
  conv2d: {tolerance: 1e-5, cases: convCases},
  depthwiseConv2d: {tolerance: 1e-5, cases: depthwiseCases},
  conv2dTranspose: {tolerance: 1e-5, cases: transposedCases},
  im2col: {tolerance: 1e-6, cases: im2colCases},
  maxPool2d: {tolerance: 1e-6, cases: poolCases},
  averagePool2d: {tolerance: 1e-6, cases: meanCases},
} satisfies OpChecks;

/** The layers on them. */
export const windowLayers = {
  conv2d: [
    {
      xShape: [2, 7, 6, 3], weightShapes: [[3, 3, 3, 4], [4]],
      args: {filters: 4, kernelSize: 3, strides: 2, padding: 'same'},
      exact: (x, [w, b]) => exactConv2d(x, w!, b!, {strides: 2, padding: 'same'}),
    },
    {
      title: ' with relu, grouped, dilated', xShape: [2, 8, 7, 4], weightShapes: [[3, 2, 2, 6]],
      args: {filters: 6, kernelSize: [3, 2], groups: 2, dilationRate: 2, padding: 1, activation: 'relu', useBias: false},
      exact: (x, [w]) => thenRelu(exactConv2d(x, w!, null, {groups: 2, dilationRate: 2, padding: 1})),
    },
  ],
  depthwiseConv2d: [{
    title: ' with relu, dilated', xShape: [2, 8, 7, 3], weightShapes: [[3, 2, 3, 2], [6]],
    args: {kernelSize: [3, 2], depthMultiplier: 2, dilationRate: 2, padding: 1, activation: 'relu'},
    exact: (x, [w, b]) => thenRelu(exactDepthwiseConv2d(x, w!, b!, {dilationRate: 2, padding: 1})),
  }],
  separableConv2d: [{
    xShape: [2, 7, 6, 3], weightShapes: [[3, 2, 3, 2], [1, 1, 6, 4], [4]],
    args: {filters: 4, kernelSize: [3, 2], depthMultiplier: 2, strides: 2, padding: 'same', activation: 'relu'},
    exact: (x, [apart, across, b]) => thenRelu(chain(
        exactDepthwiseConv2d(x, apart!, null, {strides: 2, padding: 'same'}), between => exactConv2d(between, across!, b!))),
  }],
  conv1d: [{
    title: ', causal, dilated', xShape: [2, 9, 3], weightShapes: [[3, 3, 4], [4]],
    args: {filters: 4, kernelSize: 3, padding: 'causal', dilationRate: 2},
    exact: (x, [w, b]) => {
      const image = (a: ReferenceArray): ReferenceArray => reshape(a, [a.shape[0]!, 1, a.shape[1]!, a.shape[2]!]);
      const row = (a: ReferenceArray): ReferenceArray => reshape(a, [a.shape[0]!, a.shape[2]!, a.shape[3]!]);
      const {out, backward} = exactConv2d(
          image(x), reshape(w!, [1, ...w!.shape]), b!, {dilationRate: [1, 2], padding: [[0, 0], [4, 0]]});
      return {
        out: row(out),
        backward: dout => {
          const [dx, dw, db] = backward(image(dout));
          return [row(dx!), reshape(dw!, w!.shape), db!];
        },
      };
    },
  }],
  conv2dTranspose: [{
    title: ' with relu', xShape: [2, 3, 4, 3], weightShapes: [[3, 2, 4, 3], [4]],
    args: {filters: 4, kernelSize: [3, 2], strides: 2, padding: 1, outputPadding: 1, activation: 'relu'},
    exact: (x, [w, b]) => thenRelu(exactConv2dTranspose(x, w!, b!, {strides: 2, padding: 1, outputPadding: 1}, [6, 7])),
  }],
  maxPooling2d: [{
    xShape: [2, 7, 6, 3], args: {poolSize: 3, strides: 2, padding: 'same'},
    exact: x => exactMaxPool2d(x, {poolSize: 3, strides: 2, padding: 'same'}),
  }],
  averagePooling2d: [{
    xShape: [2, 7, 6, 3], args: {poolSize: 3, strides: 2, padding: 'same'},
    exact: x => exactAveragePool2d(x, {poolSize: 3, strides: 2, padding: 'same'}),
  }],
  globalAveragePooling2d: [
    {xShape: [2, 17, 16, 3], args: {keepDims: true}, exact: x => exactAveragePool2d(x, {poolSize: [17, 16]})},
  ],
  globalMaxPooling2d: [
    {xShape: [2, 7, 6, 3], args: {keepDims: true}, exact: x => exactMaxPool2d(x, {poolSize: [7, 6]})},
  ],
} satisfies LayerRows;
