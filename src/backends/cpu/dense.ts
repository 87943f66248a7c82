import type {Tensor1D, Tensor2D} from '@tensorflow/tfjs-core';

import {fillRows, read, wrap} from './arrays';
import {multiplyAdd} from './gemm';
import type {Operand} from './gemm';
import {columnsOf, rowsOf} from './operands';
import {multiplyLine} from './thin';
import type {Lines} from './thin';
import {thresholds} from './thresholds';

export function matMul(a: Tensor2D, b: Tensor2D, transposeA: boolean, transposeB: boolean): Tensor2D {
  const [m, n] = [a.shape[transposeA ? 1 : 0], b.shape[transposeB ? 0 : 1]];
  return product(linesOf(a, !transposeA), linesOf(b, transposeB), new Float32Array(m * n));
}

export function affine(x: Tensor2D, w: Tensor2D, b: Tensor1D | null): Tensor2D {
  const out = new Float32Array(x.shape[0] * w.shape[1]);
  if (b) fillRows(out, read(b));
  return product(linesOf(x, true), linesOf(w, false), out);
}

/** The rows, or the columns, of a matrix. */
function linesOf(x: Tensor2D, rows: boolean): Lines {
  const [height, width] = x.shape;
  return rows ? {data: read(x), offset: 0, lineStride: width, depthStride: 1, count: height, depth: width} :
                {data: read(x), offset: 0, lineStride: 1, depthStride: width, count: width, depth: height};
}

/** c + a b^T by their lines; where one side has few, packing the other costs more than the product. */
function product(a: Lines, b: Lines, c: Float32Array): Tensor2D {
  const [m, n] = [a.count, b.count];
  if (m < thresholds.fewLines) {
    for (let i = 0; i < m; i++) multiplyLine(a, i, b, c, i * n, 1);
  } else if (n < thresholds.fewLines) {
    for (let j = 0; j < n; j++) multiplyLine(b, j, a, c, j, n);
  } else {
    multiplyAdd(operand(a), operand(b), c, m, n, a.depth, 0, n);
  }
  return wrap(c, [m, n]);
}

function operand({data, offset, lineStride, depthStride}: Lines): Operand {
  return depthStride === 1 ? rowsOf(data, offset, lineStride) : columnsOf(data, offset, depthStride);
}

/** Sums in float64. */
export function columnSum(x: Tensor2D): Tensor1D {
  const xs = read(x);
  const sums = new Float64Array(x.shape[1]);
  for (let i = 0; i < xs.length;) {
    for (let c = 0; c < sums.length; c++, i++) sums[c]! += xs[i]!;
  }
  return wrap(Float32Array.from(sums), [sums.length]);
}
