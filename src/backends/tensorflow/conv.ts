import * as tf from '@tensorflow/tfjs-core';
import type {Tensor1D, Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

import {dilatedSize} from '../../geometry';
import type {ConvGeometry} from '../../geometry';
import {byGroup, filterGradAsConv, im2col, inputGradAsConv, part} from '../default/conv';
import type {Convolve} from '../default/conv';
import {kernels} from '../registry';
import {addBias} from './bias';
import {bool, execute, ints, paddingAttributes, text} from './execute';
import type {Attribute} from './execute';

function attributes(strides: [number, number], dilations: [number, number], padding: Attribute[]): Attribute[] {
  return [
    ints('strides', [1, ...strides, 1]), ints('dilations', [1, ...dilations, 1]), ...padding,
    text('data_format', 'NHWC'), bool('use_cudnn_on_gpu', true),
  ];
}

function gradientAttributes(g: ConvGeometry): Attribute[] {
  return attributes(g.strides, g.dilation, paddingAttributes(g));
}

/** TensorFlow's own kernel knows strides, dilation, padding and groups together. */
export function conv2d(x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry): Tensor4D {
  const out = isMistaken(g.strides, g.outSize) ? convolve(x, w, g.strides, g.dilation, g.padding) :
      hasHugeFilter(g) ? byProduct(x, w, g) : execute<Tensor4D>('Conv2D', gradientAttributes(g), [x, w]);
  return addBias(out, b);
}

/**
 * A fully connected layer as a convolution (7x7x512 to 4096) on a few places: oneDNN brings the filter into an order of
 * its own each time, which costs several times the product.
 */
function hasHugeFilter(g: ConvGeometry): boolean {
  const places = g.batch * g.outSize[0] * g.outSize[1];
  return g.groups === 1 && g.kernel[0] * g.kernel[1] > 1 && places <= 64 &&
      g.kernel[0] * g.kernel[1] * g.channels * g.filters >= 2 ** 25;
}

function byProduct(x: Tensor4D, w: Tensor4D, g: ConvGeometry): Tensor4D {
  return tf.tidy(() => {
    const out = kernels().matMul(im2col(x, g, false), tf.reshape(w, [-1, g.filters]) as Tensor2D, true, false);
    return tf.reshape(out, [g.batch, ...g.outSize, g.filters]);
  });
}

/**
 * oneDNN (in TensorFlow 2.21) reads the wrong rows of single-channel images when the output is one column wide and
 * only the horizontal stride, which then moves nothing, is above 1.
 */
function isMistaken(strides: [number, number], outSize: [number, number]): boolean {
  return outSize[1] === 1 && strides[1] > 1 && strides[0] !== strides[1];
}

const convolve: Convolve = (x, w, strides, dilations, padding) => {
  const extent = [0, 1].map(i => dilatedSize(w.shape[i]!, dilations[i]!));
  const outSize = [0, 1].map(i =>
      Math.floor((x.shape[i + 1]! - extent[i]! + padding[i]![0] + padding[i]![1]) / strides[i]!) + 1) as [number, number];
  if (isMistaken(strides, outSize)) {
    const padded = tf.pad(x, [[0, 0], ...padding, [0, 0]]);
    const column = tf.slice(padded, [0, 0, 0, 0], [-1, -1, extent[1]!, -1]);
    return convolve(column, w, [strides[0], 1], dilations, [[0, 0], [0, 0]]);
  }
  const sides = [text('padding', 'EXPLICIT'), ints('explicit_paddings', [0, 0, ...padding.flat(), 0, 0])];
  const none = padding.flat().every(p => p === 0);
  return execute('Conv2D', attributes(strides, dilations, none ? [text('padding', 'VALID')] : sides), [x, w]);
};

export function conv2dInputGrad(dout: Tensor4D, w: Tensor4D, g: ConvGeometry): Tensor4D {
  return byGroup(g, (i, one) => {
    const [douti, wi] = [part(dout, i, g.groups), part(w, i, g.groups)];
    if (isDilated(g)) return inputGradAsConv(douti, wi, one, convolve);
    const shape = tf.tensor1d([g.batch, ...g.inSize, one.channels], 'int32');
    return execute('Conv2DBackpropInput', gradientAttributes(one), [shape, wi, douti]);
  });
}

export function conv2dFilterGrad(x: Tensor4D, dout: Tensor4D, g: ConvGeometry): Tensor4D {
  return byGroup(g, (i, one) => {
    const [xi, douti] = [part(x, i, g.groups), part(dout, i, g.groups)];
    if (isDilated(g)) return filterGradAsConv(xi, douti, one, convolve);
    const shape = tf.tensor1d([...g.kernel, one.channels, one.filters], 'int32');
    return execute('Conv2DBackpropFilter', gradientAttributes(one), [xi, shape, douti]);
  });
}

/** The gradient kernels refuse dilation on the CPU; the forward one, which does not, can take their part. */
function isDilated(g: ConvGeometry): boolean {
  return g.dilation[0] > 1 || g.dilation[1] > 1;
}
