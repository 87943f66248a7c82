/**
 * Matrix product in tiles of 5 x 8: ten accumulators, two vectors of B and an entry of A fit the vector registers that
 * engines have to give on x64. A is packed in strips of five rows, [k, 5] each, B in panels of eight columns, [k, 8]
 * each, zeros where columns are missing. Strides are in bytes. Each entry of the product is summed in the same order
 * whatever part of the whole a call computes, so that threads change no bit.
 */
import {addTo, copy, fma, get, put} from './lanes';

/** Floats of a whole tile. */
export const edgeSize: i32 = 40;
/** Rows of a tile and of a strip. */
export const tileRows: i32 = 5;
/** Columns of a tile and of a panel. */
export const tileColumns: i32 = 8;
/** Entries of the inner dimension that are summed at a time: a panel of them takes 12 kB, a strip 7.5 kB. */
export const depth: i32 = 384;
/** Columns of B that are packed at a time. */
export const width: i32 = 256;
/** Rows of A that are packed at a time. */
export const height: i32 = 80;
/** A longer inner dimension is summed slice by slice, so that no sum gets long. */
export const sliceDepth: i32 = 16384;
/** Rows whose slices are summed at a time. */
export const sliceRows: i32 = 800;
/**
 * With no more rows than this, a product reads B as it is: each of its entries is used too seldom to be packed.
 * `npm run thresholds -- --backend wasm` measures both ways.
 */
export const thinRows: i32 = 1;
/** Columns that a thin product works on at a time. */
const thinWidth: i32 = 1024;

// @ts-ignore: decorator
@inline export function roundUp(n: i32, to: i32): i32 {
  return (n + to - 1) / to * to;
}

/** Floats that packed columns take. */
export function packedSize(k: i32, n: i32): i32 {
  return k * roundUp(n, tileColumns);
}

/** Floats that packed rows take. */
export function stripsSize(k: i32, m: i32): i32 {
  return k * roundUp(m, tileRows);
}

/** Floats of scratch that each thread of {@link product} asks for. */
export function productScratch(m: i32, n: i32, k: i32): i32 {
  const slices = k > sliceDepth ? min(m, sliceRows) * min(n, width) : 0;
  return edgeSize + packedSize(min(k, depth), min(n, width)) + stripsSize(min(k, depth), min(m, height)) + slices;
}

// Where a tile goes before it joins the product.
let edge: usize = 0;

/** Takes the room for an edge tile from the beginning of the scratch and returns the rest. */
export function takeEdge(scratch: usize): usize {
  edge = scratch;
  return scratch + <usize>(edgeSize * 4);
}

/**
 * c [5, 8] = a [5, k] panel [k, 8], where a's five rows are next to each other and acs is the way from one k to the next.
 * Nothing but the loop and stores may be in here: with a call or more sums, engines keep accumulators in memory all
 * through the loop; nor is the loop unrolled, which costs registers.
 */
function tile(a: usize, acs: usize, b: usize, k: i32, c: usize, ldc: usize): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00,
      c41 = c00;
  for (; k > 0; --k) {
    const b0 = v128.load(b, 0);
    const b1 = v128.load(b, 16);
    const a0 = v128.load32_splat(a);
    c00 = fma(a0, b0, c00);
    c01 = fma(a0, b1, c01);
    const a1 = v128.load32_splat(a, 4);
    c10 = fma(a1, b0, c10);
    c11 = fma(a1, b1, c11);
    const a2 = v128.load32_splat(a, 8);
    c20 = fma(a2, b0, c20);
    c21 = fma(a2, b1, c21);
    const a3 = v128.load32_splat(a, 12);
    c30 = fma(a3, b0, c30);
    c31 = fma(a3, b1, c31);
    const a4 = v128.load32_splat(a, 16);
    c40 = fma(a4, b0, c40);
    c41 = fma(a4, b1, c41);
    a += acs;
    b += 32;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += ldc;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += ldc;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += ldc;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += ldc;
  v128.store(c, c40);
  v128.store(c, c41, 16);
}

