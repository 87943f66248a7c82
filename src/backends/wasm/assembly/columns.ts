/**
 * Sums along the columns of [rows, C]. Eight rows are added up as floats, in pairs, and join a double, so that sums of
 * many rows keep all their digits. A unit is a slice of the rows with some of the columns; what slices found is joined
 * in their order. The number of slices depends on the sizes alone.
 */
import {get, put} from './lanes';

/** Slices of the rows, at most. */
const mostSlices: i32 = 32;
/** Entries of a slice, at least. */
export const sliceEntries: i32 = 32768;
/** Columns of a unit. */
export const columnsTogether: i32 = 1024;

// @ts-ignore: decorator
@inline function ceilDiv(n: i32, by: i32): i32 {
  return (n + by - 1) / by;
}

/** Slices that `rows` rows are summed in. */
export function slicesOf(rows: i32, channels: i32): i32 {
  const least = max(32, sliceEntries / channels);
  return max(1, min(mostSlices, rows / least));
}

/** Units of the kernels here. */
export function columnUnits(rows: i32, channels: i32): i32 {
  return slicesOf(rows, channels) * ceilDiv(channels, columnsTogether);
}

/** Rows of x that are read as one when there are fewer than four columns, so that vectors are full. */
export function fold(channels: i32): i32 {
  return channels < 3 ? 4 / channels : channels == 3 ? 4 : 1;
}

// The slice and the columns of a unit.
let slice: i32 = 0;
let firstRow: i32 = 0;
let endRow: i32 = 0;
let firstColumn: i32 = 0;
let endColumn: i32 = 0;

function takeUnit(u: i32, rows: i32, channels: i32): void {
  const slices = slicesOf(rows, channels), parts = ceilDiv(channels, columnsTogether);
  slice = u / parts;
  firstRow = <i32>(<i64>rows * slice / slices);
  endRow = <i32>(<i64>rows * (slice + 1) / slices);
  firstColumn = u % parts * columnsTogether;
  endColumn = min(channels, firstColumn + columnsTogether);
}

/** Rows that stay in the cache while their columns are summed; a multiple of eight. */
// @ts-ignore: decorator
@inline function blockRows(channels: i32): i32 {
  return max(32, min(256, 4096 / min(channels, columnsTogether) & ~7));
}

/** total [4 doubles] += v, or = v at first. */
// @ts-ignore: decorator
@inline function join(total: usize, v: v128, isFirst: bool): void {
  let low = f64x2.promote_low_f32x4(v), high = f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 1));
  if (!isFirst) {
    low = f64x2.add(v128.load(total), low);
    high = f64x2.add(v128.load(total, 16), high);
  }
  v128.store(total, low);
  v128.store(total, high, 16);
}

/** Eight vectors, of rows ld apart. */
// @ts-ignore: decorator
@inline function sumOfEight(p: usize, ld: usize, lanes: i32): v128 {
  const p2 = p + 2 * ld, p4 = p2 + 2 * ld, p6 = p4 + 2 * ld;
  return f32x4.add(
      f32x4.add(f32x4.add(get(p, lanes), get(p + ld, lanes)), f32x4.add(get(p2, lanes), get(p2 + ld, lanes))),
      f32x4.add(f32x4.add(get(p4, lanes), get(p4 + ld, lanes)), f32x4.add(get(p6, lanes), get(p6 + ld, lanes))));
}

/** Partial sums, [slices, C rounded up to 4] doubles. */
export function columnSums(
    x: usize, partial: usize, rows: i32, channels: i32, scratch: usize, from: i32, to: i32): void {
  const ld = <usize>channels * 4, ldp = partialStride(channels), block = blockRows(channels);
  for (let u = from; u < to; ++u) {
    takeUnit(u, rows, channels);
    const totals = partial + <usize>slice * ldp;
    for (let r = firstRow; r < endRow; r += block) {
      const end = min(endRow, r + block);
      for (let c = firstColumn; c < endColumn; c += 4) {
        const lanes = channels - c;
        let p = x + <usize>r * ld + <usize>c * 4, i = r;
        const total = totals + <usize>c * 8;
        for (; i + 8 <= end; i += 8, p += 8 * ld) join(total, sumOfEight(p, ld, lanes), i == firstRow);
        for (; i < end; ++i, p += ld) join(total, get(p, lanes), i == firstRow);
      }
    }
  }
}

/** Bytes from slice to slice of partial sums. */
// @ts-ignore: decorator
@inline export function partialStride(channels: i32): usize {
  return <usize>(channels + 3 >> 2) * 32;
}

