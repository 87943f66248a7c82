/** Batch norm down the columns of [rows, C] and layer norm along the rows of [rows, D]. */
import {partialStride, slicesOf} from './columns';
import {clear, firstLanes, get, put, sumLanes} from './lanes';

/** gamma or beta; an absent one, 0, counts as ones or zeros. */
// @ts-ignore: decorator
@inline function scaleAt(scale: usize, at: usize, lanes: i32, absent: f32): v128 {
  return scale ? get(scale + at, lanes) : f32x4.splat(absent);
}

// @ts-ignore: decorator
@inline function reciprocalRoot(variance: v128, epsilon: f32): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(variance, f32x4.splat(epsilon))));
}

/** Floats of a unit where rows are handed out. */
const unitSize: i32 = 8192;

/** Rows of a unit of the kernels that work row by row. */
export function rowsTogether(size: i32): i32 {
  return max(1, unitSize / size);
}

/** scales [C] = gamma / sqrt(variance + epsilon). */
export function columnScales(variance: usize, gamma: usize, scales: usize, channels: i32, epsilon: f32): void {
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c * 4, lanes = channels - c;
    const rstd = reciprocalRoot(get(variance + at, lanes), epsilon);
    put(scales + at, f32x4.mul(rstd, scaleAt(gamma, at, lanes, 1)), lanes);
  }
}

/** out = scales (x - mean) + beta; a unit is some rows. */
export function normalizeColumns(
    x: usize, scales: usize, beta: usize, mean: usize, out: usize, rows: i32, channels: i32, scratch: usize, from: i32,
    to: i32): void {
  const ld = <usize>channels * 4, together = rowsTogether(channels), first = from * together;
  x += <usize>first * ld;
  out += <usize>first * ld;
  for (let r = min(rows, to * together) - first; r > 0; --r, x += ld, out += ld) {
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>c * 4, lanes = channels - c;
      const centred = f32x4.sub(get(x + at, lanes), get(mean + at, lanes));
      const scaled = f32x4.mul(centred, get(scales + at, lanes));
      put(out + at, beta ? f32x4.add(scaled, get(beta + at, lanes)) : scaled, lanes);
    }
  }
}

/**
 * From dgamma = sum(dout (x - mean)) and dbeta = sum(dout): dgamma = sum(dout x-hat), and in slopes [3, C] what dx is
 * made of: gamma / std, dbeta / R and dgamma / (R std).
 */
export function batchNormSlopes(
    variance: usize, gamma: usize, dgamma: usize, dbeta: usize, slopes: usize, rows: i32, channels: i32,
    epsilon: f32): void {
  const ld = <usize>channels * 4, each = f32x4.splat(1 / <f32>rows);
  columnScales(variance, gamma, slopes, channels, epsilon);
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c * 4, lanes = channels - c;
    const rstd = reciprocalRoot(get(variance + at, lanes), epsilon);
    const sum = f32x4.mul(get(dgamma + at, lanes), rstd);
    put(dgamma + at, sum, lanes);
    put(slopes + ld + at, f32x4.mul(get(dbeta + at, lanes), each), lanes);
    put(slopes + 2 * ld + at, f32x4.mul(f32x4.mul(sum, rstd), each), lanes);
  }
}

/** dx = gamma / std (dout - dbeta / R - (x - mean) dgamma / (R std)); a unit is some rows. */
export function batchNormInputGrad(
    dout: usize, x: usize, mean: usize, slopes: usize, dx: usize, rows: i32, channels: i32, scratch: usize, from: i32,
    to: i32): void {
  const ld = <usize>channels * 4, together = rowsTogether(channels), first = from * together;
  const shifts = slopes + ld, pulls = shifts + ld;
  dout += <usize>first * ld;
  x += <usize>first * ld;
  dx += <usize>first * ld;
  for (let r = min(rows, to * together) - first; r > 0; --r, dout += ld, x += ld, dx += ld) {
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>c * 4, lanes = channels - c;
      const centred = f32x4.sub(get(x + at, lanes), get(mean + at, lanes));
      const pulled = f32x4.sub(f32x4.sub(get(dout + at, lanes), get(shifts + at, lanes)),
          f32x4.mul(centred, get(pulls + at, lanes)));
      put(dx + at, f32x4.mul(pulled, get(slopes + at, lanes)), lanes);
    }
  }
}

/** Sum of the differences between a row's entries and its first one, which keeps digits that large values would lose. */
function rowSum(x: usize, size: i32): f32 {
  const first = v128.load32_splat(x);
  let a = f32x4.splat(0), b = f32x4.splat(0);
  for (; size >= 8; size -= 8, x += 32) {
    a = f32x4.add(a, f32x4.sub(v128.load(x), first));
    b = f32x4.add(b, f32x4.sub(v128.load(x, 16), first));
  }
  for (; size > 0; size -= 4, x += 16) {
    a = f32x4.add(a, v128.and(f32x4.sub(get(x, size), first), firstLanes(size)));
  }
  return sumLanes(f32x4.add(a, b));
}

// Sums over the current row of x - mean and of (x - mean)^2.
let deviation: f32 = 0;
let squares: f32 = 0;

function sumDeviations(x: usize, size: i32, mean: f32): void {
  const m = f32x4.splat(mean);
  let a = f32x4.splat(0), b = a, sumA = a, sumB = a;
  for (; size >= 8; size -= 8, x += 32) {
    const u = f32x4.sub(v128.load(x), m), v = f32x4.sub(v128.load(x, 16), m);
    sumA = f32x4.add(sumA, u);
    sumB = f32x4.add(sumB, v);
    a = f32x4.add(a, f32x4.mul(u, u));
    b = f32x4.add(b, f32x4.mul(v, v));
  }
  for (; size > 0; size -= 4, x += 16) {
    const u = v128.and(f32x4.sub(get(x, size), m), firstLanes(size));
    sumA = f32x4.add(sumA, u);
    a = f32x4.add(a, f32x4.mul(u, u));
  }
  deviation = sumLanes(f32x4.add(sumA, sumB));
  squares = sumLanes(f32x4.add(a, b));
}

