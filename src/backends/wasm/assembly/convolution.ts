/**
 * Convolution as a product with patches that exist for a few positions at a time: [positions, (kh, kw, c)] in scratch
 * that stays in the cache, never the whole im2col. The three products are
 *
 *     out = patches w        dw += patches^T dout        patches' = dout w^T, added back to where they came from
 */
import {addTo, clear, copy} from './lanes';
import {
  depth, edgeSize, pack, packedSize, panelsFirst, rowsFirst, takeEdge, tileRows,
} from './product';
import {
  batch, channels, dilationX, dilationY, endTap, firstTap, inHeight, inWidth, kernelHeight, kernelWidth, left,
  outHeight, outWidth, strideX, strideY, top,
} from './window';

/** Positions worked off at a time in the forward and in the input gradient. */
const positionsAtOnce: i32 = 40;
/** Positions added up at a time in the filter gradient. */
const positionsSummed: i32 = 192;

/** Bytes from patch to patch: an odd number of cache lines, so that a column of patches does not fall into one set. */
function patchStride(size: i32): usize {
  return <usize>(((size + 15) >> 4) | 1) << 6;
}

/** Floats of scratch that the three kernels ask for, with `filters` and `groups`. */
export function convolutionScratch(filters: i32, groups: i32): i32 {
  const size = kernelHeight * kernelWidth * (channels / groups);
  const perGroup = filters / groups;
  const patches = positionsSummed * <i32>(patchStride(size) >> 2);
  const packedFilters = max(packedSize(size, perGroup), packedSize(perGroup, size));
  return edgeSize + patches + max(packedFilters, packedSize(positionsSummed, perGroup));
}

/**
 * Patches of `count` positions from position `from` on; with `back`, patches are added to the image instead. The
 * channels are those of one group, `offset` the first of them.
 */
