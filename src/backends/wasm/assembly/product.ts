/**
 * Matrix product in tiles of 5 x 8: ten accumulators, two vectors of B, one entry of A and a product fit the 15 vector
 * registers that engines have to give on x64. Strides are in bytes, so that rows, transposes, patches of images and
 * columns of a group are all the same to it. B stands packed in panels of 8 columns, zeros where columns are missing.
 */
import {addTo, copy, get, put} from './lanes';

/** Floats of a whole tile. */
export const edgeSize: i32 = 40;
/** Rows of a tile. */
export const tileRows: i32 = 5;
/** Columns of a tile and of a panel. */
export const tileColumns: i32 = 8;
/** Entries of the inner dimension that are worked off at a time: a panel of them takes 12 kB. */
export const depth: i32 = 384;
/** Columns of B that are packed at a time. */
const width: i32 = 256;
/** Rows of A that are packed at a time when it stands transposed. */
const height: i32 = 40;

// @ts-ignore: decorator
@inline function roundUp(n: i32, to: i32): i32 {
  return (n + to - 1) / to * to;
}

/** Floats that packed columns take. */
export function packedSize(k: i32, n: i32): i32 {
  return k * roundUp(n, tileColumns);
}

/** Floats of scratch that {@link product} asks for. */
export function productScratch(n: i32, k: i32): i32 {
  return edgeSize + packedSize(min(k, depth), min(n, width)) + height * min(k, depth);
}

// Where a tile goes that has fewer than eight columns, before its part is copied.
let edge: usize = 0;

/** Takes the room for an edge tile from the beginning of the scratch and returns the rest. */
export function takeEdge(scratch: usize): usize {
  edge = scratch;
  return scratch + <usize>(edgeSize * 4);
}

/**
 * c [m <= 5, 8] = start + a [m, k] panel [k, 8]. `start` is 0 for none, bias with a step of 0, or c with its own step.
 * No call may stand in here: engines would then keep the accumulators in memory all through the loop.
 */
function tile(
    a0: usize, ars: usize, acs: usize, b: usize, k: i32, start: usize, step: usize, c: usize, ldc: usize,
    m: i32): void {
  // A tile of fewer rows works on its last row again. Sums, not choices between addresses: engines know that a sum of
  // 32 bits needs no further extension when it is an address.
  let a1 = a0 + (m > 1 ? ars : 0);
  let a2 = a1 + (m > 2 ? ars : 0);
  let a3 = a2 + (m > 3 ? ars : 0);
  let a4 = a3 + (m > 4 ? ars : 0);
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00,
      c41 = c00;
  if (start) {
    c00 = v128.load(start);
    c01 = v128.load(start, 16);
    if (m > 1) start += step;
    c10 = v128.load(start);
    c11 = v128.load(start, 16);
    if (m > 2) start += step;
    c20 = v128.load(start);
    c21 = v128.load(start, 16);
    if (m > 3) start += step;
    c30 = v128.load(start);
    c31 = v128.load(start, 16);
    if (m > 4) start += step;
    c40 = v128.load(start);
    c41 = v128.load(start, 16);
  }
  for (; k > 0; --k) {
    const b0 = v128.load(b, 0);
    const b1 = v128.load(b, 16);
    const s0 = v128.load_splat<f32>(a0);
    c00 = f32x4.add(c00, f32x4.mul(s0, b0));
    c01 = f32x4.add(c01, f32x4.mul(s0, b1));
    const s1 = v128.load_splat<f32>(a1);
    c10 = f32x4.add(c10, f32x4.mul(s1, b0));
    c11 = f32x4.add(c11, f32x4.mul(s1, b1));
    const s2 = v128.load_splat<f32>(a2);
    c20 = f32x4.add(c20, f32x4.mul(s2, b0));
    c21 = f32x4.add(c21, f32x4.mul(s2, b1));
    const s3 = v128.load_splat<f32>(a3);
    c30 = f32x4.add(c30, f32x4.mul(s3, b0));
    c31 = f32x4.add(c31, f32x4.mul(s3, b1));
    const s4 = v128.load_splat<f32>(a4);
    c40 = f32x4.add(c40, f32x4.mul(s4, b0));
    c41 = f32x4.add(c41, f32x4.mul(s4, b1));
    a0 += acs;
    a1 += acs;
    a2 += acs;
    a3 += acs;
    a4 += acs;
    b += 32;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  if (m > 1) c += ldc;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  if (m > 2) c += ldc;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  if (m > 3) c += ldc;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  if (m > 4) c += ldc;
  v128.store(c, c40);
  v128.store(c, c41, 16);
}

/** {@link tile} with n < 8 columns: from the edge tile to its place, with what it starts from. */
function edgeTile(
    a: usize, ars: usize, acs: usize, b: usize, k: i32, start: usize, step: usize, c: usize, ldc: usize, m: i32,
    n: i32): void {
  tile(a, ars, acs, b, k, 0, 0, edge, 32, m);
  const starts = start != 0;  // a start of 0 stays none, though it is stepped on
  for (let row = edge; m > 0; --m, row += 32, c += ldc, start += step) {
    if (starts) addTo(row, start, n);
    copy(c, row, n);
  }
}

/** Packs b [k, n], entry (i, j) at b + i * brs + j * bcs, into panels. */
export function pack(b: usize, brs: usize, bcs: usize, k: i32, n: i32, panels: usize): void {
  for (let j = 0; j < n; j += tileColumns) {
    const column = b + <usize>j * bcs;
    const dst = panels + <usize>j * <usize>k * 4;
    const columns = min(tileColumns, n - j);
    if (bcs == 4) packRows(column, brs, k, columns, dst);
    else packColumns(column, brs, bcs, k, columns, dst);
  }
}

function packRows(b: usize, brs: usize, k: i32, n: i32, dst: usize): void {
  for (; k > 0; --k, b += brs, dst += 32) {
    v128.store(dst, get(b, n));
    v128.store(dst, n > 4 ? get(b + 16, n - 4) : f32x4.splat(0), 16);
  }
}

function packColumns(b: usize, brs: usize, bcs: usize, k: i32, n: i32, dst: usize): void {
  let j = 0;
  if (brs == 4) {
    for (; j + 4 <= n; j += 4) transposed(b + <usize>j * bcs, bcs, k, dst + <usize>j * 4);
  }
  for (; j < tileColumns; ++j) {
    const src = b + <usize>j * bcs;
    for (let i = 0; i < k; ++i) {
      store<f32>(dst + (<usize>i << 5) + (<usize>j << 2), j < n ? load<f32>(src + <usize>i * brs) : 0);
    }
  }
}

/** Four columns of k consecutive entries each, into a panel. */
function transposed(b: usize, bcs: usize, k: i32, dst: usize): void {
  const b1 = b + bcs, b2 = b1 + bcs, b3 = b2 + bcs;
  let at: usize = 0;
  for (; k >= 4; k -= 4, at += 16, dst += 128) {
    const r0 = v128.load(b + at), r1 = v128.load(b1 + at), r2 = v128.load(b2 + at), r3 = v128.load(b3 + at);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7), high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(dst, v128.shuffle<i64>(low01, low23, 0, 2));
    v128.store(dst, v128.shuffle<i64>(low01, low23, 1, 3), 32);
    v128.store(dst, v128.shuffle<i64>(high01, high23, 0, 2), 64);
    v128.store(dst, v128.shuffle<i64>(high01, high23, 1, 3), 96);
  }
  for (; k > 0; --k, at += 4, dst += 32) {
    store<f32>(dst, load<f32>(b + at));
    store<f32>(dst, load<f32>(b1 + at), 4);
    store<f32>(dst, load<f32>(b2 + at), 8);
    store<f32>(dst, load<f32>(b3 + at), 12);
  }
}