/**
 * c [m <= 5, n <= 8] = start + a panel. `start` is 0 for none, bias with a step of 0, or c with its own step. A sum of
 * `depth` products and what was summed before it are added once, so that long sums keep their digits.
 */
function addTile(
    a: usize, acs: usize, b: usize, k: i32, start: usize, step: usize, c: usize, ldc: usize, m: i32, n: i32): void {
  const whole = m == tileRows && n >= tileColumns;
  if (whole && !start) {
    tile(a, acs, b, k, c, ldc);
    return;
  }
  tile(a, acs, b, k, edge, 32);
  if (whole) {
    const c1 = c + ldc, c2 = c1 + ldc, c3 = c2 + ldc, c4 = c3 + ldc;
    const s1 = start + step, s2 = s1 + step, s3 = s2 + step, s4 = s3 + step;
    joinRow(c, start, edge);
    joinRow(c1, s1, edge + 32);
    joinRow(c2, s2, edge + 64);
    joinRow(c3, s3, edge + 96);
    joinRow(c4, s4, edge + 128);
    return;
  }
  const starts = start != 0;  // a start of 0 stays none, though it is stepped on
  for (let row = edge; m > 0; --m, row += 32, c += ldc, start += step) {
    if (starts) addTo(row, start, min(n, tileColumns));
    copy(c, row, min(n, tileColumns));
  }
}

// @ts-ignore: decorator
@inline function joinRow(c: usize, start: usize, row: usize): void {
  v128.store(c, f32x4.add(v128.load(row), v128.load(start)));
  v128.store(c, f32x4.add(v128.load(row, 16), v128.load(start, 16)), 16);
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
    for (; j + 4 <= n; j += 4) {
      const p = b + <usize>j * bcs;
      interleave(p, p + bcs, p + 2 * bcs, p + 3 * bcs, 0, k, dst + <usize>j * 4, 32);
    }
  }
  for (; j < tileColumns; ++j) {
    const src = b + <usize>j * bcs;
    for (let i = 0; i < k; ++i) {
      store<f32>(dst + (<usize>i << 5) + (<usize>j << 2), j < n ? load<f32>(src + <usize>i * brs) : 0);
    }
  }
}

/** Four runs of n floats, and a fifth unless p4 is 0, entry by entry beside each other; `ld` is the way on in dst. */
export function interleave(
    p0: usize, p1: usize, p2: usize, p3: usize, p4: usize, n: i32, dst: usize, ld: usize): void {
  for (; n >= 4; n -= 4) {
    const r0 = v128.load(p0), r1 = v128.load(p1), r2 = v128.load(p2), r3 = v128.load(p3);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7), high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    const d1 = dst + ld, d2 = d1 + ld, d3 = d2 + ld;
    v128.store(dst, v128.shuffle<i64>(low01, low23, 0, 2));
    v128.store(d1, v128.shuffle<i64>(low01, low23, 1, 3));
    v128.store(d2, v128.shuffle<i64>(high01, high23, 0, 2));
    v128.store(d3, v128.shuffle<i64>(high01, high23, 1, 3));
    if (p4) {
      const r4 = v128.load(p4);
      v128.store_lane<f32>(dst, r4, 0, 16);
      v128.store_lane<f32>(d1, r4, 1, 16);
      v128.store_lane<f32>(d2, r4, 2, 16);
      v128.store_lane<f32>(d3, r4, 3, 16);
      p4 += 16;
    }
    p0 += 16;
    p1 += 16;
    p2 += 16;
    p3 += 16;
    dst = d3 + ld;
  }
  for (; n > 0; --n, p0 += 4, p1 += 4, p2 += 4, p3 += 4, dst += ld) {
    store<f32>(dst, load<f32>(p0));
    store<f32>(dst, load<f32>(p1), 4);
    store<f32>(dst, load<f32>(p2), 8);
    store<f32>(dst, load<f32>(p3), 12);
    if (p4) {
      store<f32>(dst, load<f32>(p4), 16);
      p4 += 4;
    }
  }
}

