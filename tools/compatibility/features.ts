import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D, Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

import {changed, random, tied, withValues} from '../../src/checks/verify/case';
import {exactAffine, exactRelu, exactSoftmaxLoss} from '../../src/checks/verify/dense';
import type {Evaluation} from '../../src/checks/verify/evaluation';
import {exactBatchNorm, exactGroupNorm, exactLayerNorm} from '../../src/checks/verify/norms';
import {
  exactAveragePool2d, exactConv2d, exactConv2dTranspose, exactDepthwiseConv2d, exactIm2col, exactMaxPool2d,
} from '../../src/checks/verify/windows';
import * as ops from '../../src/ops';
import {array} from '../../src/reference';
import type {ReferenceArray} from '../../src/reference';
import {distinctArray} from '../../spec/support/numeric_gradient';
import {constant, sidesOf} from './feature';
import type {Feature} from './feature';

/** float32 values, so that the reference starts from the very same numbers. */
const distinct = (shape: number[], seed: number): ReferenceArray => changed(distinctArray(shape, seed), value => value);

const reshaped = ({data}: ReferenceArray, shape: number[]): ReferenceArray => ({shape, data});

interface ConvSettings {
  options?: Omit<ops.Conv2dOptions, 'exactFit'>;
  order?: 2;
  x?: ReferenceArray;
  /** Of the filters. */
  shape?: number[];
}

function conv(title: string, settings: ConvSettings = {}): Feature {
  const {options = {}, order, x = random([2, 7, 6, 3], 1), shape = [3, 3, 3, 4]} = settings;
  const w = changed(random(shape, 2), value => value / 2);
  const args = {filters: shape[3]!, kernelSize: [shape[0], shape[1]], ...options};
  return {
    title, op: 'conv2d', order, inputs: {x, kernel: w, bias: random([shape[3]!], 3)},
    ...sidesOf('conv2d', {args}),
    exact: (x, w, b) => exactConv2d(x!, w!, b!, options),
  };
}

const convolutions: Feature[] = [
  conv('Convolution'),
  conv('Convolution 1x1', {shape: [1, 1, 3, 4]}),
  conv('Convolution, stride 2', {options: {strides: 2}}),
  conv("Convolution, padding 'same', stride 2", {options: {strides: 2, padding: 'same'}}),
  conv('Convolution, padding 1', {options: {padding: 1}}),
  conv('Convolution, different padding on each side', {options: {padding: [[2, 0], [1, 3]]}}),
  conv('Convolution, dilated', {options: {dilationRate: 2}}),
  conv('Convolution, dilated and strided', {x: random([2, 11, 10, 3], 1), options: {dilationRate: 2, strides: 2}}),
  conv('Convolution, groups', {x: random([2, 6, 6, 6], 1), shape: [3, 3, 2, 9], options: {groups: 3}}),
  conv('Convolution, channels first', {x: random([2, 3, 7, 6], 1), options: {dataFormat: 'channelsFirst'}}),
  conv('Convolution, NaN in x', {x: withValues(random([1, 6, 5, 3], 1), {20: NaN})}),
  conv('Convolution, second derivative', {order: 2, x: random([1, 5, 4, 2], 1), shape: [3, 2, 2, 3]}),
];

function depthwise(title: string, settings: ConvSettings = {}): Feature {
  const {options = {}, order, x = random([2, 7, 6, 3], 1), shape = [3, 3, 3, 1]} = settings;
  const args = {kernelSize: [shape[0], shape[1]], depthMultiplier: shape[3]!, ...options};
  return {
    title, op: 'depthwiseConv2d', order, ...sidesOf('depthwiseConv2d', {args}),
    inputs: {
      x, kernel: changed(random(shape, 2), value => value / 2), bias: random([shape[2]! * shape[3]!], 3),
    },
    exact: (x, w, b) => exactDepthwiseConv2d(x!, w!, b!, options),
  };
}

const depthwises: Feature[] = [
  depthwise('Depthwise convolution'),
  depthwise('Depthwise convolution, two filters per channel', {shape: [3, 3, 3, 2]}),
  depthwise("Depthwise convolution, padding 'same', stride 2", {options: {strides: 2, padding: 'same'}}),
  depthwise('Depthwise convolution, padding 1', {options: {padding: 1}}),
  depthwise('Depthwise convolution, dilated', {options: {dilationRate: 2}}),
  depthwise('Depthwise convolution, channels first', {x: random([2, 3, 7, 6], 1), options: {dataFormat: 'channelsFirst'}}),
  depthwise('Depthwise convolution, second derivative', {order: 2, x: random([1, 5, 4, 2], 1), shape: [3, 2, 2, 2]}),
];

