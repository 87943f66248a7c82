import type {Tensor, Tensor1D, Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

import type {ConvGeometry, WindowGeometry} from '../../geometry';
import {entryWork, multiply} from './dense';
import type {Heap} from './heap';

/** How many values the tensors of a window op have. */
export function sizesOf(g: WindowGeometry, outChannels = g.channels): {x: number, out: number} {
  return {
    x: g.batch * g.inSize[0] * g.inSize[1] * g.channels,
    out: g.batch * g.outSize[0] * g.outSize[1] * outChannels,
  };
}

function filterSize(g: ConvGeometry): number {
  return g.kernel[0] * g.kernel[1] * (g.channels / g.groups) * g.filters;
}

/** Products of a convolution, and of each of its gradients. */
function productsOf(g: ConvGeometry): number {
  return g.batch * g.outSize[0] * g.outSize[1] * filterSize(g);
}

/** True for a filter of one entry that visits each pixel once: a product of matrices as they are. */
function isProduct(g: ConvGeometry): boolean {
  return g.groups === 1 && [0, 1].every(i => g.kernel[i] === 1 && g.strides[i] === 1 &&
      g.padding[i]!.every(side => side === 0));
}

/** Pixels, channels and filters of a convolution that is a product. */
function productSizes(g: ConvGeometry): {pixels: number, channels: number, filters: number} {
  return {pixels: g.batch * g.inSize[0] * g.inSize[1], channels: g.channels, filters: g.filters};
}

export function conv2d(heap: Heap, x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry): Tensor4D {
  const {filters, groups} = g, sizes = sizesOf(g, filters);
  const out = heap.output<Tensor4D>([g.batch, ...g.outSize, filters]);
  const [$x, $w, $b, $out] = [
    heap.address(x, sizes.x), heap.address(w, filterSize(g)), heap.address(b, filters), heap.address(out, sizes.out)];
  if (isProduct(g)) {
    const {pixels, channels} = productSizes(g);
    multiply(heap, $x, $w, $b, $out, {rows: pixels, columns: filters, inner: channels});
    return out;
  }
  heap.setWindow(g);
  const {packedFloats, packUnits, forwardScratch, forwardUnits} = heap.run;
  const scratch = forwardScratch!(filters, groups), units = forwardUnits!(filters, groups);
  const toPack = packUnits!(filters, groups, 0), packedSize = packedFloats!(filters, groups, 0);
  heap.withScratch(packedSize, packed => {
    heap.split('packConvolution', [$x, $w, packed, filters, groups], toPack,
        {window: g, scratch, work: packedSize * entryWork});
    heap.split('convForward', [$x, $w, $b, $out, packed, filters, groups], units,
        {window: g, scratch, work: productsOf(g)});
  });
  return out;
}

export function conv2dInputGrad(heap: Heap, dout: Tensor4D, w: Tensor4D, g: ConvGeometry): Tensor4D {
  const {filters} = g, sizes = sizesOf(g, filters);
  const dx = heap.output<Tensor4D>([g.batch, ...g.inSize, g.channels]);
  const [$dout, $w, $dx] = [heap.address(dout, sizes.out), heap.address(w, filterSize(g)), heap.address(dx, sizes.x)];
  if (isProduct(g)) {
    const {pixels, channels} = productSizes(g);
    multiply(heap, $dout, $w, 0, $dx, {rows: pixels, columns: channels, inner: filters, transposeB: true});
    return dx;
  }
  heap.setWindow(g);
  if (heap.run.fewPatches!(filters, g.groups)) inputGradOfPatches(heap, $dout, $w, $dx, g);
  else inputGradByBands(heap, $dout, $w, $dx, g);
  return dx;
}

/** With the filters packed as a whole, patch by patch. */
function inputGradByBands(heap: Heap, dout: number, w: number, dx: number, g: ConvGeometry): void {
  const {filters, groups} = g, {packedFloats, packUnits, inputGradScratch, imageUnits} = heap.run;
  const units = imageUnits!(), scratch = inputGradScratch!(filters, groups);
  const toPack = packUnits!(filters, groups, 1), packedSize = packedFloats!(filters, groups, 1);
  heap.withScratch(packedSize, packed => {
    heap.split('packTransposed', [w, packed, filters, groups], toPack, {window: g, work: packedSize * entryWork});
    heap.split('convInputGrad', [dout, packed, dx, filters, groups], units,
        {window: g, scratch, work: productsOf(g)});
  });
}

/** With the gradients of all patches, which are fewer than the filters, at once. */
function inputGradOfPatches(heap: Heap, dout: number, w: number, dx: number, g: ConvGeometry): void {
  const {filters, groups} = g, units = heap.run.imageUnits!();
  const perGroup = filters / groups, positions = g.batch * g.outSize[0] * g.outSize[1];
  const length = filterSize(g) / filters;
  heap.withScratch(groups * positions * length, patches => {
    for (let i = 0; i < groups; i++) {
      const column = 4 * i * perGroup;
      multiply(heap, dout + column, w + column, 0, patches + 4 * i * positions * length,
          {rows: positions, columns: length, inner: perGroup, transposeB: true, rowA: filters, rowB: filters});
    }
    heap.split('addPatches', [patches, dx, groups], units,
        {window: g, work: groups * positions * length * entryWork});
  });
}

export function conv2dFilterGrad(heap: Heap, x: Tensor4D, dout: Tensor4D, g: ConvGeometry): Tensor4D {
  const {filters, groups} = g, sizes = sizesOf(g, filters), size = filterSize(g);
  const dw = heap.output<Tensor4D>([...g.kernel, g.channels / groups, filters]);
  const [$x, $dout, $dw] = [heap.address(x, sizes.x), heap.address(dout, sizes.out), heap.address(dw, size)];
  if (isProduct(g)) {
    const {pixels, channels} = productSizes(g);
    multiply(heap, $x, $dout, 0, $dw, {rows: channels, columns: filters, inner: pixels, transposeA: true});
    return dw;
  }
  heap.setWindow(g);
  const {filterGradSlices, filterGradUnits, filterGradScratch} = heap.run;
  const slices = filterGradSlices!(filters, groups), units = filterGradUnits!(filters, groups);
  const scratch = filterGradScratch!(filters, groups);
  sumSlices(heap, slices, size, $dw, sums => {
    heap.split('convFilterGrad', [$x, $dout, sums, filters, groups], units,
        {window: g, scratch, work: productsOf(g)});
  });
  return dw;
}

/** What f writes in slices [slices, size], added up. */
export function sumSlices(heap: Heap, slices: number, size: number, to: number, f: (sums: number) => void): void {
  if (slices === 1) {
    f(to);
    return;
  }
  heap.withScratch(slices * size, sums => {
    f(sums);
    heap.split('sumParts', [sums, to, slices, size], Math.ceil(size / heap.constants.chunk!),
        {work: slices * size * entryWork});
  });
}

export function im2col(heap: Heap, x: Tensor4D, g: WindowGeometry, channelsFirst: boolean): Tensor2D {
  const positions = g.batch * g.outSize[0] * g.outSize[1];
  const cols = heap.output<Tensor2D>([g.kernel[0] * g.kernel[1] * g.channels, positions]);
  moveColumns(heap, 'im2col', x, cols, cols, g, channelsFirst, Math.ceil(positions / heap.constants.positionsAtOnce!));
  return cols;
}

export function col2im(heap: Heap, cols: Tensor2D, g: WindowGeometry, channelsFirst: boolean): Tensor4D {
  const x = heap.output<Tensor4D>([g.batch, ...g.inSize, g.channels]);
  heap.setWindow(g);
  moveColumns(heap, 'col2im', x, cols, x, g, channelsFirst, heap.run.imageUnits!());
  return x;
}

function moveColumns(
    heap: Heap, kernel: 'im2col' | 'col2im', x: Tensor4D, cols: Tensor2D, out: Tensor, g: WindowGeometry,
    channelsFirst: boolean, units: number): void {
  const length = g.kernel[0] * g.kernel[1] * g.channels;
  const $x = heap.address(x, sizesOf(g).x);
  const $cols = heap.address(cols, length * g.batch * g.outSize[0] * g.outSize[1]);
  heap.setWindow(g);
  const args = out === x ? [$cols, $x] : [$x, $cols];
  heap.split(kernel, [...args, Number(channelsFirst)], units,
      {window: g, scratch: heap.run.columnsScratch!(), work: cols.size * entryWork});
}
