/** Batch norm down the columns of [rows, C] and layer norm along the rows of [rows, D]. */
import {columnMoments} from './columns';
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

/** out = gamma (x - mean) / sqrt(variance + epsilon) + beta; `scratch` holds C floats. */
export function normalizeColumns(
    x: usize, gamma: usize, beta: usize, mean: usize, variance: usize, out: usize, rows: i32, channels: i32,
    epsilon: f32, scratch: usize): void {
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c * 4, lanes = channels - c;
    const rstd = reciprocalRoot(get(variance + at, lanes), epsilon);
    put(scratch + at, f32x4.mul(rstd, scaleAt(gamma, at, lanes, 1)), lanes);
  }
  for (; rows > 0; --rows) {
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>c * 4, lanes = channels - c;
      const centred = f32x4.sub(get(x + at, lanes), get(mean + at, lanes));
      const scaled = f32x4.mul(centred, get(scratch + at, lanes));
      put(out + at, beta ? f32x4.add(scaled, get(beta + at, lanes)) : scaled, lanes);
    }
    x += <usize>channels * 4;
    out += <usize>channels * 4;
  }
}

/** Batch norm with the moments of x, which are left in mean and variance; `scratch` holds C floats. */
export function batchNorm(
    x: usize, gamma: usize, beta: usize, mean: usize, variance: usize, out: usize, rows: i32, channels: i32,
    epsilon: f32, scratch: usize): void {
  columnMoments(x, mean, variance, rows, channels);
  normalizeColumns(x, gamma, beta, mean, variance, out, rows, channels, epsilon, scratch);
}

/**
 * dbeta = sum(dout), dgamma = sum(dout x-hat), dx = gamma / std (dout - dbeta / R - (x - mean) dgamma / (R std));
 * `scratch` holds 3 C floats.
 */
export function batchNormGrad(
    dout: usize, x: usize, gamma: usize, mean: usize, variance: usize, dx: usize, dgamma: usize, dbeta: usize,
    rows: i32, channels: i32, epsilon: f32, scratch: usize): void {
  const ld = <usize>channels * 4;
  sumsWithCentred(dout, x, mean, dgamma, dbeta, rows, channels);
  const scales = scratch, shifts = scratch + ld, slopes = shifts + ld;
  const each = f32x4.splat(1 / <f32>rows);
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c * 4, lanes = channels - c;
    const rstd = reciprocalRoot(get(variance + at, lanes), epsilon);
    const sum = f32x4.mul(get(dgamma + at, lanes), rstd);
    put(dgamma + at, sum, lanes);
    put(scales + at, f32x4.mul(rstd, scaleAt(gamma, at, lanes, 1)), lanes);
    put(shifts + at, f32x4.mul(get(dbeta + at, lanes), each), lanes);
    put(slopes + at, f32x4.mul(f32x4.mul(sum, rstd), each), lanes);
  }
  for (; rows > 0; --rows, dout += ld, x += ld, dx += ld) {
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>c * 4, lanes = channels - c;
      const centred = f32x4.sub(get(x + at, lanes), get(mean + at, lanes));
      const pulled = f32x4.sub(f32x4.sub(get(dout + at, lanes), get(shifts + at, lanes)),
          f32x4.mul(centred, get(slopes + at, lanes)));
      put(dx + at, f32x4.mul(pulled, get(scales + at, lanes)), lanes);
    }
  }
}

/** dgamma = column sums of dout (x - mean), dbeta = of dout, block by block. */
function sumsWithCentred(
    dout: usize, x: usize, mean: usize, dgamma: usize, dbeta: usize, rows: i32, channels: i32): void {
  const ld = <usize>channels * 4, block = max(32, min(256, 2048 / channels));
  clear(dgamma, channels);
  clear(dbeta, channels);
  for (; rows > 0; rows -= block, dout += <usize>block * ld, x += <usize>block * ld) {
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>c * 4, lanes = channels - c;
      const m = get(mean + at, lanes);
      let products = f32x4.splat(0), sum = f32x4.splat(0);
      let p = dout + at, q = x + at;
      for (let r = min(block, rows); r > 0; --r, p += ld, q += ld) {
        const d = get(p, lanes);
        sum = f32x4.add(sum, d);
        products = f32x4.add(products, f32x4.mul(d, f32x4.sub(get(q, lanes), m)));
      }
      put(dgamma + at, f32x4.add(get(dgamma + at, lanes), products), lanes);
      put(dbeta + at, f32x4.add(get(dbeta + at, lanes), sum), lanes);
    }
  }
}

