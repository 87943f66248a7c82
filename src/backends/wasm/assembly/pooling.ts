/** Max pooling, four channels at a time; a window's taps outside the image are not visited at all. */
import {clear, copy, fillWith, get, put} from './lanes';
import {
  batch, channels, dilationX, dilationY, endTap, firstTap, inHeight, inWidth, kernelHeight, kernelWidth, left,
  outHeight, outWidth, strideX, strideY, top,
} from './window';

/** Who gets the gradient of a window with several maxima. */
const tiesFirst: i32 = 1;
const tiesSplit: i32 = 2;

// The part of the current window that lies in the image.
let corner: usize = 0;
let rows: i32 = 0;
let columns: i32 = 0;

/** Sets the part of the window at (n, y, x) that lies in the image; `corner` counts in bytes from the image's start. */
function place(n: i32, y: i32, x: i32): void {
  const startY = y * strideY - top, startX = x * strideX - left;
  const firstY = firstTap(startY, dilationY), firstX = firstTap(startX, dilationX);
  rows = endTap(startY, dilationY, kernelHeight, inHeight, firstY) - firstY;
  columns = endTap(startX, dilationX, kernelWidth, inWidth, firstX) - firstX;
  const iy = startY + firstY * dilationY, ix = startX + firstX * dilationX;
  corner = <usize>((n * inHeight + iy) * inWidth + ix) * channels * 4;
}

// @ts-ignore: decorator
@inline function rowStep(): usize {
  return <usize>(dilationY * inWidth) * channels * 4;
}

// @ts-ignore: decorator
@inline function columnStep(): usize {
  return <usize>dilationX * channels * 4;
}

/** out [N, Ho, Wo, C]: the largest entry of each window, NaN where one is NaN. A unit is a row of the output. */
export function maxPool(x: usize, out: usize, scratch: usize, from: i32, to: i32): void {
  const down = rowStep(), right = columnStep();
  out += <usize>(from * outWidth) * channels * 4;
  for (let u = from; u < to; ++u) {
    for (let j = 0; j < outWidth; ++j, out += <usize>channels << 2) {
      place(u / outHeight, u % outHeight, j);
      if (rows <= 0 || columns <= 0) {
        fillWith(out, -Infinity, channels);
        continue;
      }
      let row = x + corner;
      copy(out, row, channels);
      for (let ky = 0; ky < rows; ++ky, row += down) {
        let p = row;
        for (let kx = 0; kx < columns; ++kx, p += right) takeLarger(out, p, channels);
      }
    }
  }
}

/** best = the larger of best and v, entry by entry, NaN where one is NaN. */
function takeLarger(best: usize, v: usize, n: i32): void {
  for (; n >= 4; n -= 4, best += 16, v += 16) v128.store(best, larger(v128.load(best), v128.load(v)));
  if (n > 0) put(best, larger(get(best, n), get(v, n)), n);
}

// @ts-ignore: decorator
@inline function larger(best: v128, v: v128): v128 {
  return v128.bitselect(v, f32x4.pmax(best, v), f32x4.ne(v, v));  // pmax keeps a NaN in its first argument only
}

/** Channels that a unit of {@link maxPoolScatter} is about: all, unless the images are too few to share out. */
function channelsTogether(): i32 {
  return batch >= 8 ? channels : max(32, (channels * batch / 8 + 3) & ~3);
}

/** Units of {@link maxPoolScatter}. */
export function scatterUnits(): i32 {
  return batch * ((channels + channelsTogether() - 1) / channelsTogether());
}

/**
 * dx [N, H, W, C]: each window's dout added at its maxima. A unit is an image, or some channels of one; `scratch` holds
 * C floats.
 */
export function maxPoolScatter(
    dout: usize, x: usize, out: usize, dx: usize, ties: i32, scratch: usize, from: i32, to: i32): void {
  const together = channelsTogether(), parts = (channels + together - 1) / together;
  const image = <usize>(inHeight * inWidth) * channels * 4, outImage = <usize>(outHeight * outWidth) * channels * 4;
  for (let u = from; u < to; ++u) {
    const n = u / parts, c = u % parts * together, count = min(together, channels - c);
    const first = <usize>n * outImage + <usize>c * 4;
    let pixel = dx + <usize>n * image + <usize>c * 4;
    if (parts == 1) {
      clear(pixel, inHeight * inWidth * channels);
    } else {
      for (let i = inHeight * inWidth; i > 0; --i, pixel += <usize>channels * 4) clear(pixel, count);
    }
    scatter(n, dout + first, x + <usize>c * 4, out + first, dx + <usize>c * 4, count, ties, scratch);
  }
}