/** Floats of scratch that partial sums take, `kinds` for each column. */
export function partialSize(rows: i32, channels: i32, kinds: i32): i32 {
  return slicesOf(rows, channels) * kinds * <i32>(partialStride(channels) >> 2);
}

/**
 * sum [C] = the column sums of x from the partial sums of x read as [rows / folded, folded C]; the rows that were left
 * over are added here.
 */
export function joinSums(partial: usize, sum: usize, x: usize, rows: i32, channels: i32): void {
  const folded = fold(channels), wide = folded * channels, whole = rows / folded;
  const slices = whole > 0 ? slicesOf(whole, wide) : 0;
  for (let c = 0; c < channels; ++c) {
    let total: f64 = 0;
    for (let s = 0; s < slices; ++s) {
      for (let i = 0; i < folded; ++i) {
        total += load<f64>(partial + <usize>s * partialStride(wide) + <usize>(i * channels + c) * 8);
      }
    }
    for (let r = whole * folded; r < rows; ++r) total += load<f32>(x + <usize>(r * channels + c) * 4);
    store<f32>(sum + <usize>c * 4, <f32>total);
  }
}

/** Partial means and sums of squared deviations, [slices, 2, C rounded up to 4] doubles. */
export function columnMoments(
    x: usize, partial: usize, rows: i32, channels: i32, scratch: usize, from: i32, to: i32): void {
  const ld = <usize>channels * 4, ldp = partialStride(channels), block = blockRows(channels);
  for (let u = from; u < to; ++u) {
    takeUnit(u, rows, channels);
    const means = partial + <usize>slice * 2 * ldp;
    for (let r = firstRow; r < endRow; r += block) {
      const end = min(endRow, r + block);
      for (let c = firstColumn; c < endColumn; c += 4) {
        const at = <usize>c * 8;
        momentsOf(x + <usize>r * ld + <usize>c * 4, ld, end - r, channels - c, r - firstRow, means + at,
            means + ldp + at);
      }
    }
  }
}

/** Joins the moments of `count` rows with those of the `before` rows that mean and squares (4 doubles each) hold. */
function momentsOf(p: usize, ld: usize, count: i32, lanes: i32, before: i32, mean: usize, squares: usize): void {
  let sumLow = f64x2.splat(0), sumHigh = sumLow, low = sumLow, high = sumLow;
  let q = p, i = 0;
  for (; i < count; i += 8, q += 8 * ld) {
    let v: v128;
    if (i + 8 <= count) {
      v = sumOfEight(q, ld, lanes);
    } else {
      v = get(q, lanes);
      for (let k = 1; k < count - i; ++k) v = f32x4.add(v, get(q + <usize>k * ld, lanes));
    }
    sumLow = f64x2.add(sumLow, f64x2.promote_low_f32x4(v));
    sumHigh = f64x2.add(sumHigh, f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 1)));
  }
  const n = f64x2.splat(<f64>count);
  sumLow = f64x2.div(sumLow, n);
  sumHigh = f64x2.div(sumHigh, n);
  // Deviations from the mean as a float; how far that is from the mean, by their own sum, comes off afterwards.
  const centre = v128.shuffle<i64>(f32x4.demote_f64x2_zero(sumLow), f32x4.demote_f64x2_zero(sumHigh), 0, 2);
  let offLow = f64x2.splat(0), offHigh = offLow;
  for (i = 0, q = p; i < count; i += 8) {
    let v = f32x4.splat(0), s = v;
    for (let k = min(8, count - i); k > 0; --k, q += ld) {
      const d = f32x4.sub(get(q, lanes), centre);
      s = f32x4.add(s, d);
      v = f32x4.add(v, f32x4.mul(d, d));
    }
    low = f64x2.add(low, f64x2.promote_low_f32x4(v));
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 1)));
    offLow = f64x2.add(offLow, f64x2.promote_low_f32x4(s));
    offHigh = f64x2.add(offHigh, f64x2.promote_low_f32x4(v128.shuffle<i64>(s, s, 1, 1)));
  }
  offLow = f64x2.div(offLow, n);
  offHigh = f64x2.div(offHigh, n);
  low = f64x2.sub(low, f64x2.mul(n, f64x2.mul(offLow, offLow)));
  high = f64x2.sub(high, f64x2.mul(n, f64x2.mul(offHigh, offHigh)));
  sumLow = moved(sumLow, f64x2.promote_low_f32x4(centre), offLow);
  sumHigh = moved(sumHigh, f64x2.promote_low_f32x4(v128.shuffle<i64>(centre, centre, 1, 1)), offHigh);
  merge(mean, squares, sumLow, low, before, count);
  merge(mean + 16, squares + 16, sumHigh, high, before, count);
}

