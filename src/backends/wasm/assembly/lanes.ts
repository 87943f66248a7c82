/**
 * Vectors of four floats at the end of a row: `left` says how many entries remain, and fewer than four are moved one by
 * one, so that nothing beyond the row is read or written.
 */

/** Entries of a tensor that entrywise kernels hand out at a time. */
export const chunk: i32 = 4096;

/** a b + c, rounded once where the engine has relaxed SIMD and the processor such an instruction, else twice. */
// @ts-ignore: decorator
@inline export function fma(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** Up to four floats; lanes beyond `left` are 0. */
// @ts-ignore: decorator
@inline export function get(p: usize, left: i32): v128 {
  return left >= 4 ? v128.load(p) : getPart(p, left);
}

/** Stores the first `left` lanes, at most four. */
// @ts-ignore: decorator
@inline export function put(p: usize, v: v128, left: i32): void {
  if (left >= 4) v128.store(p, v);
  else putPart(p, v, left);
}

function getPart(p: usize, left: i32): v128 {
  let v = v128.load32_zero(p);
  if (left > 1) v = v128.load_lane<f32>(p, v, 1, 4);
  if (left > 2) v = v128.load_lane<f32>(p, v, 2, 8);
  return v;
}

function putPart(p: usize, v: v128, left: i32): void {
  v128.store_lane<f32>(p, v, 0);
  if (left > 1) v128.store_lane<f32>(p, v, 1, 4);
  if (left > 2) v128.store_lane<f32>(p, v, 2, 8);
}

/** All bits set in the first `left` lanes. */
// @ts-ignore: decorator
@inline export function firstLanes(left: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(left));
}

/** The four lanes added up. */
// @ts-ignore: decorator
@inline export function sumLanes(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** dst = src, n floats; a last overlapping vector spares the single ones. */
export function copy(dst: usize, src: usize, n: i32): void {
  if (n < 4) {
    if (n > 0) putPart(dst, getPart(src, n), n);
    return;
  }
  const last = <usize>(n - 4) << 2;
  for (let i: usize = 0; i < last; i += 16) v128.store(dst + i, v128.load(src + i));
  v128.store(dst + last, v128.load(src + last));
}

/** n floats of 0. */
export function clear(dst: usize, n: i32): void {
  fillWith(dst, 0, n);
}

/** n floats of this value. */
export function fillWith(dst: usize, value: f32, n: i32): void {
  const v = f32x4.splat(value);
  for (; n > 0; n -= 4, dst += 16) put(dst, v, n);
}

/** dst += src, n floats. */
export function addTo(dst: usize, src: usize, n: i32): void {
  for (; n > 0; n -= 4, dst += 16, src += 16) put(dst, f32x4.add(get(dst, n), get(src, n)), n);
}