/** Layer norm; each row's mean and 1 / std are left in mean and rstd; a unit is some rows. */
export function layerNorm(
    x: usize, gamma: usize, beta: usize, mean: usize, rstd: usize, out: usize, rows: i32, size: i32, epsilon: f32,
    scratch: usize, from: i32, to: i32): void {
  const first = from * rowsTogether(size);
  x += <usize>first * size * 4;
  out += <usize>first * size * 4;
  mean += <usize>first * 4;
  rstd += <usize>first * 4;
  for (rows = min(rows, to * rowsTogether(size)) - first; rows > 0; --rows, mean += 4, rstd += 4) {
    const near = load<f32>(x) + rowSum(x, size) / <f32>size;
    sumDeviations(x, size, near);
    const off = deviation / <f32>size;  // what rounding left between `near` and the mean
    const m = near + off;
    const scale = <f32>1 / sqrt<f32>(max<f32>(0, squares / <f32>size - off * off) + epsilon);
    store<f32>(mean, m);
    store<f32>(rstd, scale);
    const centre = f32x4.splat(m), factor = f32x4.splat(scale);
    for (let c = 0; c < size; c += 4) {
      const at = <usize>c * 4, lanes = size - c;
      let v = f32x4.mul(f32x4.sub(get(x + at, lanes), centre), factor);
      if (gamma) v = f32x4.mul(v, get(gamma + at, lanes));
      if (beta) v = f32x4.add(v, get(beta + at, lanes));
      put(out + at, v, lanes);
    }
    x += <usize>size * 4;
    out += <usize>size * 4;
  }
}

/** Rows whose dgamma and dbeta are formed as floats before they join the doubles. */
export const rowsSummed: i32 = 16;

/**
 * dx = (g - mean(g) - x-hat mean(g x-hat)) / std with g = dout gamma; dgamma and dbeta sum dout x-hat and dout over the
 * rows, slice by slice: [slices, 2, D rounded up to 4] doubles. A unit is a slice; `scratch` holds 2 D floats.
 */
export function layerNormGrad(
    dout: usize, x: usize, gamma: usize, mean: usize, rstd: usize, dx: usize, partial: usize, rows: i32, size: i32,
    scratch: usize, from: i32, to: i32): void {
  const ld = <usize>size * 4, ldp = partialStride(size), slices = slicesOf(rows, size);
  const products = scratch, sums = scratch + ld;
  clear(scratch, 2 * size);
  for (let s = from; s < to; ++s) {
    const first = <i32>(<i64>rows * s / slices), end = <i32>(<i64>rows * (s + 1) / slices);
    const total = partial + <usize>s * 2 * ldp;
    memory.fill(total, 0, 2 * ldp);
    for (let r = first; r < end; ++r) {
      const at = <usize>r * ld, one = <usize>r * 4;
      layerNormRow(dout + at, x + at, gamma, load<f32>(mean + one), load<f32>(rstd + one), dx + at, products, sums, size);
      if ((r - first + 1) % rowsSummed == 0 || r + 1 == end) {
        join(total, products, size);
        join(total + ldp, sums, size);
      }
    }
  }
}

/** total (doubles) += part; part = 0. */
export function join(total: usize, part: usize, n: i32): void {
  for (let i = 0; i < n; i += 4, total += 32, part += 16) {
    const v = get(part, n - i);
    v128.store(total, f64x2.add(v128.load(total), f64x2.promote_low_f32x4(v)));
    v128.store(total, f64x2.add(v128.load(total, 16), f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 1))), 16);
    put(part, f32x4.splat(0), n - i);
  }
}

function layerNormRow(
    dout: usize, x: usize, gamma: usize, mean: f32, rstd: f32, dx: usize, products: usize, sums: usize,
    size: i32): void {
  const centre = f32x4.splat(mean), scale = f32x4.splat(rstd);
  let g1 = f32x4.splat(0), g2 = f32x4.splat(0);
  for (let c = 0; c < size; c += 4) {
    const at = <usize>c * 4, lanes = size - c;
    const d = get(dout + at, lanes);
    const hat = f32x4.mul(f32x4.sub(get(x + at, lanes), centre), scale);
    const product = f32x4.mul(d, hat);
    put(products + at, f32x4.add(get(products + at, lanes), product), lanes);
    put(sums + at, f32x4.add(get(sums + at, lanes), d), lanes);
    const factor = scaleAt(gamma, at, lanes, 1);
    g1 = f32x4.add(g1, f32x4.mul(d, factor));  // d is 0 beyond the row
    g2 = f32x4.add(g2, f32x4.mul(product, factor));
  }
  const meanG = f32x4.splat(sumLanes(g1) / <f32>size), meanProduct = f32x4.splat(sumLanes(g2) / <f32>size);
  for (let c = 0; c < size; c += 4) {
    const at = <usize>c * 4, lanes = size - c;
    const hat = f32x4.mul(f32x4.sub(get(x + at, lanes), centre), scale);
    const g = f32x4.mul(get(dout + at, lanes), scaleAt(gamma, at, lanes, 1));
    const pulled = f32x4.sub(f32x4.sub(g, meanG), f32x4.mul(hat, meanProduct));
    put(dx + at, f32x4.mul(pulled, scale), lanes);
  }
}