function transposed(
  title: string, outSize: [number, number], options: ops.Conv2dTransposeOptions = {},
  {order, x = random([2, 3, 4, 3], 1), shape = [3, 3, 4, 3]}: {order?: 2, x?: ReferenceArray, shape?: number[]} = {},
): Feature {
  return {
    title, op: 'conv2dTranspose', order,
    ...sidesOf('conv2dTranspose', {args: {filters: shape[2]!, kernelSize: [shape[0], shape[1]], ...options}}),
    inputs: {x, kernel: changed(random(shape, 2), value => value / 2), bias: random([shape[2]!], 3)},
    exact: (x, w, b) => exactConv2dTranspose(x!, w!, b!, options, outSize),
  };
}

const transposeds: Feature[] = [
  transposed('Transposed convolution', [5, 6]),
  transposed("Transposed convolution, padding 'same', stride 2", [6, 8], {strides: 2, padding: 'same'}),
  transposed('Transposed convolution, padding 1', [3, 4], {padding: 1}),
  transposed('Transposed convolution, outputPadding', [8, 10], {strides: 2, outputPadding: 1}),
  transposed('Transposed convolution, dilated', [7, 8], {dilationRate: 2}),
  transposed('Transposed convolution, channels first', [6, 8], {strides: 2, padding: 'same', dataFormat: 'channelsFirst'},
    {x: random([2, 3, 3, 4], 1)}),
  transposed('Transposed convolution, second derivative', [6, 6], {strides: 2, padding: 'same'},
    {order: 2, x: random([1, 3, 3, 2], 1), shape: [3, 2, 2, 2]}),
];

/** A convolution of each channel, and one across them. */
function separable(title: string, options: ops.DepthwiseConv2dOptions = {}): Feature {
  return {
    title, op: 'conv2d', ...sidesOf('separableConv2d', {args: {filters: 4, kernelSize: [3, 3], ...options}}),
    inputs: {
      x: random([2, 7, 6, 3], 1), apart: changed(random([3, 3, 3, 1], 2), value => value / 2),
      across: random([1, 1, 3, 4], 4), bias: random([4], 3),
    },
    exact: (x, apart, across, b) => {
      const first = exactDepthwiseConv2d(x!, apart!, null, options);
      const second = exactConv2d(first.out, across!, b!);
      return {out: second.out, backward: dout => {
        const [between, dacross, db] = second.backward(dout);
        return [...first.backward(between!).slice(0, 2), dacross!, db!];
      }};
    },
  };
}

/** A sequence is an image one row high. */
function sequence(title: string, padding: 'same' | 'causal', dilation = 1): Feature {
  const shape = [2, 9, 3];
  const ends = padding === 'causal' ? [2 * dilation, 0] as [number, number] : null;
  const options: ops.Conv2dOptions = {dilationRate: [1, dilation], padding: ends ? [[0, 0], ends] : 'same'};
  return {
    title, op: 'conv2d',
    ...sidesOf('conv1d', {args: {filters: 4, kernelSize: 3, padding, dilationRate: dilation}}),
    inputs: {x: random(shape, 1), kernel: changed(random([3, 3, 4], 2), value => value / 2), bias: random([4], 3)},
    exact: (x, w, b) => {
      const {out, backward} = exactConv2d(reshaped(x!, [2, 1, 9, 3]), reshaped(w!, [1, 3, 3, 4]), b!, options);
      return {out: reshaped(out, [2, 9, 4]), backward: dout => {
        const [dx, dw, db] = backward(reshaped(dout, out.shape));
        return [reshaped(dx!, shape), reshaped(dw!, [3, 3, 4]), db!];
      }};
    },
  };
}

const convolutionLayers: Feature[] = [
  separable('Separable convolution'),
  separable("Separable convolution, padding 'same', stride 2", {strides: 2, padding: 'same'}),
  separable('Separable convolution, dilated', {dilationRate: 2}),
  sequence('1-D convolution', 'same'),
  sequence('1-D convolution, causal, dilated', 'causal', 2),
];

