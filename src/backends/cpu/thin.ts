/** A matrix in place: entry k of line i at data[offset + i * lineStride + k * depthStride]; one of the strides is 1. */
export interface Lines {
  data: Float32Array;
  offset: number;
  lineStride: number;
  depthStride: number;
  count: number;
  depth: number;
}

/**
 * c[offset + i * stride] += the dot product of line `index` of a with line i of b. Worth it while a has few lines: b is
 * read where it lies, once for each line of a, and packing it would cost more than the product.
 */
export function multiplyLine(
    a: Lines, index: number, b: Lines, c: Float32Array, offset: number, stride: number): void {
  const from = a.offset + index * a.lineStride;
  const sums = new Float64Array(b.count);
  if (b.depthStride === 1) {
    dotEach(a.data, from, a.depthStride, b.data, b.offset, b.lineStride, b.depth, sums);
  } else {
    addScaledRows(a.data, from, a.depthStride, b.data, b.offset, b.depthStride, b.depth, sums);
  }
  for (let i = 0; i < sums.length; i++) c[offset + i * stride]! += sums[i]!;
}

/** Lines of b one after the other, four at a time. */
function dotEach(
    a: Float32Array, from: number, step: number, b: Float32Array, offset: number, stride: number, depth: number,
    sums: Float64Array): void {
  const count = sums.length;
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    let q0 = offset + i * stride, q1 = q0 + stride, q2 = q1 + stride, q3 = q2 + stride;
    let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (let k = 0, p = from; k < depth; k++, p += step) {
      const v = a[p]!;
      s0 += v * b[q0++]!;
      s1 += v * b[q1++]!;
      s2 += v * b[q2++]!;
      s3 += v * b[q3++]!;
    }
    sums[i] = s0;
    sums[i + 1] = s1;
    sums[i + 2] = s2;
    sums[i + 3] = s3;
  }
  for (; i < count; i++) {
    let sum = 0;
    for (let k = 0, p = from, q = offset + i * stride; k < depth; k++, p += step) sum += a[p]! * b[q++]!;
    sums[i] = sum;
  }
}

/** Entry k of all lines of b side by side: four entries at a time are weighted and added to the sums. */
function addScaledRows(
    a: Float32Array, from: number, step: number, b: Float32Array, offset: number, stride: number, depth: number,
    sums: Float64Array): void {
  const count = sums.length;
  let k = 0, p = from;
  for (; k + 4 <= depth; k += 4, p += 4 * step) {
    const a0 = a[p]!, a1 = a[p + step]!, a2 = a[p + 2 * step]!, a3 = a[p + 3 * step]!;
    let q0 = offset + k * stride, q1 = q0 + stride, q2 = q1 + stride, q3 = q2 + stride;
    for (let i = 0; i < count; i++) sums[i]! += a0 * b[q0++]! + a1 * b[q1++]! + a2 * b[q2++]! + a3 * b[q3++]!;
  }
  for (; k < depth; k++, p += step) {
    const v = a[p]!;
    for (let i = 0, q = offset + k * stride; i < count; i++) sums[i]! += v * b[q++]!;
  }
}
