/**
 * Patches of images that exist for a few positions at a time, in scratch that stays in the cache, never the whole
 * im2col: as strips of five positions, [(kh, kw, c), 5] each, for a product from the left, or as rows.
 */
import {addTo, clear, copy} from './lanes';
import {interleave, roundUp, tileRows} from './product';
import {
  batch, channels, dilationX, dilationY, endTap, firstTap, inHeight, inWidth, kernelHeight, kernelWidth, left,
  outHeight, outWidth, strideX, strideY, top,
} from './window';

/** Bytes from patch to patch: an odd number of cache lines, so that a column of patches does not fall into one set. */
export function patchStride(size: i32): usize {
  return <usize>(((size + 15) >> 4) | 1) << 6;
}

// @ts-ignore: decorator
@inline export function positions(): i32 {
  return batch * outHeight * outWidth;
}

/** Floats of scratch that {@link packPatches} asks for: `size` zeros, and where the five windows begin. */
export function packScratch(size: i32): i32 {
  return roundUp(size, 4) + 3 * tileRows + 1;
}

/**
 * Strips of `count` positions from position `from` on; channels `offset` to `offset + size`. A strip of fewer
 * positions holds its last one again. `zeros` is scratch as {@link packScratch} says, beginning with `size` zeros.
 */
export function packPatches(
    image: usize, offset: i32, size: i32, from: i32, count: i32, dst: usize, zeros: usize): void {
  const dense = dilationX == 1 && size == channels;
  const windows = zeros + <usize>roundUp(size, 4) * 4;
  image += <usize>offset * 4;
  for (; count > 0; count -= tileRows, from += tileRows) {
    const inside = placeStrip(windows, from, min(count, tileRows));
    for (let ky = 0; ky < kernelHeight; ++ky) {
      const isRun = dense && inside && rowsInside(windows, ky);
      const runs = isRun ? 1 : kernelWidth, length = isRun ? kernelWidth * size : size;
      for (let kx = 0; kx < runs; ++kx, dst += <usize>length * 20) {
        interleave(tapAt(image, windows, ky, kx, zeros), tapAt(image, windows + 12, ky, kx, zeros),
            tapAt(image, windows + 24, ky, kx, zeros), tapAt(image, windows + 36, ky, kx, zeros),
            tapAt(image, windows + 48, ky, kx, zeros), length, dst, 20);
      }
    }
  }
}

/** Where five windows begin, as (image, y, x) each; returns whether all columns of all of them are in the image. */
function placeStrip(windows: usize, from: i32, count: i32): bool {
  let x = from % outWidth, y = from / outWidth % outHeight, n = from / outWidth / outHeight;
  const lastX = inWidth - (kernelWidth - 1) * dilationX;
  let inside = true;
  for (let i = 1; i <= tileRows; ++i, windows += 12) {
    const startX = x * strideX - left;
    if (startX < 0 || startX >= lastX) inside = false;
    store<i32>(windows, n);
    store<i32>(windows, y * strideY - top, 4);
    store<i32>(windows, startX, 8);
    if (i < count && ++x == outWidth) {
      x = 0;
      if (++y == outHeight) {
        y = 0;
        ++n;
      }
    }
  }
  return inside;
}

function rowsInside(windows: usize, ky: i32): bool {
  for (let i = 0; i < tileRows; ++i, windows += 12) {
    if (<u32>(load<i32>(windows, 4) + ky * dilationY) >= <u32>inHeight) return false;
  }
  return true;
}

/** The pixel under a tap of a window; zeros where that is outside the image. */
// @ts-ignore: decorator
@inline function tapAt(image: usize, window: usize, ky: i32, kx: i32, zeros: usize): usize {
  const y = load<i32>(window, 4) + ky * dilationY, x = load<i32>(window, 8) + kx * dilationX;
  if (<u32>y >= <u32>inHeight || <u32>x >= <u32>inWidth) return zeros;
  return image + <usize>((load<i32>(window) * inHeight + y) * inWidth + x) * channels * 4;
}

/** Which rows of the window, and of the image, {@link movePatches} is about. */
export let firstKy: i32 = 0;
export let endKy: i32 = 0;
export let firstRow: i32 = 0;
export let endRow: i32 = 0;

export function limitPatches(firstKy_: i32, endKy_: i32, firstRow_: i32, endRow_: i32): void {
  firstKy = firstKy_;
  endKy = endKy_;
  firstRow = firstRow_;
  endRow = endRow_;
}

/**
 * Patches of `count` positions from position `from` on, as rows `ld` bytes apart, within the limits; with `back`,
 * patches are added to the image instead. The channels are `offset` to `offset + size`.
 */
export function movePatches(
    image: usize, offset: i32, size: i32, from: i32, count: i32, rows: usize, ld: usize, back: bool): void {
  const dense = dilationX == 1 && size == channels;
  const pixel = <usize>channels * 4, entry = <usize>size * 4;
  const down = <usize>(dilationY * inWidth) * pixel, right = <usize>dilationX * pixel;
  const lastX = inWidth - (kernelWidth - 1) * dilationX;
  const reach = (endKy - firstKy - 1) * dilationY;
  let x = from % outWidth;
  let y = from / outWidth % outHeight;
  let n = from / outWidth / outHeight;
  for (; count > 0; --count, rows += ld) {
    const startY = y * strideY - top + firstKy * dilationY, startX = x * strideX - left;
    let first = 0, end = kernelWidth;
    const inside = startX >= 0 && startX < lastX;
    if (!inside) {
      first = firstTap(startX, dilationX);
      end = endTap(startX, dilationX, kernelWidth, inWidth, first);
    }
    if (!back && !(inside && startY >= firstRow && startY + reach < endRow)) {
      clear(rows, (endKy - firstKy) * kernelWidth * size);
    }
    if (first < end) {
      const corner = (n * inHeight + startY) * inWidth + startX + first * dilationX;
      let p = image + <usize>corner * pixel + <usize>offset * 4;
      let row = rows + <usize>first * entry;
      for (let at = startY, ky = firstKy; ky < endKy; ++ky, at += dilationY, p += down, row += <usize>kernelWidth * entry) {
        if (at < firstRow || at >= endRow) continue;
        if (dense) {
          move(row, p, (end - first) * size, back);
        } else {
          let tap = row, pixels = p;
          for (let kx = first; kx < end; ++kx, tap += entry, pixels += right) move(tap, pixels, size, back);
        }
      }
    }
    if (++x == outWidth) {
      x = 0;
      if (++y == outHeight) {
        y = 0;
        ++n;
      }
    }
  }
}

// @ts-ignore: decorator
@inline function move(patch: usize, image: usize, n: i32, back: bool): void {
  if (back) {
    addTo(image, patch, n);
  } else if (n < 4) {
    copy(patch, image, n);
  } else {
    const last = <usize>(n - 4) << 2;
    for (let i: usize = 0; i < last; i += 16) v128.store(patch + i, v128.load(image + i));
    v128.store(patch + last, v128.load(image + last));
  }
}