function patches(
    image: usize, offset: i32, size: i32, from: i32, count: i32, rows: usize, ld: usize, back: bool): void {
  const dense = dilationX == 1 && size == channels;
  const pixel = <usize>channels * 4, entry = <usize>size * 4;
  const down = <usize>(dilationY * inWidth) * pixel, right = <usize>dilationX * pixel;
  const lastY = inHeight - (kernelHeight - 1) * dilationY, lastX = inWidth - (kernelWidth - 1) * dilationX;
  let x = from % outWidth;
  let y = from / outWidth % outHeight;
  let n = from / outWidth / outHeight;
  for (; count > 0; --count, rows += ld) {
    const startY = y * strideY - top, startX = x * strideX - left;
    let first = 0, end = kernelWidth;
    const inside = startX >= 0 && startX < lastX;
    if (!inside) {
      first = firstTap(startX, dilationX);
      end = endTap(startX, dilationX, kernelWidth, inWidth, first);
    }
    if (!back && !(inside && startY >= 0 && startY < lastY)) clear(rows, kernelHeight * kernelWidth * size);
    if (first < end) {
      const corner = (n * inHeight + startY) * inWidth + startX + first * dilationX;
      let p = image + <usize>corner * pixel + <usize>offset * 4;
      let row = rows + <usize>first * entry;
      for (let ky = 0; ky < kernelHeight; ++ky, p += down, row += <usize>kernelWidth * entry) {
        if (<u32>(startY + ky * dilationY) >= <u32>inHeight) continue;
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

// @ts-ignore: decorator
@inline function positions(): i32 {
  return batch * outHeight * outWidth;
}

/** out [N, Ho, Wo, K] = conv(x, w) + bias, which is absent when 0. */
export function convForward(
    x: usize, w: usize, bias: usize, out: usize, filters: i32, groups: i32, scratch: usize): void {
  const size = channels / groups, length = kernelHeight * kernelWidth * size, perGroup = filters / groups;
  const ld = patchStride(length), ldo = <usize>filters * 4;
  scratch = takeEdge(scratch);
  const panels = scratch + <usize>positionsAtOnce * ld;
  const total = positions();
  for (let g = 0; g < groups; ++g) {
    const column = <usize>(g * perGroup) * 4;
    packByDepth(w + column, ldo, length, perGroup, panels);
    for (let p = 0; p < total; p += positionsAtOnce) {
      const count = min(positionsAtOnce, total - p);
      patches(x, g * size, size, p, count, scratch, ld, false);
      const to = out + <usize>p * ldo + column;
      for (let k = 0; k < length; k += depth) {
        const here = min(depth, length - k);
        const b = panels + <usize>packedSize(k, perGroup) * 4;
        panelsFirst(scratch + <usize>k * 4, ld, 4, <usize>tileRows * ld, b, count, perGroup, here,
            k > 0 ? to : bias ? bias + column : 0, k > 0 ? ldo : 0, to, ldo);
      }
    }
  }
}

/** Packs w [length, perGroup] part by part of the inner dimension. */
function packByDepth(w: usize, ldw: usize, length: i32, perGroup: i32, panels: usize): void {
  for (let k = 0; k < length; k += depth) {
    pack(w + <usize>k * ldw, ldw, 4, min(depth, length - k), perGroup, panels + <usize>packedSize(k, perGroup) * 4);
  }
}

/** dx [N, H, W, C]: dout w^T, the gradient of each patch, added to the image. */
export function convInputGrad(dout: usize, w: usize, dx: usize, filters: i32, groups: i32, scratch: usize): void {
  const size = channels / groups, length = kernelHeight * kernelWidth * size, perGroup = filters / groups;
  const ld = patchStride(length), ldo = <usize>filters * 4;
  scratch = takeEdge(scratch);
  const panels = scratch + <usize>positionsAtOnce * ld;
  const total = positions();
  clear(dx, batch * inHeight * inWidth * channels);
  for (let g = 0; g < groups; ++g) {
    const column = <usize>(g * perGroup) * 4;
    for (let k = 0; k < perGroup; k += depth) {
      pack(w + column + <usize>k * 4, 4, ldo, min(depth, perGroup - k), length,
          panels + <usize>packedSize(k, length) * 4);
    }
    for (let p = 0; p < total; p += positionsAtOnce) {
      const count = min(positionsAtOnce, total - p);
      const from = dout + <usize>p * ldo + column;
      for (let k = 0; k < perGroup; k += depth) {
        const b = panels + <usize>packedSize(k, length) * 4;
        panelsFirst(from + <usize>k * 4, ldo, 4, <usize>tileRows * ldo, b, count, length,
            min(depth, perGroup - k), k > 0 ? scratch : 0, ld, scratch, ld);
      }
      patches(dx, g * size, size, p, count, scratch, ld, true);
    }
  }
}

/** dw [kh, kw, C / groups, K] = patches^T dout. */
export function convFilterGrad(x: usize, dout: usize, dw: usize, filters: i32, groups: i32, scratch: usize): void {
  const size = channels / groups, length = kernelHeight * kernelWidth * size, perGroup = filters / groups;
  const ld = patchStride(length), ldo = <usize>filters * 4;
  scratch = takeEdge(scratch);
  const panels = scratch + <usize>positionsSummed * ld;
  const total = positions();
  for (let g = 0; g < groups; ++g) {
    const column = <usize>(g * perGroup) * 4;
    for (let p = 0; p < total; p += positionsSummed) {
      const count = min(positionsSummed, total - p);
      patches(x, g * size, size, p, count, scratch, ld, false);
      pack(dout + <usize>p * ldo + column, ldo, 4, count, perGroup, panels);
      rowsFirst(scratch, 4, ld, panels, length, perGroup, count, p > 0 ? dw + column : 0, ldo, dw + column, ldo);
    }
  }
}

/** Floats of scratch that im2col and col2im ask for. */
export function columnsScratch(): i32 {
  return positionsAtOnce * <i32>(patchStride(kernelHeight * kernelWidth * channels) >> 2);
}

/** Row of patch entry (tap, channel) in the columns of im2col. */
// @ts-ignore: decorator
@inline function columnRow(tap: i32, channel: i32, channelsFirst: bool): i32 {
  return channelsFirst ? channel * kernelHeight * kernelWidth + tap : tap * channels + channel;
}

/** Patches as columns [kh kw c, positions], through patches as rows in scratch. */
export function im2col(x: usize, cols: usize, channelsFirst: bool, scratch: usize): void {
  moveColumns(x, cols, channelsFirst, scratch, false);
}

/** The adjoint of {@link im2col}: columns added back to an image. */
export function col2im(cols: usize, x: usize, channelsFirst: bool, scratch: usize): void {
  clear(x, batch * inHeight * inWidth * channels);
  moveColumns(x, cols, channelsFirst, scratch, true);
}

function moveColumns(x: usize, cols: usize, channelsFirst: bool, scratch: usize, back: bool): void {
  const taps = kernelHeight * kernelWidth;
  const ld = patchStride(taps * channels);
  const total = positions();
  for (let p = 0; p < total; p += positionsAtOnce) {
    const count = min(positionsAtOnce, total - p);
    if (!back) patches(x, 0, channels, p, count, scratch, ld, false);
    for (let tap = 0; tap < taps; ++tap) {
      for (let c = 0; c < channels; ++c) {
        let patch = scratch + <usize>(tap * channels + c) * 4;
        let col = cols + (<usize>columnRow(tap, c, channelsFirst) * total + p) * 4;
        for (let i = 0; i < count; ++i, patch += ld, col += 4) {
          if (back) store<f32>(patch, load<f32>(col));
          else store<f32>(col, load<f32>(patch));
        }
      }
    }
    if (back) patches(x, 0, channels, p, count, scratch, ld, true);
  }
}