function pool(title: string, options: ops.MaxPool2dOptions, {x = random([2, 6, 8, 3], 5), order}: {
  x?: ReferenceArray, order?: 2,
} = {}): Feature {
  return {
    title, op: 'maxPool2d', order, inputs: {x}, ...sidesOf('maxPooling2d', {args: options}),
    exact: x => exactMaxPool2d(x!, options),
  };
}

const pools: Feature[] = [
  pool('Max pooling', {poolSize: 2}),
  pool('Max pooling, 3x3 at stride 2', {poolSize: 3, strides: 2}),
  pool("Max pooling, padding 'same'", {poolSize: 3, strides: 2, padding: 'same'}),
  pool('Max pooling, padding 1', {poolSize: 3, strides: 2, padding: 1}),
  pool('Max pooling, different padding on each side', {poolSize: 3, strides: 2, padding: [[2, 0], [0, 1]]}),
  pool('Max pooling, dilated', {poolSize: 2, strides: 1, dilationRate: 2}),
  pool('Max pooling, channels first', {poolSize: 2, dataFormat: 'channelsFirst'}),
  pool('Max pooling, ties: gradient to every maximum', {poolSize: 2}, {x: tied([2, 6, 8, 4], 5)}),
  pool('Max pooling, ties: gradient to the first maximum', {poolSize: 2, ties: 'first'}, {x: tied([2, 6, 8, 4], 5)}),
  pool('Max pooling, NaN in x', {poolSize: 2}, {x: withValues(random([1, 6, 6, 2], 5), {5: NaN, 40: NaN})}),
  pool('Max pooling, a window of -Infinity', {poolSize: 2, ties: 'first'},
    {x: withValues(random([1, 6, 6, 1], 5), {0: -Infinity, 1: -Infinity, 6: -Infinity, 7: -Infinity})}),
  pool('Max pooling, second derivative', {poolSize: 2}, {order: 2, x: distinct([1, 4, 6, 2], 4)}),
];

function mean(title: string, options: ops.AveragePool2dOptions, {x = random([2, 6, 8, 3], 5), order}: {
  x?: ReferenceArray, order?: 2,
} = {}): Feature {
  return {
    title, op: 'averagePool2d', order, inputs: {x}, ...sidesOf('averagePooling2d', {args: options}),
    exact: x => exactAveragePool2d(x!, options),
  };
}

const means: Feature[] = [
  mean('Average pooling', {poolSize: 2}),
  mean("Average pooling, padding 'same'", {poolSize: 3, strides: 2, padding: 'same'}),
  mean('Average pooling, padding 1', {poolSize: 3, strides: 2, padding: 1}),
  mean('Average pooling, dilated', {poolSize: 2, strides: 1, dilationRate: 2}),
  mean('Average pooling, channels first', {poolSize: 2, dataFormat: 'channelsFirst'}),
  mean('Average pooling, second derivative', {poolSize: 2}, {order: 2, x: random([1, 4, 6, 2], 4)}),
];

/** Over images of 6 x 8. */
const globalPools: Feature[] = [
  {
    title: 'Global average pooling', op: 'averagePool2d', inputs: {x: random([2, 6, 8, 3], 5)},
    ...sidesOf('globalAveragePooling2d'), exact: x => flat(exactAveragePool2d(x!, {poolSize: [6, 8]}), x!.shape),
  },
  {
    title: 'Global max pooling', op: 'maxPool2d', inputs: {x: distinct([2, 6, 8, 3], 5)},
    ...sidesOf('globalMaxPooling2d'), exact: x => flat(exactMaxPool2d(x!, {poolSize: [6, 8]}), x!.shape),
  },
  {
    title: 'Global average pooling, keepDims', op: 'averagePool2d', inputs: {x: random([2, 6, 8, 3], 5)},
    ...sidesOf('globalAveragePooling2d', {args: {keepDims: true}}), exact: x => exactAveragePool2d(x!, {poolSize: [6, 8]}),
  },
];

/** [N, 1, 1, C] as [N, C]. */
function flat({out, backward}: Evaluation, [n, , , c]: number[]): Evaluation {
  return {out: reshaped(out, [n!, c!]), backward: dout => backward(reshaped(dout, out.shape))};
}

function relu(title: string, options: ops.ReluOptions, {x = random([3, 7], 6), order}: {
  x?: ReferenceArray, order?: 2,
} = {}): Feature {
  return {
    title, op: 'relu', order, inputs: {x}, ...sidesOf('reLU', {args: options}), exact: x => exactRelu(x!, options),
  };
}