/** Sum of a row's entries. */
function rowSum(x: usize, size: i32): f32 {
  let a = f32x4.splat(0), b = f32x4.splat(0);
  for (; size >= 8; size -= 8, x += 32) {
    a = f32x4.add(a, v128.load(x));
    b = f32x4.add(b, v128.load(x, 16));
  }
  for (; size > 0; size -= 4, x += 16) a = f32x4.add(a, get(x, size));
  return sumLanes(f32x4.add(a, b));
}

/** Sum of a row's (x - mean)^2. */
function rowSquares(x: usize, size: i32, mean: f32): f32 {
  const m = f32x4.splat(mean);
  let a = f32x4.splat(0), b = f32x4.splat(0);
  for (; size >= 8; size -= 8, x += 32) {
    const u = f32x4.sub(v128.load(x), m), v = f32x4.sub(v128.load(x, 16), m);
    a = f32x4.add(a, f32x4.mul(u, u));
    b = f32x4.add(b, f32x4.mul(v, v));
  }
  for (; size > 0; size -= 4, x += 16) {
    const u = v128.and(f32x4.sub(get(x, size), m), firstLanes(size));
    a = f32x4.add(a, f32x4.mul(u, u));
  }
  return sumLanes(f32x4.add(a, b));
}

/** Layer norm; each row's mean and 1 / std are left in mean and rstd. */
export function layerNorm(
    x: usize, gamma: usize, beta: usize, mean: usize, rstd: usize, out: usize, rows: i32, size: i32,
    epsilon: f32): void {
  for (; rows > 0; --rows, mean += 4, rstd += 4) {
    const m = rowSum(x, size) / <f32>size;
    const scale = <f32>1 / sqrt<f32>(rowSquares(x, size, m) / <f32>size + epsilon);
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

/** Rows whose dgamma and dbeta are formed before they join the totals. */
const rowsTogether: i32 = 128;

/**
 * dx = (g - mean(g) - x-hat mean(g x-hat)) / std with g = dout gamma; dgamma and dbeta sum dout x-hat and dout over the
 * rows. `scratch` holds 2 D floats.
 */
export function layerNormGrad(
    dout: usize, x: usize, gamma: usize, mean: usize, rstd: usize, dx: usize, dgamma: usize, dbeta: usize, rows: i32,
    size: i32, scratch: usize): void {
  const ld = <usize>size * 4;
  const products = scratch, sums = scratch + ld;
  clear(dgamma, size);
  clear(dbeta, size);
  clear(scratch, 2 * size);
  for (let r = 1; r <= rows; ++r, dout += ld, x += ld, dx += ld, mean += 4, rstd += 4) {
    layerNormRow(dout, x, gamma, load<f32>(mean), load<f32>(rstd), dx, products, sums, size);
    if (r % rowsTogether == 0 || r == rows) {
      join(dgamma, products, size);
      join(dbeta, sums, size);
    }
  }
}

/** total += part; part = 0. */
function join(total: usize, part: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) {
    const at = <usize>i * 4, lanes = n - i;
    put(total + at, f32x4.add(get(total + at, lanes), get(part + at, lanes)), lanes);
    put(part + at, f32x4.splat(0), lanes);
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
    const kept = firstLanes(lanes);
    g1 = f32x4.add(g1, v128.and(f32x4.mul(d, factor), kept));
    g2 = f32x4.add(g2, v128.and(f32x4.mul(product, factor), kept));
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
