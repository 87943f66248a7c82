/**
 * Relu and its gradient; masks are bits, so that what is masked out is 0 whatever is there. A unit is a chunk of
 * entries.
 */
import {chunk, get, put} from './lanes';

/** out = x where x >= 0 or NaN, else 0. */
export function relu(x: usize, out: usize, n: i32, scratch: usize, from: i32, to: i32): void {
  const start = <usize>from * chunk;
  x += start * 4;
  out += start * 4;
  n = min(n, to * chunk) - <i32>start;
  const zero = f32x4.splat(0);
  for (; n > 0; n -= 4, x += 16, out += 16) {
    const v = get(x, n);
    put(out, v128.andnot(v, f32x4.lt(v, zero)), n);
  }
}

/** dx = dout where x > 0, else 0. */
export function reluGrad(dout: usize, x: usize, dx: usize, n: i32, scratch: usize, from: i32, to: i32): void {
  const start = <usize>from * chunk;
  dout += start * 4;
  x += start * 4;
  dx += start * 4;
  n = min(n, to * chunk) - <i32>start;
  const zero = f32x4.splat(0);
  for (; n > 0; n -= 4, dout += 16, x += 16, dx += 16) {
    put(dx, v128.and(get(dout, n), f32x4.gt(get(x, n), zero)), n);
  }
}

/** maxValue where x >= maxValue, x where x >= threshold or NaN, else slope (x - threshold). */
export function bentRelu(
    x: usize, out: usize, n: i32, slope: f32, threshold: f32, maxValue: f32, scratch: usize, from: i32, to: i32): void {
  const start = <usize>from * chunk;
  x += start * 4;
  out += start * 4;
  n = min(n, to * chunk) - <i32>start;
  const bend = f32x4.splat(threshold), cap = f32x4.splat(maxValue), steep = f32x4.splat(slope);
  const sloped = slope == 0 ? i32x4.splat(0) : i32x4.splat(-1);
  for (; n > 0; n -= 4, x += 16, out += 16) {
    const v = get(x, n);
    const below = v128.and(f32x4.mul(f32x4.sub(v, bend), steep), sloped);
    const bent = v128.bitselect(below, v, f32x4.lt(v, bend));
    put(out, v128.bitselect(cap, bent, f32x4.ge(v, cap)), n);
  }
}

/** 0 where x >= maxValue (no cap when infinite), dout where x > threshold, else slope dout. */
export function bentReluGrad(
    dout: usize, x: usize, dx: usize, n: i32, slope: f32, threshold: f32, maxValue: f32, scratch: usize, from: i32,
    to: i32): void {
  const start = <usize>from * chunk;
  dout += start * 4;
  x += start * 4;
  dx += start * 4;
  n = min(n, to * chunk) - <i32>start;
  const bend = f32x4.splat(threshold), cap = f32x4.splat(maxValue), steep = f32x4.splat(slope);
  const sloped = slope == 0 ? i32x4.splat(0) : i32x4.splat(-1);
  const capped = maxValue < Infinity ? i32x4.splat(-1) : i32x4.splat(0);
  for (; n > 0; n -= 4, dout += 16, x += 16, dx += 16) {
    const v = get(x, n), d = get(dout, n);
    const below = v128.and(f32x4.mul(d, steep), sloped);
    put(dx, v128.andnot(v128.bitselect(d, below, f32x4.gt(v, bend)), v128.and(f32x4.ge(v, cap), capped)), n);
  }
}