const relus: Feature[] = [
  relu('ReLU', {}),
  relu('ReLU, maxValue', {maxValue: 1}),
  relu('ReLU, negativeSlope', {negativeSlope: 0.3}),
  relu('ReLU, threshold', {threshold: 0.5}),
  relu('ReLU at 0', {}, {x: tied([4, 5], 6)}),
  relu('ReLU, NaN in x', {}, {x: withValues(random([3, 7], 6), {4: NaN})}),
  relu('ReLU, second derivative', {}, {order: 2, x: distinct([3, 7], 6)}),
];

function dense(title: string, shape: number[], {useBias = true, order}: {useBias?: boolean, order?: 2} = {}): Feature {
  const size = shape.at(-1)!;
  return {
    title, op: 'affine', order,
    inputs: {x: random(shape, 7), kernel: random([size, 4], 8), ...(useBias && {bias: random([4], 9)})},
    ...sidesOf('dense', {args: {units: 4, useBias}}),
    exact: (x, w, b) => {
      const rows = reshaped(x!, [x!.data.length / size, size]);
      const {out, backward} = exactAffine(rows, w!, b ?? null);
      return {
        out: reshaped(out, [...shape.slice(0, -1), 4]),
        backward: dout => backward(reshaped(dout, out.shape)).map((d, i) => (i === 0 ? reshaped(d!, shape) : d)),
      };
    },
  };
}

const denses: Feature[] = [
  dense('Fully connected', [3, 5]),
  dense('Fully connected, along the last of 3 axes', [2, 3, 5]),
  dense('Fully connected, second derivative', [3, 5], {order: 2}),
];

const classes = array([4], [2, 0, 1, 1]);
const oneHot = array([4, 3], [0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0]);
const weights = array([3, 4], [0.2, 0.3, 0.5, 0, 2, 0, 0, 0, 0.5, 0.5, 0.5, 1]);

function loss(title: string, scores: ReferenceArray, labels: ReferenceArray, order?: 2): Feature {
  const given = () => tf.tensor(Float32Array.from(labels.data), labels.shape);
  return {
    title, op: 'softmaxLoss', order, inputs: {scores},
    ours: scores => ops.softmaxLoss(scores as Tensor2D, given()),
    builtIn: scores => tf.losses.softmaxCrossEntropy(given(), scores),
    exact: scores => exactSoftmaxLoss(scores!, labels),
  };
}

const losses: Feature[] = [
  loss('Softmax loss, one-hot labels', random([4, 3], 10), oneHot),
  loss('Softmax loss, class numbers', random([4, 3], 10), classes),
  loss('Softmax loss, weights that do not sum to 1', random([3, 4], 10), weights),
  loss('Softmax loss, scores of 10000', changed(random([4, 3], 10), value => value * 5000), oneHot),
  loss('Softmax loss, a single class', random([3, 1], 10), array([3, 1], [1, 1, 1])),
  loss('Softmax loss, second derivative', random([4, 3], 10), oneHot, 2),
];

interface BatchNormSettings {
  axis?: number;
  parts?: {center?: boolean, scale?: boolean};
  shape?: number[];
  /** By the moving values. */
  frozen?: boolean;
  training?: boolean;
  order?: 2;
}

function batchNorm(title: string, settings: BatchNormSettings = {}): Feature {
  const {axis = -1, parts = {}, shape = [3, 4, 5, 2], frozen, training, order} = settings;
  const {center = true, scale = true} = parts;
  const channels = shape.at(axis)!;
  const isTest = frozen || training === false;
  const all = (value: number): ReferenceArray =>
    array([channels], Array.from({length: channels}, () => Math.fround(value)));
  return {
    title, op: 'batchNorm', order,
    inputs: {
      x: random(shape, 11),
      ...(scale && {gamma: random([channels], 12)}), ...(center && {beta: random([channels], 13)}),
    },
    ...sidesOf('batchNormalization', {
      frozen, training,
      args: {axis, ...parts, movingMeanInitializer: constant(0.3), movingVarianceInitializer: constant(0.7)},
    }),
    exact: (x, ...rest) => exactBatchNorm(x!, scale ? rest[0]! : null, center ? rest.at(-1)! : null,
      {axis, epsilon: 1e-3, ...(isTest && {runningMean: all(0.3), runningVar: all(0.7)})}),
  };
}