/** Strips of a [m, k], entry (i, k) at a + i * ars + k * acs, one of the two being 4. */
export function packStrips(a: usize, ars: usize, acs: usize, m: i32, k: i32, dst: usize): void {
  for (let i = 0; i < m; i += tileRows, dst += <usize>k * 20) {
    const rows = min(tileRows, m - i);
    let src = a + <usize>i * ars;
    if (acs == 4) {
      // A strip of fewer rows holds its last row again.
      const a1 = src + (rows > 1 ? ars : 0), a2 = a1 + (rows > 2 ? ars : 0), a3 = a2 + (rows > 3 ? ars : 0);
      interleave(src, a1, a2, a3, a3 + (rows > 4 ? ars : 0), k, dst, 20);
    } else {
      let to = dst;
      for (let p = 0; p < k; ++p, src += acs, to += 20) {
        put(to, get(src, rows), rows);
        if (rows > 4) store<f32>(to, load<f32>(src, 16), 16);
      }
    }
  }
}

/**
 * c [m, n] = start + a b, panel by panel, each against all rows. `start` is as in {@link addTile}; `strip` is the way from
 * strip to strip in a.
 */
export function panelsFirst(
    a: usize, acs: usize, strip: usize, panels: usize, m: i32, n: i32, k: i32, start: usize, step: usize, c: usize,
    ldc: usize): void {
  for (let j = 0; j < n; j += tileColumns) {
    const b = panels + <usize>j * <usize>k * 4, at = <usize>j * 4;
    let from = a;
    for (let i = 0; i < m; i += tileRows, from += strip) {
      const here = start ? start + <usize>i * step + at : 0;
      addTile(from, acs, b, k, here, step, c + <usize>i * ldc + at, ldc, min(tileRows, m - i), n - j);
    }
  }
}

/** The same strip by strip, each against all panels: for an a whose rows are costly to come by. */
export function rowsFirst(
    a: usize, acs: usize, strip: usize, panels: usize, m: i32, n: i32, k: i32, start: usize, step: usize, c: usize,
    ldc: usize): void {
  for (let i = 0; i < m; i += tileRows, a += strip) {
    panelsFirst(a, acs, 0, panels, min(tileRows, m - i), n, k, start ? start + <usize>i * step : 0, step,
        c + <usize>i * ldc, ldc);
  }
}

/**
 * c [m, n] = a b + bias; a unit is eight columns, or five rows. Entry (i, k) of a is at a + i * ars + k * acs, one of
 * the two being 4; (k, j) of b at b + k * brs + j * bcs. The bias is absent when 0.
 */
export function product(
    a: usize, ars: usize, acs: usize, b: usize, brs: usize, bcs: usize, bias: usize, c: usize, m: i32, n: i32, k: i32,
    byColumns: i32, scratch: usize, from: i32, to: i32): void {
  const ldc = <usize>n * 4;
  if (byColumns) {
    const first = from * tileColumns;
    n = min(n, to * tileColumns) - first;
    b += <usize>first * bcs;
    c += <usize>first * 4;
    if (bias) bias += <usize>first * 4;
  } else {
    const first = from * tileRows;
    m = min(m, to * tileRows) - first;
    a += <usize>first * ars;
    c += <usize>first * ldc;
  }
  scratch = takeEdge(scratch);
  const rows = k > sliceDepth ? sliceRows : m;
  for (let i = 0; i < m; i += rows) {
    for (let j = 0; j < n; j += width) {
      slices(a + <usize>i * ars, ars, acs, b + <usize>j * bcs, brs, bcs, bias ? bias + <usize>j * 4 : 0,
          c + <usize>i * ldc + <usize>j * 4, ldc, min(rows, m - i), min(width, n - j), k, scratch);
    }
  }
}

