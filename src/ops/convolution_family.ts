import type {Tensor, Tensor1D, Tensor4D, TensorLike} from '@tensorflow/tfjs-core';

import {kernels} from '../backends';
import {explicitOp, isRecording} from '../explicit_op';
import type {BackwardRules, ExplicitOp, OpCache} from '../explicit_op';
import type {ConvGeometry} from '../geometry';
import {checkTensor, showShape} from '../validate';
import {channelSum} from './channel_sum';
import {reshapeTo} from './layout';

/** What a convolution takes, in the order of the kernels: x is [N, H, W, C]. */
export type ConvolutionInputs = {x: Tensor4D, w: Tensor4D, b: Tensor1D | null};

/** What a convolution is computed by: the kernels of the current backend. */
export interface ConvolutionKernels {
  forward: (x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry) => Tensor4D;
  inputGrad: (dout: Tensor4D, w: Tensor4D, g: ConvGeometry) => Tensor4D;
  filterGrad: (x: Tensor4D, dout: Tensor4D, g: ConvGeometry) => Tensor4D;
  weightGrads?: (x: Tensor4D, dout: Tensor4D, g: ConvGeometry) => {dw: Tensor4D, db: Tensor1D} | null;
}

/** Forward, input gradient and filter gradient, each an op on the tape, and the rules of an op whose forward it is. */
export interface ConvolutionFamily {
  forward: ExplicitOp<{x: Tensor4D, w: Tensor4D}, ConvGeometry>;
  inputGrad: ExplicitOp<{dout: Tensor4D, w: Tensor4D}, ConvGeometry>;
  filterGrad: ExplicitOp<{x: Tensor4D, dout: Tensor4D}, ConvGeometry>;
  rules: BackwardRules<ConvolutionInputs, ConvGeometry, OpCache>;
}

/**
 * Forward, input gradient and filter gradient of a convolution are each linear in two of x, w and dout, and each other's
 * derivatives: with these three it can be differentiated to any order.
 */
export function convolutionFamily(name: string, by: (g: ConvGeometry) => ConvolutionKernels): ConvolutionFamily {
  /** out[i, ...] = sum over the window of x[S i + D p - P, ...] * w[p, ...] */
  const forward: ConvolutionFamily['forward'] = explicitOp({
    name,
    forward: ({x, w}, g) => ({out: by(g).forward(x, w, null, g)}),
    backward: {
      x: (dout, {w}, _, g) => inputGrad({dout: dout as Tensor4D, w}, g),
      w: (dout, {x}, _, g) => filterGrad({x, dout: dout as Tensor4D}, g),
    },
  });

  /** dx[S i + D p - P, ...] += dout[i, ...] * w[p, ...]: every output passes its gradient back to its window. */
  const inputGrad: ConvolutionFamily['inputGrad'] = explicitOp({
    name: `${name}InputGrad`,
    forward: ({dout, w}, g) => ({out: by(g).inputGrad(dout, w, g)}),
    backward: {
      dout: (ddx, {w}, _, g) => forward({x: ddx as Tensor4D, w}, g),
      w: (ddx, {dout}, _, g) => filterGrad({x: ddx as Tensor4D, dout}, g),
    },
  });

  /** dw[p, ...] = sum over positions of x[S i + D p - P, ...] * dout[i, ...] */
  const filterGrad: ConvolutionFamily['filterGrad'] = explicitOp({
    name: `${name}FilterGrad`,
    forward: ({x, dout}, g) => ({out: by(g).filterGrad(x, dout, g)}),
    backward: {
      x: (ddw, {dout}, _, g) => inputGrad({dout, w: ddw as Tensor4D}, g),
      dout: (ddw, {x}, _, g) => forward({x, w: ddw as Tensor4D}, g),
    },
  });

  const rules: ConvolutionFamily['rules'] = {
    x: (dout, {w}, _, g) => inputGrad({dout: dout as Tensor4D, w}, g),
    shared: {
      of: ['w', 'b'],
      rule: (dout, {x}, _, g, wanted) => {
        const both = wanted.length === 2 && !isRecording() && by(g).weightGrads?.(x, dout as Tensor4D, g);
        if (both) return {w: both.dw, b: both.db};
        return {
          w: wanted.includes('w') ? filterGrad({x, dout: dout as Tensor4D}, g) : null,
          b: wanted.includes('b') ? channelSum(dout) : null,
        };
      },
    },
  };
  return {forward, inputGrad, filterGrad, rules};
}

/** Every channel with filters of its own, [kh, kw, C, M]. */
export function depthwiseKernels(): ConvolutionKernels {
  const {depthwiseConv2d, depthwiseConv2dInputGrad, depthwiseConv2dFilterGrad} = kernels();
  return {forward: depthwiseConv2d, inputGrad: depthwiseConv2dInputGrad, filterGrad: depthwiseConv2dFilterGrad};
}

/**
 * Channels and filters in `g.groups` parts, filters [kh, kw, C / groups, K]. With a group for each channel these are the
 * filters of a depthwise convolution, in the same order.
 */
export function groupedKernels(g: ConvGeometry): ConvolutionKernels {
  if (!isDepthwise(g)) {
    const {conv2d, conv2dInputGrad, conv2dFilterGrad, conv2dWeightGrads} = kernels();
    return {forward: conv2d, inputGrad: conv2dInputGrad, filterGrad: conv2dFilterGrad, weightGrads: conv2dWeightGrads};
  }
  const {forward, inputGrad, filterGrad} = depthwiseKernels();
  const depthwise = (w: Tensor4D): Tensor4D => reshapeTo(w, [...g.kernel, g.channels, g.filters / g.channels]);
  return {
    forward: (x, w, b) => forward(x, depthwise(w), b, g),
    inputGrad: (dout, w) => inputGrad(dout, depthwise(w), g),
    filterGrad: (x, dout) => reshapeTo(filterGrad(x, dout, g), [...g.kernel, 1, g.filters]),
  };
}

/** True where every channel is a group: with one channel, a plain convolution is the same. */
export function isDepthwise(g: ConvGeometry): boolean {
  return g.groups > 1 && g.groups === g.channels;
}

/** @param layout How messages call its shape. */
export function checkBias(
    op: string, bias: Tensor | TensorLike | null, filters: number, layout = '[K]'): Tensor1D | null {
  if (bias === null || bias === undefined) return null;
  const b = checkTensor<Tensor1D>(op, 'bias', bias, [1], layout);
  if (b.shape[0] !== filters) {
    throw new Error(`${op}: bias must have one entry per filter, [${filters}]. Got ${showShape(b.shape)}. Pass one of that ` +
        'length, or null.');
  }
  return b;
}

/** Shapes of the two, as messages end. */
export function showBoth(x: Tensor, w: Tensor): string {
  return `Got x ${showShape(x.shape)}, filter ${showShape(w.shape)}.`;
}
