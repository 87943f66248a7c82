import type {Tensor, Tensor1D, Tensor2D} from '@tensorflow/tfjs-core';

import type {ReluParameters} from '../kernels';
import type {Heap} from './heap';

/** Sizes of a product [rows, inner] [inner, columns], and which of the factors stands transposed. */
interface Product {
  rows: number;
  columns: number;
  inner: number;
  transposeA?: boolean;
  transposeB?: boolean;
}

/** out = a b + bias; only the order of the entries counts, not the shapes of the tensors. */
export function multiply(
    heap: Heap, a: Tensor, b: Tensor, bias: Tensor1D | null, out: Tensor,
    {rows, columns, inner, transposeA, transposeB}: Product): void {
  const strides = (transposed: boolean | undefined, height: number, width: number): [number, number] =>
      transposed ? [4, 4 * height] : [4 * width, 4];
  heap.withScratch(heap.run.productScratch(columns, inner), scratch => {
    heap.run.product(heap.address(a), ...strides(transposeA, rows, inner), heap.address(b),
        ...strides(transposeB, inner, columns), heap.address(bias), heap.address(out), rows, columns, inner, scratch);
  });
}

export function matMul(heap: Heap, a: Tensor2D, b: Tensor2D, transposeA: boolean, transposeB: boolean): Tensor2D {
  const rows = a.shape[transposeA ? 1 : 0], inner = a.shape[transposeA ? 0 : 1], columns = b.shape[transposeB ? 0 : 1];
  const out = heap.output<Tensor2D>([rows, columns]);
  multiply(heap, a, b, null, out, {rows, columns, inner, transposeA, transposeB});
  return out;
}

export function affine(heap: Heap, x: Tensor2D, w: Tensor2D, b: Tensor1D | null): Tensor2D {
  const [rows, inner] = x.shape;
  const columns = w.shape[1];
  const out = heap.output<Tensor2D>([rows, columns]);
  multiply(heap, x, w, b, out, {rows, columns, inner});
  return out;
}

export function columnSum(heap: Heap, x: Tensor2D): Tensor1D {
  const sum = heap.output<Tensor1D>([x.shape[1]]);
  heap.run.columnSum(heap.address(x), heap.address(sum), ...x.shape);
  return sum;
}

/** True for the relu of the notes, whose kernels need no options. */
function isPlain({negativeSlope, threshold, maxValue}: ReluParameters): boolean {
  return negativeSlope === 0 && threshold === 0 && maxValue === Infinity;
}

export function relu(heap: Heap, x: Tensor, shape: ReluParameters): Tensor {
  const out = heap.output(x.shape);
  const args = [heap.address(x), heap.address(out), x.size];
  if (isPlain(shape)) heap.run.relu(...args);
  else heap.run.bentRelu(...args, shape.negativeSlope, shape.threshold, shape.maxValue);
  return out;
}

export function reluGrad(heap: Heap, dout: Tensor, x: Tensor, shape: ReluParameters): Tensor {
  const dx = heap.output(x.shape);
  const args = [heap.address(dout), heap.address(x), heap.address(dx), x.size];
  if (isPlain(shape)) heap.run.reluGrad(...args);
  else heap.run.bentReluGrad(...args, shape.negativeSlope, shape.threshold, shape.maxValue);
  return dx;
}

export function softmaxLoss(heap: Heap, scores: Tensor2D, labels: Tensor): {losses: Tensor1D, gradient: Tensor2D} {
  const losses = heap.output<Tensor1D>([scores.shape[0]]);
  const gradient = heap.output<Tensor2D>(scores.shape);
  const name = labels.rank === 1 ? 'softmaxLossOfClasses' : 'softmaxLossOfWeights';
  heap.run[name](...[scores, labels, losses, gradient].map(t => heap.address(t)), ...scores.shape);
  return {losses, gradient};
}
