import * as tf from '@tensorflow/tfjs-core';
import type {Tensor1D, Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

import {sidePadding} from '../../geometry';
import type {ConvGeometry} from '../../geometry';
import type {NodeAttribute} from '../../tfjs_private';
import {byGroup, filterGradAsConv, im2col, inputGradAsConv, part, withoutIdleStrides} from '../default/conv';
import type {Convolve, Sides} from '../default/conv';
import {addBias, columnSum, matMul} from './dense';
import {execute, ints, text} from './execute';
import {native, nativeOne, windowSizes} from './native_ops';
import {thresholds} from './thresholds';

/** Ours for small patches and filters that fill vectors, else TensorFlow's kernel. */
export function conv2d(x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry): Tensor4D {
  return servesForward(g) ? ownConv(x, w, b, g, false) : addBias(productOrOp(x, w, g), b, false);
}

export function conv2dRelu(x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry): Tensor4D {
  return servesForward(g) ? ownConv(x, w, b, g, true) : addBias(productOrOp(x, w, g), b, true);
}

function ownConv(x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry, rectify: boolean): Tensor4D {
  return nativeOne('ExplicitConv', [x, w, b], {sizes: [...windowSizes(g), Number(rectify)]});
}

function servesForward(g: ConvGeometry): boolean {
  const {vector, largestPatch, largestNarrowPatch} = thresholds;
  const patch = g.kernel[0] * g.kernel[1] * g.channels;
  return g.groups === 1 && g.filters % vector === 0 &&
      patch <= (g.filters % (2 * vector) === 0 ? largestPatch : largestNarrowPatch);
}

function productOrOp(x: Tensor4D, w: Tensor4D, g: ConvGeometry): Tensor4D {
  return hasHugeFilter(g) ? byProduct(x, w, g) : conv2dOp(x, w, g.strides, g.dilation, g.padding);
}

/**
 * A fully connected layer as a convolution (7x7x512 to 4096) on a few places: oneDNN brings the filter into an order of
 * its own each time, which costs several times the product.
 */
function hasHugeFilter(g: ConvGeometry): boolean {
  const places = g.batch * g.outSize[0] * g.outSize[1];
  return g.groups === 1 && g.kernel[0] * g.kernel[1] > 1 && places <= thresholds.fewPlaces &&
      g.kernel[0] * g.kernel[1] * g.channels * g.filters >= thresholds.hugeFilter;
}

function byProduct(x: Tensor4D, w: Tensor4D, g: ConvGeometry): Tensor4D {
  return tf.tidy(() => {
    const out = matMul(im2col(x, g, false), tf.reshape(w, [-1, g.filters]) as Tensor2D, true, false);
    return tf.reshape(out, [g.batch, ...g.outSize, g.filters]);
  });
}

/** TensorFlow's own kernel knows strides, dilation, padding and groups together. */
const conv2dOp: Convolve = (x, w, strides, dilations, padding) => {
  const only = withoutIdleStrides(x, w, strides, dilations, padding);
  return execute('Conv2D', attributes(only.strides, dilations, explicit(only.padding)), [only.x, w]);
};

export function conv2dInputGrad(dout: Tensor4D, w: Tensor4D, g: ConvGeometry): Tensor4D {
  return byGroup(g, (i, one) => {
    const [douti, wi] = [part(dout, i, g.groups), part(w, i, g.groups)];
    if (isDilated(g)) return inputGradAsConv(douti, wi, one, conv2dOp);
    const shape = tf.tensor1d([g.batch, ...g.inSize, one.channels], 'int32');
    return execute('Conv2DBackpropInput', attributes(g.strides, g.dilation, sameOrExplicit(g)), [shape, wi, douti]);
  });
}

export function conv2dFilterGrad(x: Tensor4D, dout: Tensor4D, g: ConvGeometry): Tensor4D {
  return servesWeights(g) ? ownWeightGrads(x, dout, g).dw : filterGradOp(x, dout, g);
}

export function conv2dWeightGrads(x: Tensor4D, dout: Tensor4D, g: ConvGeometry): {dw: Tensor4D, db: Tensor1D} {
  if (servesWeights(g)) return ownWeightGrads(x, dout, g);
  return {dw: filterGradOp(x, dout, g), db: columnSum(tf.reshape(dout, [-1, g.filters]) as Tensor2D)};
}

/** Else TensorFlow's kernel is the better one: sums for so large a filter would be kept by every thread. */
function servesWeights(g: ConvGeometry): boolean {
  return g.groups === 1 && g.kernel[0] * g.kernel[1] * g.channels * g.filters <= thresholds.largestFilter;
}

function ownWeightGrads(x: Tensor4D, dout: Tensor4D, g: ConvGeometry): {dw: Tensor4D, db: Tensor1D} {
  const [dw, db] = native('ExplicitConvWeightGrads', [x, dout], {sizes: windowSizes(g)}, 2);
  return {dw: dw as Tensor4D, db: db as Tensor1D};
}

function filterGradOp(x: Tensor4D, dout: Tensor4D, g: ConvGeometry): Tensor4D {
  return byGroup(g, (i, one) => {
    const [xi, douti] = [part(x, i, g.groups), part(dout, i, g.groups)];
    if (isDilated(g)) return filterGradAsConv(xi, douti, one, conv2dOp);
    const shape = tf.tensor1d([...g.kernel, one.channels, one.filters], 'int32');
    return execute('Conv2DBackpropFilter', attributes(g.strides, g.dilation, sameOrExplicit(g)), [xi, shape, douti]);
  });
}

/** TensorFlow's gradient kernels refuse dilation on the CPU; the forward one, which does not, can take their part. */
function isDilated(g: ConvGeometry): boolean {
  return g.dilation[0] > 1 || g.dilation[1] > 1;
}

function attributes(strides: number[], dilations: number[], padding: NodeAttribute[]): NodeAttribute[] {
  return [ints('strides', [1, ...strides, 1]), ints('dilations', [1, ...dilations, 1]), ...padding];
}

function explicit(padding: Sides): NodeAttribute[] {
  const sides = padding.flat();
  return sides.every(p => p === 0) ? [text('padding', 'VALID')] :
      [text('padding', 'EXPLICIT'), ints('explicit_paddings', [0, 0, ...sides, 0, 0])];
}

/** TensorFlow's gradient by x takes 1.7 times as long where the same padding is given as numbers. */
function sameOrExplicit(g: ConvGeometry): NodeAttribute[] {
  const isSame = g.padding.every((sides, i) => {
    const same = sidePadding('same', g.inSize[i]!, g.kernel[i]!, g.strides[i]!, g.dilation[i]!);
    return sides[0] === same[0] && sides[1] === same[1];
  });
  return isSame ? [text('padding', 'SAME')] : explicit(g.padding);
}
