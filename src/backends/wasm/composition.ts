import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D, Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

import {tiles} from '../../geometry';
import type {ConvGeometry, WindowGeometry} from '../../geometry';
import {defaultKernels} from '../default';
import {byGroup, col2im, convolve, filterGradAsConv, im2col, inputGradAsConv, part} from '../default/conv';
import type {Convolve} from '../default/conv';
import {isPlainRelu, sumInBlocks} from '../default/dense';
import {padInput} from '../default/windows';
import type {Kernels, ReluParameters, TieRule} from '../kernels';

/**
 * For a wasm backend whose heap is not open to us: compositions of tfjs operations, each the fastest of those that were
 * measured there. Convolution and products are fast; matMul of transposes, sums over all but the last axis, where,
 * equal and comparisons are slow, so that arithmetic stands for them as long as everything is finite.
 */
export const composedKernels: Kernels = {
  ...defaultKernels,
  conv2d: (x, w, b, g) => {
    const out = byGroup(g, i => exactConvolve(
        part(x, i, g.groups), part(w, i, g.groups), g.strides, g.dilation, g.padding));
    return b ? tf.add(out, b) : out;
  },
  conv2dInputGrad: (dout, w, g) => byGroup(g, (i, one) =>
    inputGrad(part(dout, i, g.groups), part(w, i, g.groups), one)),
  conv2dFilterGrad: (x, dout, g) => byGroup(g, (i, one) =>
    filterGradAsConv(part(x, i, g.groups), part(dout, i, g.groups), one, exactConvolve)),
  matMul: (a, b, transposeA, transposeB) =>
    tf.matMul(transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b),
  columnSum,
  reluGrad,
  maxPool,
  maxPoolScatter,
};

/** Whether no entry is NaN or infinite, as far as their sum tells: one that overflows only costs time. */
function allFinite(x: Tensor): boolean {
  const columns = x.shape[x.rank - 1] ?? 1;
  return Number.isFinite(tf.tidy(() => tf.sum(columnSum(tf.reshape(x, [-1, columns]))).dataSync()[0]!));
}

function columnSum(x: Tensor2D): Tensor1D {
  return sumInBlocks(x, rows =>
    tf.reshape(tf.matMul(tf.ones([1, rows.shape[0]]) as Tensor2D, rows), [rows.shape[1]]));
}

/** The backend's convolution gives -Infinity for NaN; then the product with the columns of patches is taken. */
const exactConvolve: Convolve = (x, w, strides, dilation, padding) => {
  const out = convolve(x, w, strides, dilation, padding);
  if (allFinite(out)) return out;
  const [kh, kw, channels, filters] = w.shape;
  const [batch, outHeight, outWidth] = out.shape;
  const g: ConvGeometry = {
    batch, channels, filters, groups: 1, inSize: [x.shape[1], x.shape[2]], kernel: [kh, kw], strides, dilation, padding,
    outSize: [outHeight, outWidth], dataFormat: 'channelsLast',
  };
  const patches = tf.transpose(im2col(x, g, false));
  return tf.reshape(tf.matMul(patches, tf.reshape(w, [-1, filters])), out.shape);
};

/** As a convolution; what is not finite there met zeros beyond dout's edge, and is added up patch by patch instead. */
function inputGrad(dout: Tensor4D, w: Tensor4D, g: ConvGeometry): Tensor4D {
  const dx = inputGradAsConv(dout, w, g, convolve);
  if (allFinite(dx)) return dx;
  const cols = tf.matMul(tf.reshape(w, [-1, g.filters]), tf.transpose(tf.reshape(dout, [-1, g.filters])));
  return col2im(cols as Tensor2D, g, false);
}

function reluGrad(dout: Tensor, x: Tensor, parameters: ReluParameters): Tensor {
  if (isPlainRelu(parameters)) {
    const dx = tf.mul(dout, tf.step(x));
    if (allFinite(dx)) return dx;
  }
  return defaultKernels.reluGrad(dout, x, parameters);
}

/** The backend's kernel passes NaN and infinities over, and has no dilation. */
function maxPool(x: Tensor4D, g: WindowGeometry): Tensor4D {
  if (g.dilation[0] > 1 || g.dilation[1] > 1 || !allFinite(x)) return defaultKernels.maxPool(x, g);
  return tf.engine().runKernel('MaxPool', {x: padInput(x, g, -Infinity)}, {
    filterSize: g.kernel, strides: g.strides, pad: 'valid', dimRoundingMode: undefined,
  } as unknown as tf.NamedAttrMap) as Tensor4D;
}

/** Where windows tile the input, dout (1 - step(out - x)): out - x is 0 at the maxima and more elsewhere. */
function maxPoolScatter(
    dout: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  if (ties === 'all' && tiles(g)) {
    const [height, width] = [0, 1].map(i => g.outSize[i]! * g.kernel[i]!) as [number, number];
    const windows = [g.batch * g.outSize[0], g.kernel[0], g.outSize[1], g.kernel[1], g.channels];
    const used = tf.reshape(tf.slice(x, [0, 0, 0, 0], [-1, height, width, -1]), windows);
    const perWindow = (t: Tensor) => tf.reshape(t, [windows[0]!, 1, windows[2]!, 1, g.channels]);
    const isMaximum = tf.sub(1, tf.step(tf.sub(perWindow(out), used)));
    const dx = tf.reshape(tf.mul(perWindow(dout), isMaximum), [g.batch, height, width, g.channels]) as Tensor4D;
    if (allFinite(dx)) return tf.pad(dx, [[0, 0], [0, g.inSize[0] - height], [0, g.inSize[1] - width], [0, 0]]);
  }
  return defaultKernels.maxPoolScatter(dout, x, out, g, ties);
}