const batchNorms: Feature[] = [
  batchNorm('Batch norm, training'),
  batchNorm('Batch norm, training, axis 1', {axis: 1}),
  batchNorm('Batch norm, training, scale: false', {parts: {scale: false}}),
  batchNorm('Batch norm, training, center: false', {parts: {center: false}}),
  batchNorm('Batch norm, testing', {training: false}),
  batchNorm('Batch norm, frozen in training', {frozen: true}),
  batchNorm('Batch norm, second derivative', {shape: [6, 3], order: 2}),
];

function layerNorm(title: string, {axis = [-1], shape = [4, 6], parts = {}, order}: {
  axis?: number[], shape?: number[], parts?: {center?: boolean, scale?: boolean}, order?: 2,
} = {}): Feature {
  const {center = true, scale = true} = parts;
  const sizes = axis.map(one => shape.at(one)!);
  return {
    title, op: 'layerNorm', order,
    inputs: {x: random(shape, 11), ...(scale && {gamma: random(sizes, 12)}), ...(center && {beta: random(sizes, 13)})},
    ...sidesOf('layerNormalization', {args: {axis, ...parts}}),
    exact: (x, ...rest) =>
      exactLayerNorm(x!, scale ? rest[0]! : null, center ? rest.at(-1)! : null, {axis, epsilon: 1e-3}),
  };
}

const layerNorms: Feature[] = [
  layerNorm('Layer norm'),
  layerNorm('Layer norm, scale: false', {parts: {scale: false}}),
  layerNorm('Layer norm, center: false', {parts: {center: false}}),
  layerNorm('Layer norm, axes 1 to 3', {axis: [1, 2, 3], shape: [2, 3, 4, 2]}),
  layerNorm('Layer norm, axis 1 of 4', {axis: [1], shape: [2, 3, 4, 2]}),
  layerNorm('Layer norm, second derivative', {order: 2}),
];

function groupNorm(title: string, {groups = 2, axis = -1, shape = [2, 3, 4, 4], order}: {
  groups?: number, axis?: number, shape?: number[], order?: 2,
} = {}): Feature {
  const channels = shape.at(axis)!;
  return {
    title, op: 'groupNorm', order,
    inputs: {x: random(shape, 11), gamma: random([channels], 12), beta: random([channels], 13)},
    ...sidesOf('groupNormalization', {args: {groups, axis}}),
    exact: (x, gamma, beta) => exactGroupNorm(x!, gamma!, beta!, {groups, axis, epsilon: 1e-3}),
  };
}

const groupNorms: Feature[] = [
  groupNorm('Group norm'),
  groupNorm('Group norm, one group per channel', {groups: -1}),
  groupNorm('Group norm, axis 1', {axis: 1, shape: [2, 4, 3, 5]}),
  groupNorm('Group norm, second derivative', {shape: [2, 2, 2, 4], order: 2}),
];

const columns: ops.Im2colOptions = {kernelSize: [3, 2], strides: 2, padding: 1};

const dropouts: Feature[] = [
  {
    title: 'Dropout, in inference', op: 'relu', inputs: {x: random([3, 7], 6)},
    ...sidesOf('dropout', {args: {rate: 0.5}, training: false}), exact: x => ({out: x!, backward: dout => [dout]}),
  },
];

const others: Feature[] = [
  {
    title: 'im2col', op: 'im2col', inputs: {x: random([2, 9, 8, 2], 4)},
    ours: x => ops.im2col(x as Tensor4D, columns),
    exact: x => exactIm2col(x!, columns as ops.Im2colOptions & {kernelSize: [number, number]}),
  },
  {
    title: 'Batch norm, staged backward', op: 'batchNorm',
    inputs: {x: random([6, 3], 11), gamma: random([3], 12), beta: random([3], 13)},
    ours: (x, gamma, beta) => ops.batchNorm(x as Tensor, gamma as Tensor1D, beta as Tensor1D, {backward: 'staged'}),
    exact: (x, gamma, beta) => exactBatchNorm(x!, gamma!, beta!, {backward: 'staged'}),
  },
];

export const features: readonly Feature[] = [
  ...convolutions, ...depthwises, ...transposeds, ...convolutionLayers,
  ...pools, ...means, ...globalPools, ...relus, ...denses, ...losses,
  ...batchNorms, ...layerNorms, ...groupNorms, ...dropouts, ...others,
];
