/** Average pooling: a window's cells in the padding are not counted; a window without any cell in the image gives 0. */
import {addTo, clear, get, put} from './lanes';
import {join, rowsSummed} from './normalization';
import {roundUp} from './product';
import {
  batch, channels, dilationX, dilationY, endTap, firstTap, inHeight, inWidth, kernelHeight, kernelWidth, left,
  outHeight, outWidth, strideX, strideY, top,
} from './window';

/** Floats of scratch that each thread of {@link averagePool} asks for: a part of the sums, and doubles for them. */
export function averageScratch(): i32 {
  return 3 * roundUp(channels, 4);
}

/** out [N, Ho, Wo, C]; a unit is a row of the output. Sums of many cells are doubles, so that they keep their digits. */
export function averagePool(x: usize, out: usize, scratch: usize, from: i32, to: i32): void {
  const pixel = <usize>channels * 4;
  const down = <usize>(dilationY * inWidth) * pixel, right = <usize>dilationX * pixel;
  const rounded = roundUp(channels, 4), total = scratch + <usize>rounded * 4;
  out += <usize>(from * outWidth) * pixel;
  for (let u = from; u < to; ++u) {
    const startY = u % outHeight * strideY - top;
    const firstY = firstTap(startY, dilationY);
    const rows = endTap(startY, dilationY, kernelHeight, inHeight, firstY) - firstY;
    const y = u / outHeight * inHeight + startY + firstY * dilationY;
    for (let j = 0; j < outWidth; ++j, out += pixel) {
      const startX = j * strideX - left;
      const firstX = firstTap(startX, dilationX);
      const columns = endTap(startX, dilationX, kernelWidth, inWidth, firstX) - firstX;
      const cells = rows * columns, isLong = cells > rowsSummed, sum = isLong ? scratch : out;
      clear(sum, channels);
      if (rows <= 0 || columns <= 0) continue;
      if (isLong) memory.fill(total, 0, <usize>rounded * 8);
      let row = x + <usize>(y * inWidth + startX + firstX * dilationX) * pixel, i = 0;
      for (let ky = 0; ky < rows; ++ky, row += down) {
        let p = row;
        for (let kx = 0; kx < columns; ++kx, p += right) {
          addTo(sum, p, channels);
          if (isLong && ++i % rowsSummed == 0) join(total, sum, channels);
        }
      }
      if (!isLong) {
        divide(out, <f32>cells, channels);
        continue;
      }
      join(total, sum, channels);
      for (let c: usize = 0; c < <usize>channels; ++c) {
        store<f32>(out + c * 4, <f32>(load<f64>(total + c * 8) / <f64>cells));
      }
    }
  }
}

function divide(p: usize, by: f32, n: i32): void {
  const divisor = f32x4.splat(by);
  for (; n > 0; n -= 4, p += 16) put(p, f32x4.div(get(p, n), divisor), n);
}

/** How many taps of the window at output position `at` are in the image, along one axis. */
function taps(at: i32, stride: i32, before: i32, dilation: i32, kernel: i32, size: i32): i32 {
  const start = at * stride - before, first = firstTap(start, dilation);
  return endTap(start, dilation, kernel, size, first) - first;
}

/** dx [N, H, W, C]: each pixel's share of the windows that it is in. A unit is a row of the input. */
export function averagePoolGrad(dout: usize, dx: usize, scratch: usize, from: i32, to: i32): void {
  const pixel = <usize>channels * 4;
  dx += <usize>(from * inWidth) * pixel;
  for (let u = from; u < to; ++u) {
    const n = u / inHeight, y = u % inHeight;
    clear(dx, inWidth * channels);
    for (let ky = 0; ky < kernelHeight; ++ky) {
      const i = y + top - ky * dilationY;
      if (i < 0 || i % strideY != 0 || i / strideY >= outHeight) continue;
      const rows = taps(i / strideY, strideY, top, dilationY, kernelHeight, inHeight);
      const row = dout + <usize>((n * outHeight + i / strideY) * outWidth) * pixel;
      for (let j = 0; j < outWidth; ++j) {
        const startX = j * strideX - left, first = firstTap(startX, dilationX);
        const end = endTap(startX, dilationX, kernelWidth, inWidth, first);
        const share = f32x4.splat(<f32>1 / <f32>(rows * (end - first)));
        for (let kx = first; kx < end; ++kx) {
          addScaled(dx + <usize>(startX + kx * dilationX) * pixel, row + <usize>j * pixel, share, channels);
        }
      }
    }
    dx += <usize>inWidth * pixel;
  }
}

function addScaled(to: usize, p: usize, factor: v128, n: i32): void {
  for (; n > 0; n -= 4, to += 16, p += 16) put(to, f32x4.add(get(to, n), f32x4.mul(get(p, n), factor)), n);
}