/** The windows of one image, `count` channels from those on that the addresses point to. */
function scatter(
    n: i32, dout: usize, x: usize, out: usize, dx: usize, count: i32, ties: i32, scratch: usize): void {
  const down = rowStep(), right = columnStep();
  const pixel = <usize>channels << 2, toDx = dx - x;
  const isFirst = ties == tiesFirst;
  for (let i = 0; i < outHeight; ++i) {
    for (let j = 0; j < outWidth; ++j, out += pixel, dout += pixel) {
      place(n, i, j);
      let share = dout, row = x + corner;
      if (isFirst) copy(scratch, dout, count);
      if (ties == tiesSplit) shares(row, out, dout, scratch, count, down, right);
      if (ties) share = scratch;
      for (let ky = 0; ky < rows; ++ky, row += down) {
        let p = row;
        for (let kx = 0; kx < columns; ++kx, p += right) give(p, out, share, p + toDx, count, isFirst);
      }
    }
  }
}

/** dx += share where x is the maximum; a share that only one may get is 0 from then on. */
function give(x: usize, largest: usize, share: usize, dx: usize, n: i32, once: bool): void {
  for (; n > 0; n -= 4, x += 16, largest += 16, share += 16, dx += 16) {
    const given = get(share, n);
    const here = f32x4.eq(get(x, n), get(largest, n));
    put(dx, f32x4.add(get(dx, n), v128.and(here, given)), n);
    if (once) put(share, v128.andnot(given, here), n);
  }
}

/** shares = dout over the number of maxima, for the current window. */
function shares(row: usize, out: usize, dout: usize, to: usize, count: i32, down: usize, right: usize): void {
  for (let c = count; c > 0; c -= 4, row += 16, out += 16, dout += 16, to += 16) {
    put(to, f32x4.div(get(dout, c), countMaxima(row, get(out, c), c, rows, columns, down, right)), c);
  }
}

/** sum [N, Ho, Wo, C]: what v holds at each window's maxima, added up. A unit is a row of the output. */
export function maxPoolGather(
    v: usize, x: usize, out: usize, sum: usize, ties: i32, scratch: usize, from: i32, to: i32): void {
  const down = rowStep(), right = columnStep();
  const toV = v - x, start = <usize>(from * outWidth) * channels * 4;
  out += start;
  sum += start;
  for (let u = from; u < to; ++u) {
    for (let j = 0; j < outWidth; ++j) {
      place(u / outHeight, u % outHeight, j);
      const height = rows, width = columns;
      let p = x + corner;
      for (let c = channels; c > 0; c -= 4, p += 16) {
        put(sum, gather(toV, p, get(out, c), c, height, width, down, right, ties), c);
        const step = min(c, 4) << 2;
        out += step;
        sum += step;
      }
    }
  }
}

// @ts-ignore: decorator
@inline function gather(
    toV: usize, from: usize, largest: v128, c: i32, height: i32, width: i32, down: usize, right: usize,
    ties: i32): v128 {
  let total = f32x4.splat(0), free = i32x4.splat(-1);
  const once = ties == tiesFirst ? free : i32x4.splat(0);
  for (let row = from, ky = height; ky > 0; --ky, row += down) {
    for (let p = row, kx = width; kx > 0; --kx, p += right) {
      const here = v128.and(f32x4.eq(get(p, c), largest), free);
      free = v128.andnot(free, v128.and(here, once));
      total = f32x4.add(total, v128.and(here, get(p + toV, c)));
    }
  }
  return ties == tiesSplit ? f32x4.div(total, countMaxima(from, largest, c, height, width, down, right)) : total;
}

/** How many entries of a window are its maximum; 1 where there is none, as in a window that contains NaN. */
function countMaxima(
    from: usize, largest: v128, c: i32, height: i32, width: i32, down: usize, right: usize): v128 {
  const one = f32x4.splat(1);
  let count = f32x4.splat(0);
  for (let row = from; height > 0; --height, row += down) {
    let p = row;
    for (let k = width; k > 0; --k, p += right) {
      count = f32x4.add(count, v128.and(f32x4.eq(get(p, c), largest), one));
    }
  }
  return f32x4.pmax(count, one);
}
