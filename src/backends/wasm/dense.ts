import type {Tensor, Tensor1D, Tensor2D} from '@tensorflow/tfjs-core';

import type {ReluParameters} from '../kernels';
import type {Heap} from './heap';
import {thresholds} from './thresholds';

/** Products that take as long as an entry of a kernel that only reads and writes. */
export const entryWork = 8;

/** Sizes of a product [rows, inner] [inner, columns], and which of the factors is transposed. */
interface Product {
  rows: number;
  columns: number;
  inner: number;
  transposeA?: boolean;
  transposeB?: boolean;
  /** Values from row to row of the factors as they are in memory, where these are parts of wider ones. */
  rowA?: number;
  rowB?: number;
}

/** out = a b + bias, all addresses. */
export function multiply(heap: Heap, a: number, b: number, bias: number, out: number, p: Product): void {
  const {rows, columns, inner} = p;
  const {sliceDepth, thinRows, tileColumns, tileRows} = heap.constants;
  const strides = (transposed: boolean | undefined, row: number): [number, number] =>
      transposed ? [4, 4 * row] : [4 * row, 4];
  const [ars, acs] = strides(p.transposeA, p.rowA ?? (p.transposeA ? rows : inner));
  const [brs, bcs] = strides(p.transposeB, p.rowB ?? (p.transposeB ? inner : columns));
  const work = rows * columns * inner;
  if (rows <= thinRows! && columns >= thresholds.thinColumns && inner <= 2 * sliceDepth! && !p.transposeB) {
    heap.split('thinProduct', [a, ars, acs, b, brs, bias, out, 4 * columns, rows, columns, inner],
        Math.ceil(columns / tileColumns!), {work: columns * inner * entryWork});
    return;
  }
  const byColumns = columns > rows;
  heap.split('product', [a, ars, acs, b, brs, bcs, bias, out, rows, columns, inner, Number(byColumns)],
      byColumns ? Math.ceil(columns / tileColumns!) : Math.ceil(rows / tileRows!),
      {scratch: heap.run.productScratch!(rows, columns, inner), work});
}

export function matMul(heap: Heap, a: Tensor2D, b: Tensor2D, transposeA: boolean, transposeB: boolean): Tensor2D {
  const rows = a.shape[transposeA ? 1 : 0], inner = a.shape[transposeA ? 0 : 1], columns = b.shape[transposeB ? 0 : 1];
  const out = heap.output<Tensor2D>([rows, columns]);
  multiply(heap, heap.address(a, rows * inner), heap.address(b, inner * columns), 0, heap.address(out, rows * columns),
      {rows, columns, inner, transposeA, transposeB});
  return out;
}

export function affine(heap: Heap, x: Tensor2D, w: Tensor2D, b: Tensor1D | null): Tensor2D {
  const [rows, inner] = x.shape;
  const columns = w.shape[1];
  const out = heap.output<Tensor2D>([rows, columns]);
  multiply(heap, heap.address(x, rows * inner), heap.address(w, inner * columns), heap.address(b, columns),
      heap.address(out, rows * columns), {rows, columns, inner});
  return out;
}

export function columnSum(heap: Heap, x: Tensor2D): Tensor1D {
  const [rows, channels] = x.shape;
  const sum = heap.output<Tensor1D>([channels]);
  const $x = heap.address(x, rows * channels), {fold, columnUnits, partialSize, joinSums} = heap.run;
  // Few columns are read as more columns of fewer rows.
  const folded = fold!(channels), wide = folded * channels, whole = Math.floor(rows / folded);
  heap.withScratch(partialSize!(whole, wide, 1), partial => {
    heap.split('columnSums', [$x, partial, whole, wide], whole && columnUnits!(whole, wide),
        {work: x.size * entryWork});
    joinSums!(partial, heap.address(sum, channels), $x, rows, channels);
  });
  return sum;
}

/** True for max(0, x), whose kernels need no options. Told here too: what pages load apart imports nothing of the rest. */
function isPlain({negativeSlope, threshold, maxValue}: ReluParameters): boolean {
  return negativeSlope === 0 && threshold === 0 && maxValue === Infinity;
}

export function relu(heap: Heap, x: Tensor, parameters: ReluParameters): Tensor {
  const out = heap.output(x.shape);
  entrywise(heap, isPlain(parameters) ? 'relu' : 'bentRelu', [x, out], parameters);
  return out;
}

export function reluGrad(heap: Heap, dout: Tensor, x: Tensor, parameters: ReluParameters): Tensor {
  const dx = heap.output(x.shape);
  entrywise(heap, isPlain(parameters) ? 'reluGrad' : 'bentReluGrad', [dout, x, dx], parameters);
  return dx;
}

function entrywise(heap: Heap, kernel: string, tensors: Tensor[], parameters: ReluParameters): void {
  const {size} = tensors[tensors.length - 1]!;
  const {negativeSlope, threshold, maxValue} = parameters;
  const bends = isPlain(parameters) ? [] : [negativeSlope, threshold, maxValue];
  heap.split(kernel, [...tensors.map(t => heap.address(t, size)), size, ...bends],
      Math.ceil(size / heap.constants.chunk!), {work: size * entryWork});
}

/** Products that take as long as an exponential. */
const exponentialWork = 40;

export function softmaxLoss(heap: Heap, scores: Tensor2D, labels: Tensor): {losses: Tensor1D, gradient: Tensor2D} {
  const [rows, classes] = scores.shape;
  const losses = heap.output<Tensor1D>([rows]);
  const gradient = heap.output<Tensor2D>(scores.shape);
  const ofClasses = labels.rank === 1;
  heap.split(ofClasses ? 'softmaxLossOfClasses' : 'softmaxLossOfWeights', [
    heap.address(scores, rows * classes), heap.address(labels, ofClasses ? rows : rows * classes),
    heap.address(losses, rows), heap.address(gradient, rows * classes), rows, classes,
  ], Math.ceil(rows / heap.run.rowsTogether!(classes)), {work: scores.size * exponentialWork});
  return {losses, gradient};
}
