import {scratch} from './scratch';

/**
 * One side of a product: lines of equal depth, of which each result is the dot product of two. How they lie in memory
 * is the operand's business: {@link pack} copies a block of them to where the product wants it.
 */
export interface Operand {
  /**
   * Writes `count` lines from `first` on, entries `start` to `start + depth`, in panels of 4 lines: entry k
   * of the lines of a panel side by side, then entry k + 1. Where lines are missing in the last panel, anything may stand.
   */
  pack(panels: Float32Array, first: number, count: number, start: number, depth: number): void;
}

/** A block of left panels stays in the second-level cache, one of its panels and one right panel in the first. */
const blockLines = 64;
const blockColumns = 512;
const blockDepth = 256;

/**
 * c[offset + i * stride + j] += sum over k of a[i][k] * b[j][k], for `m` lines of a and `n` of b of this `depth`. Sums
 * run in float64 over blocks of up to 256 terms; each block's sum is rounded to float32.
 *
 * Two panels of 4 lines give 4 x 4 sums, which stay in registers. The 4 is written in the loops as it is: a constant of
 * the module would be loaded again at each step.
 */
export function multiplyAdd(
    a: Operand, b: Operand, c: Float32Array, m: number, n: number, depth: number, offset: number,
    stride: number): void {
  const left = scratch('left', blockLines * blockDepth);
  const right = scratch('right', blockColumns * blockDepth);
  const step = evenStep(depth, blockDepth, 1);
  const lines = evenStep(m, blockLines, 4);
  const columns = evenStep(n, blockColumns, 4);
  for (let j = 0; j < n; j += columns) {
    const width = Math.min(columns, n - j);
    for (let k = 0; k < depth; k += step) {
      const part = Math.min(step, depth - k);
      b.pack(right, j, width, k, part);
      for (let i = 0; i < m; i += lines) {
        const height = Math.min(lines, m - i);
        a.pack(left, i, height, k, part);
        multiplyBlocks(left, right, c, height, width, part, offset + i * stride + j, stride);
      }
    }
  }
}

/** Blocks of at most `limit` and of about the same size, a multiple of `unit`. */
function evenStep(size: number, limit: number, unit: number): number {
  const even = Math.ceil(size / Math.ceil(size / limit));
  return Math.ceil(even / unit) * unit;
}

function multiplyBlocks(
    left: Float32Array, right: Float32Array, c: Float32Array, height: number, width: number, depth: number,
    offset: number, stride: number): void {
  const edge = scratch('edge', 16);
  for (let j = 0; j < width; j += 4) {
    const columns = Math.min(4, width - j);
    for (let i = 0; i < height; i += 4) {
      const lines = Math.min(4, height - i);
      const to = offset + i * stride + j;
      if (lines === 4 && columns === 4) {
        multiplyPanels(left, i * depth, right, j * depth, depth, c, to, stride);
        continue;
      }
      edge.fill(0);
      multiplyPanels(left, i * depth, right, j * depth, depth, edge, 0, 4);
      for (let r = 0; r < lines; r++) {
        for (let s = 0; s < columns; s++) c[to + r * stride + s]! += edge[r * 4 + s]!;
      }
    }
  }
}

/** The 4 x 4 dot products of two panels, added to c. Unrolled by hand: sixteen local sums are sixteen registers. */
function multiplyPanels(
    a: Float32Array, p: number, b: Float32Array, q: number, depth: number, c: Float32Array, to: number,
    stride: number): void {
  let c00 = 0, c01 = 0, c02 = 0, c03 = 0;
  let c10 = 0, c11 = 0, c12 = 0, c13 = 0;
  let c20 = 0, c21 = 0, c22 = 0, c23 = 0;
  let c30 = 0, c31 = 0, c32 = 0, c33 = 0;
  for (const end = p + 4 * depth; p < end; p += 4, q += 4) {
    const a0 = a[p]!, a1 = a[p + 1]!, a2 = a[p + 2]!, a3 = a[p + 3]!;
    const b0 = b[q]!, b1 = b[q + 1]!, b2 = b[q + 2]!, b3 = b[q + 3]!;
    c00 += a0 * b0;
    c10 += a1 * b0;
    c20 += a2 * b0;
    c30 += a3 * b0;
    c01 += a0 * b1;
    c11 += a1 * b1;
    c21 += a2 * b1;
    c31 += a3 * b1;
    c02 += a0 * b2;
    c12 += a1 * b2;
    c22 += a2 * b2;
    c32 += a3 * b2;
    c03 += a0 * b3;
    c13 += a1 * b3;
    c23 += a2 * b3;
    c33 += a3 * b3;
  }
  addRow(c, to, c00, c01, c02, c03);
  addRow(c, to + stride, c10, c11, c12, c13);
  addRow(c, to + 2 * stride, c20, c21, c22, c23);
  addRow(c, to + 3 * stride, c30, c31, c32, c33);
}

function addRow(c: Float32Array, to: number, v0: number, v1: number, v2: number, v3: number): void {
  c[to]! += v0;
  c[to + 1]! += v1;
  c[to + 2]! += v2;
  c[to + 3]! += v3;
}
