import type {Tensor1D, Tensor4D} from '@tensorflow/tfjs-core';

import type {ConvGeometry} from '../../geometry';
import {sizesOf, sumSlices} from './conv';
import type {Heap} from './heap';

// Filters [kh, kw, C, M]; output channel c M + m is of input channel c. g.filters is C M, and g.groups C.

function multiplierOf(g: ConvGeometry): number {
  return g.filters / g.channels;
}

function filterSize(g: ConvGeometry): number {
  return g.kernel[0] * g.kernel[1] * g.filters;
}

/** Twice the products: nothing is used often enough to stay in registers. */
function workOf(g: ConvGeometry): number {
  return 2 * sizesOf(g, g.filters).out * g.kernel[0] * g.kernel[1];
}

export function depthwiseConv2d(heap: Heap, x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry): Tensor4D {
  const sizes = sizesOf(g, g.filters);
  const out = heap.output<Tensor4D>([g.batch, ...g.outSize, g.filters]);
  heap.split('depthwiseForward', [
    heap.address(x, sizes.x), heap.address(w, filterSize(g)), heap.address(b, g.filters), heap.address(out, sizes.out),
    multiplierOf(g),
  ], g.batch * g.outSize[0], {window: g, work: workOf(g)});
  return out;
}

export function depthwiseConv2dInputGrad(heap: Heap, dout: Tensor4D, w: Tensor4D, g: ConvGeometry): Tensor4D {
  const sizes = sizesOf(g, g.filters);
  const dx = heap.output<Tensor4D>([g.batch, ...g.inSize, g.channels]);
  const [$dout, $w, $dx] = [heap.address(dout, sizes.out), heap.address(w, filterSize(g)), heap.address(dx, sizes.x)];
  heap.setWindow(g);
  heap.split('depthwiseInputGrad', [$dout, $w, $dx, multiplierOf(g)], g.batch * g.inSize[0],
      {window: g, scratch: heap.run.depthwiseScratch!(), work: workOf(g)});
  return dx;
}

export function depthwiseConv2dFilterGrad(heap: Heap, x: Tensor4D, dout: Tensor4D, g: ConvGeometry): Tensor4D {
  const sizes = sizesOf(g, g.filters);
  const dw = heap.output<Tensor4D>([...g.kernel, g.channels, multiplierOf(g)]);
  const [$x, $dout] = [heap.address(x, sizes.x), heap.address(dout, sizes.out)];
  heap.setWindow(g);
  const slices = heap.run.depthwiseSlices!();
  sumSlices(heap, slices, filterSize(g), heap.address(dw, filterSize(g)), sums => {
    heap.split('depthwiseFilterGrad', [$x, $dout, sums, multiplierOf(g)], slices, {window: g, work: workOf(g)});
  });
  return dw;
}
