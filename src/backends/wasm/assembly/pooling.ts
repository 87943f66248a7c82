/** Max pooling, four channels at a time; a window's taps outside the image are not visited at all. */
import {clear, get, put} from './lanes';
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

/** out [N, Ho, Wo, C]: the largest entry of each window, NaN where one is NaN. */
export function maxPool(x: usize, out: usize): void {
  const down = rowStep(), right = columnStep();
  for (let n = 0; n < batch; ++n) {
    for (let i = 0; i < outHeight; ++i) {
      for (let j = 0; j < outWidth; ++j) {
        place(n, i, j);
        const height = rows, width = columns;
        let from = x + corner, c = channels;
        for (; c >= 4; c -= 4, from += 16, out += 16) v128.store(out, maximum(from, 4, height, width, down, right));
        if (c > 0) {
          put(out, maximum(from, c, height, width, down, right), c);
          out += <usize>c << 2;
        }
      }
    }
  }
}

// @ts-ignore: decorator
@inline function maximum(from: usize, c: i32, height: i32, width: i32, down: usize, right: usize): v128 {
  let best = f32x4.splat(-Infinity), unordered = i32x4.splat(0);
  for (let row = from, ky = height; ky > 0; --ky, row += down) {
    for (let p = row, kx = width; kx > 0; --kx, p += right) {
      const v = get(p, c);
      best = f32x4.pmax(best, v);
      unordered = v128.or(unordered, f32x4.ne(v, v));
    }
  }
  return v128.or(best, unordered);  // all bits set is a NaN
}

/** dx [N, H, W, C]: each window's dout added at its maxima. */
export function maxPoolScatter(dout: usize, x: usize, out: usize, dx: usize, ties: i32): void {
  const down = rowStep(), right = columnStep();
  const toDout = dout - out, toDx = dx - x;
  clear(dx, batch * inHeight * inWidth * channels);
  for (let n = 0; n < batch; ++n) {
    for (let i = 0; i < outHeight; ++i) {
      for (let j = 0; j < outWidth; ++j) {
        place(n, i, j);
        const height = rows, width = columns;
        let from = x + corner, c = channels;
        for (; c >= 4; c -= 4, from += 16, out += 16) {
          scatter(toDout, toDx, from, out, 4, height, width, down, right, ties);
        }
        if (c > 0) {
          scatter(toDout, toDx, from, out, c, height, width, down, right, ties);
          out += <usize>c << 2;
        }
      }
    }
  }
}

// @ts-ignore: decorator
@inline function scatter(
    toDout: usize, toDx: usize, from: usize, out: usize, c: i32, height: i32, width: i32, down: usize, right: usize,
    ties: i32): void {
  const largest = get(out, c);
  let share = get(out + toDout, c), free = i32x4.splat(-1);
  if (ties == tiesSplit) share = f32x4.div(share, countMaxima(from, largest, c, height, width, down, right));
  const once = ties == tiesFirst ? free : i32x4.splat(0);
  for (let row = from, ky = height; ky > 0; --ky, row += down) {
    for (let p = row, kx = width; kx > 0; --kx, p += right) {
      const here = v128.and(f32x4.eq(get(p, c), largest), free);
      free = v128.andnot(free, v128.and(here, once));
      put(p + toDx, f32x4.add(get(p + toDx, c), v128.and(here, share)), c);
    }
  }
}

/** sum [N, Ho, Wo, C]: what v holds at each window's maxima, added up. */
export function maxPoolGather(v: usize, x: usize, out: usize, sum: usize, ties: i32): void {
  const down = rowStep(), right = columnStep();
  const toV = v - x;
  for (let n = 0; n < batch; ++n) {
    for (let i = 0; i < outHeight; ++i) {
      for (let j = 0; j < outWidth; ++j) {
        place(n, i, j);
        const height = rows, width = columns;
        let from = x + corner;
        for (let c = channels; c > 0; c -= 4, from += 16) {
          put(sum, gather(toV, from, get(out, c), c, height, width, down, right, ties), c);
          const step = min(c, 4) << 2;
          out += step;
          sum += step;
        }
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

/** How many entries of a window are its maximum; 1 where there is none, as in a window that holds NaN. */
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