/**
 * c [m, n] = start + a b, panel by panel, each against all rows. `start` is as in {@link tile}; `strip` is the way from
 * tile to tile in a.
 */
export function panelsFirst(
    a: usize, ars: usize, acs: usize, strip: usize, panels: usize, m: i32, n: i32, k: i32, start: usize, step: usize,
    c: usize, ldc: usize): void {
  for (let j = 0; j < n; j += tileColumns) {
    const b = panels + <usize>j * <usize>k * 4, at = <usize>j * 4;
    const columns = n - j;
    let from = a;
    for (let i = 0; i < m; i += tileRows, from += strip) {
      const here = start ? start + <usize>i * step + at : 0;
      const to = c + <usize>i * ldc + at;
      if (columns >= tileColumns) tile(from, ars, acs, b, k, here, step, to, ldc, min(tileRows, m - i));
      else edgeTile(from, ars, acs, b, k, here, step, to, ldc, min(tileRows, m - i), columns);
    }
  }
}

/** The same tile of rows by tile of rows, each against all panels: for an a whose rows are costly to come by. */
export function rowsFirst(
    a: usize, ars: usize, acs: usize, panels: usize, m: i32, n: i32, k: i32, start: usize, step: usize, c: usize,
    ldc: usize): void {
  for (let i = 0; i < m; i += tileRows) {
    panelsFirst(a + <usize>i * ars, ars, acs, 0, panels, min(tileRows, m - i), n, k,
        start ? start + <usize>i * step : 0, step, c + <usize>i * ldc, ldc);
  }
}

/** Strips of five rows of a, entry (i, k) at a + 4 i + k acs, one after the other, each [k, 5]. */
function packStrips(a: usize, acs: usize, m: i32, k: i32, dst: usize): void {
  for (let i = 0; i < m; i += tileRows) {
    const rows = min(tileRows, m - i);
    let src = a + <usize>i * 4;
    for (let p = 0; p < k; ++p, src += acs, dst += 20) {
      put(dst, get(src, rows), rows);
      if (rows > 4) store<f32>(dst, load<f32>(src, 16), 16);
    }
  }
}

/**
 * c [m, n] = a b + bias. Entry (i, k) of a stands at a + i * ars + k * acs, one of the two being 4; (k, j) of b at
 * b + k * brs + j * bcs. The bias is absent when 0.
 */
export function product(
    a: usize, ars: usize, acs: usize, b: usize, brs: usize, bcs: usize, bias: usize, c: usize, m: i32, n: i32, k: i32,
    scratch: usize): void {
  const ldc = <usize>n * 4;
  scratch = takeEdge(scratch);
  for (let j = 0; j < n; j += width) {
    const columns = min(width, n - j);
    for (let p = 0; p < k; p += depth) {
      const length = min(depth, k - p);
      const strips = scratch + <usize>packedSize(length, columns) * 4;
      pack(b + <usize>p * brs + <usize>j * bcs, brs, bcs, length, columns, scratch);
      for (let i = 0; i < m; i += height) {
        const rows = min(height, m - i);
        const from = a + <usize>i * ars + <usize>p * acs;
        const to = c + <usize>i * ldc + <usize>j * 4;
        const start = p > 0 ? to : bias ? bias + <usize>j * 4 : 0;
        const step = p > 0 ? ldc : 0;
        if (acs == 4) {
          panelsFirst(from, ars, acs, <usize>tileRows * ars, scratch, rows, columns, length, start, step, to, ldc);
        } else {
          packStrips(from, acs, rows, length, strips);
          panelsFirst(strips, 4, 20, <usize>length * 20, scratch, rows, columns, length, start, step, to, ldc);
        }
      }
    }
  }
}