/** centre + off; the mean as it is where it is infinite, for there off is NaN. */
// @ts-ignore: decorator
@inline function moved(mean: v128, centre: v128, off: v128): v128 {
  return v128.bitselect(f64x2.add(centre, off), mean, f64x2.eq(off, off));
}

/** Chan, Golub and LeVeque's rule for the moments of two sets of rows, two columns at a time. */
// @ts-ignore: decorator
@inline function merge(mean: usize, squares: usize, m: v128, s: v128, before: i32, count: i32): void {
  if (before > 0) {
    const old = v128.load(mean), delta = f64x2.sub(m, old);
    const share = f64x2.splat(<f64>count / (<f64>before + <f64>count));
    m = f64x2.add(old, f64x2.mul(delta, share));
    s = f64x2.add(f64x2.add(s, v128.load(squares)),
        f64x2.mul(f64x2.mul(delta, delta), f64x2.mul(f64x2.splat(<f64>before), share)));
  }
  v128.store(mean, m);
  v128.store(squares, s);
}

/** mean [C] and uncorrected variance [C] from the moments of the slices. */
export function joinMoments(partial: usize, mean: usize, variance: usize, rows: i32, channels: i32): void {
  const ldp = partialStride(channels), slices = slicesOf(rows, channels);
  for (let s = 1; s < slices; ++s) {
    const before = <i32>(<i64>rows * s / slices), count = <i32>(<i64>rows * (s + 1) / slices) - before;
    const means = partial + <usize>s * 2 * ldp;
    for (let at: usize = 0; at < ldp; at += 16) {
      merge(partial + at, partial + ldp + at, v128.load(means + at), v128.load(means + ldp + at), before, count);
    }
  }
  for (let c = 0; c < channels; ++c) {
    const at = partial + <usize>c * 8;
    store<f32>(mean + <usize>c * 4, <f32>load<f64>(at));
    store<f32>(variance + <usize>c * 4, <f32>(max<f64>(0, load<f64>(at + ldp)) / <f64>rows));
  }
}

/** Partial column sums of dout (x - mean) and of dout, [slices, 2, C rounded up to 4] doubles. */
export function centredSums(
    dout: usize, x: usize, mean: usize, partial: usize, rows: i32, channels: i32, scratch: usize, from: i32,
    to: i32): void {
  const ld = <usize>channels * 4, ldp = partialStride(channels), block = blockRows(channels) >> 1;
  for (let u = from; u < to; ++u) {
    takeUnit(u, rows, channels);
    const products = partial + <usize>slice * 2 * ldp;
    for (let r = firstRow; r < endRow; r += block) {
      const end = min(endRow, r + block);
      for (let c = firstColumn; c < endColumn; c += 4) {
        const at = <usize>c * 4, lanes = channels - c;
        const m = get(mean + at, lanes), total = products + <usize>c * 8;
        let p = dout + <usize>r * ld + at, q = x + <usize>r * ld + at;
        for (let i = r; i < end; i += 8) {
          let sum = f32x4.splat(0), product = f32x4.splat(0);
          for (let k = min(8, end - i); k > 0; --k, p += ld, q += ld) {
            const d = get(p, lanes);
            sum = f32x4.add(sum, d);
            product = f32x4.add(product, f32x4.mul(d, f32x4.sub(get(q, lanes), m)));
          }
          join(total, product, i == firstRow);
          join(total + ldp, sum, i == firstRow);
        }
      }
    }
  }
}

/** a [C] and b [C] from two kinds of partial sums. */
export function joinPairs(partial: usize, a: usize, b: usize, rows: i32, channels: i32): void {
  const ldp = partialStride(channels), slices = slicesOf(rows, channels);
  for (let c = 0; c < channels; ++c) {
    let first: f64 = 0, second: f64 = 0;
    for (let s = 0; s < slices; ++s) {
      const at = partial + <usize>s * 2 * ldp + <usize>c * 8;
      first += load<f64>(at);
      second += load<f64>(at + ldp);
    }
    store<f32>(a + <usize>c * 4, <f32>first);
    store<f32>(b + <usize>c * 4, <f32>second);
  }
}