/** A product of at most `width` columns, slice by slice of the inner dimension. */
function slices(
    a: usize, ars: usize, acs: usize, b: usize, brs: usize, bcs: usize, bias: usize, c: usize, ldc: usize, m: i32,
    n: i32, k: i32, scratch: usize): void {
  const length = min(k, depth), ld = <usize>n * 4;
  const strips = scratch + <usize>packedSize(length, n) * 4;
  const sum = strips + <usize>stripsSize(length, min(m, height)) * 4;
  for (let p = 0; p < k; p += sliceDepth) {
    const here = min(sliceDepth, k - p);
    const at = a + <usize>p * acs, bt = b + <usize>p * brs;
    if (p == 0) {
      slice(at, ars, acs, bt, brs, bcs, bias, c, ldc, m, n, here, scratch, strips);
      continue;
    }
    slice(at, ars, acs, bt, brs, bcs, 0, sum, ld, m, n, here, scratch, strips);
    for (let i = 0; i < m; ++i) addTo(c + <usize>i * ldc, sum + <usize>i * ld, n);
  }
}

function slice(
    a: usize, ars: usize, acs: usize, b: usize, brs: usize, bcs: usize, bias: usize, c: usize, ldc: usize, m: i32,
    n: i32, k: i32, panels: usize, strips: usize): void {
  for (let p = 0; p < k; p += depth) {
    const length = min(depth, k - p);
    pack(b + <usize>p * brs, brs, bcs, length, n, panels);
    for (let i = 0; i < m; i += height) {
      const rows = min(height, m - i);
      const to = c + <usize>i * ldc;
      packStrips(a + <usize>i * ars + <usize>p * acs, ars, acs, rows, length, strips);
      panelsFirst(strips, 20, <usize>length * 20, panels, rows, n, length, p > 0 ? to : bias, p > 0 ? ldc : 0, to, ldc);
    }
  }
}

/**
 * c [m, n] = a b + bias for few rows; a unit is eight columns. Entry (i, k) of a is at a + i * ars + k * acs, b has
 * whole rows, `ldb` bytes apart.
 */
export function thinProduct(
    a: usize, ars: usize, acs: usize, b: usize, ldb: usize, bias: usize, c: usize, ldc: usize, m: i32, n: i32, k: i32,
    scratch: usize, from: i32, to: i32): void {
  const end = min(n, to * tileColumns);
  for (let j = from * tileColumns; j < end; j += thinWidth) {
    const columns = min(thinWidth, end - j), at = <usize>j * 4;
    for (let p = 0; p < k; p += 4) {
      const row = b + <usize>p * ldb + at;
      for (let i = 0; i < m; ++i) {
        const here = c + <usize>i * ldc + at;
        addRows(a + <usize>i * ars + <usize>p * acs, acs, row, ldb, min(4, k - p), p > 0 ? here : bias ? bias + at : 0,
            here, columns);
      }
    }
  }
}

/** c [n] = start + up to four entries of a times as many rows of b. */
function addRows(a: usize, acs: usize, b: usize, ldb: usize, k: i32, start: usize, c: usize, n: i32): void {
  const zero = f32x4.splat(0);
  const s0 = v128.load32_splat(a);
  const s1 = k > 1 ? v128.load32_splat(a + acs) : zero;
  const s2 = k > 2 ? v128.load32_splat(a + 2 * acs) : zero;
  const s3 = k > 3 ? v128.load32_splat(a + 3 * acs) : zero;
  const b1 = b + ldb, b2 = b1 + ldb, b3 = b2 + ldb;
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * 4, lanes = n - j;
    let v = f32x4.mul(s0, get(b + at, lanes));
    if (k > 1) v = fma(s1, get(b1 + at, lanes), v);
    if (k > 2) v = fma(s2, get(b2 + at, lanes), v);
    if (k > 3) v = fma(s3, get(b3 + at, lanes), v);
    put(c + at, start ? f32x4.add(get(start + at, lanes), v) : v, lanes);
  }
}
