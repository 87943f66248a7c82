import type {Tensor1D, Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

import type {ConvGeometry, WindowGeometry} from '../../geometry';
import {multiply} from './dense';
import type {Heap} from './heap';

/** Tells the module which window the next call is about. */
export function setWindow(heap: Heap, g: WindowGeometry): void {
  heap.run.setWindow(g.batch, g.channels, ...g.inSize, ...g.kernel, ...g.strides, ...g.dilation, g.padding[0][0],
      g.padding[1][0], ...g.outSize);
}

/** True for a filter of one entry that visits each pixel once: a product of matrices as they stand. */
function isProduct(g: ConvGeometry): boolean {
  return g.groups === 1 && [0, 1].every(i => g.kernel[i] === 1 && g.strides[i] === 1 &&
      g.padding[i]!.every(side => side === 0));
}

/** Pixels, channels and filters of a convolution that is a product. */
function sizes(g: ConvGeometry): {pixels: number, channels: number, filters: number} {
  return {pixels: g.batch * g.inSize[0] * g.inSize[1], channels: g.channels, filters: g.filters};
}

type Pass = 'convForward' | 'convInputGrad' | 'convFilterGrad';

function convolve(heap: Heap, pass: Pass, addresses: number[], g: ConvGeometry): void {
  setWindow(heap, g);
  heap.withScratch(heap.run.convolutionScratch(g.filters, g.groups), scratch => {
    heap.run[pass](...addresses, g.filters, g.groups, scratch);
  });
}

export function conv2d(heap: Heap, x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry): Tensor4D {
  const out = heap.output<Tensor4D>([g.batch, ...g.outSize, g.filters]);
  if (isProduct(g)) {
    const {pixels, channels, filters} = sizes(g);
    multiply(heap, x, w, b, out, {rows: pixels, columns: filters, inner: channels});
  } else {
    convolve(heap, 'convForward', [x, w, b, out].map(t => heap.address(t)), g);
  }
  return out;
}

export function conv2dInputGrad(heap: Heap, dout: Tensor4D, w: Tensor4D, g: ConvGeometry): Tensor4D {
  const dx = heap.output<Tensor4D>([g.batch, ...g.inSize, g.channels]);
  if (isProduct(g)) {
    const {pixels, channels, filters} = sizes(g);
    multiply(heap, dout, w, null, dx, {rows: pixels, columns: channels, inner: filters, transposeB: true});
  } else {
    convolve(heap, 'convInputGrad', [dout, w, dx].map(t => heap.address(t)), g);
  }
  return dx;
}

export function conv2dFilterGrad(heap: Heap, x: Tensor4D, dout: Tensor4D, g: ConvGeometry): Tensor4D {
  const dw = heap.output<Tensor4D>([...g.kernel, g.channels / g.groups, g.filters]);
  if (isProduct(g)) {
    const {pixels, channels, filters} = sizes(g);
    multiply(heap, x, dout, null, dw, {rows: channels, columns: filters, inner: pixels, transposeA: true});
  } else {
    convolve(heap, 'convFilterGrad', [x, dout, dw].map(t => heap.address(t)), g);
  }
  return dw;
}

export function im2col(heap: Heap, x: Tensor4D, g: WindowGeometry, channelsFirst: boolean): Tensor2D {
  const cols = heap.output<Tensor2D>(
      [g.kernel[0] * g.kernel[1] * g.channels, g.batch * g.outSize[0] * g.outSize[1]]);
  setWindow(heap, g);
  heap.withScratch(heap.run.columnsScratch(), scratch => {
    heap.run.im2col(heap.address(x), heap.address(cols), Number(channelsFirst), scratch);
  });
  return cols;
}

export function col2im(heap: Heap, cols: Tensor2D, g: WindowGeometry, channelsFirst: boolean): Tensor4D {
  const x = heap.output<Tensor4D>([g.batch, ...g.inSize, g.channels]);
  setWindow(heap, g);
  heap.withScratch(heap.run.columnsScratch(), scratch => {
    heap.run.col2im(heap.address(cols), heap.address(x), Number(channelsFirst), scratch);
  });
  return x;
}
