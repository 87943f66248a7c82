/**
 * Sums along the columns of [rows, C], four columns at a time, some rows at a time: a block of rows stays in the cache
 * while its columns are summed, and sums of blocks added up lose fewer digits than one long sum.
 */
import {get, put} from './lanes';

/** Rows whose sums are formed before they join the total. */
function blockRows(channels: i32): i32 {
  return max(32, min(256, 4096 / channels));
}

/** sum [C] = column sums of x. */
export function columnSum(x: usize, sum: usize, rows: i32, channels: i32): void {
  const ld = <usize>channels * 4, block = blockRows(channels);
  for (let r = 0; r < rows; r += block, x += <usize>block * ld) {
    const count = min(block, rows - r);
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>c * 4, lanes = channels - c;
      const here = sumOf(x + at, ld, count, lanes);
      put(sum + at, r > 0 ? f32x4.add(get(sum + at, lanes), here) : here, lanes);
    }
  }
}

// @ts-ignore: decorator
@inline function sumOf(p: usize, ld: usize, count: i32, lanes: i32): v128 {
  let a = f32x4.splat(0), b = f32x4.splat(0);
  for (; count > 1; count -= 2, p += 2 * ld) {
    a = f32x4.add(a, get(p, lanes));
    b = f32x4.add(b, get(p + ld, lanes));
  }
  if (count > 0) a = f32x4.add(a, get(p, lanes));
  return f32x4.add(a, b);
}

/** Sum of (x - mean)^2. */
// @ts-ignore: decorator
@inline function squaresOf(p: usize, ld: usize, count: i32, lanes: i32, mean: v128): v128 {
  let a = f32x4.splat(0), b = f32x4.splat(0);
  for (; count > 1; count -= 2, p += 2 * ld) {
    const u = f32x4.sub(get(p, lanes), mean), v = f32x4.sub(get(p + ld, lanes), mean);
    a = f32x4.add(a, f32x4.mul(u, u));
    b = f32x4.add(b, f32x4.mul(v, v));
  }
  if (count > 0) {
    const u = f32x4.sub(get(p, lanes), mean);
    a = f32x4.add(a, f32x4.mul(u, u));
  }
  return f32x4.add(a, b);
}

/**
 * mean [C] and uncorrected variance [C] in one reading of x: a block's own mean and squares, joined with those before
 * by Chan, Golub and LeVeque's rule.
 */
export function columnMoments(x: usize, mean: usize, variance: usize, rows: i32, channels: i32): void {
  const ld = <usize>channels * 4, block = blockRows(channels);
  for (let r = 0; r < rows; r += block, x += <usize>block * ld) {
    const count = min(block, rows - r);
    const isLast = r + count == rows;
    const weight = f32x4.splat(<f32>count / <f32>(r + count));
    const spread = f32x4.splat(<f32>r * (<f32>count / <f32>(r + count)));
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>c * 4, lanes = channels - c;
      let m = f32x4.div(sumOf(x + at, ld, count, lanes), f32x4.splat(<f32>count));
      let squares = squaresOf(x + at, ld, count, lanes, m);
      if (r > 0) {
        const before = get(mean + at, lanes);
        const delta = f32x4.sub(m, before);
        m = f32x4.add(before, f32x4.mul(delta, weight));
        squares = f32x4.add(f32x4.add(squares, get(variance + at, lanes)), f32x4.mul(f32x4.mul(delta, delta), spread));
      }
      put(mean + at, m, lanes);
      put(variance + at, isLast ? f32x4.div(squares, f32x4.splat(<f32>rows)) : squares, lanes);
    }
  }
}
