/**
 * Depthwise convolution: filters w [kh, kw, C, M], output channel c M + m from input channel c. All sums are gathered,
 * so that no two units write to the same place.
 */
import {fma, get, put} from './lanes';
import {
  batch, channels, dilationX, dilationY, endTap, firstTap, inHeight, inWidth, kernelHeight, kernelWidth, left,
  outHeight, outWidth, strideX, strideY, top,
} from './window';

/** Up to four of the entries of x that output channels from c M + m on are made of. */
// @ts-ignore: decorator
@inline function spread(x: usize, channel: i32, multiplier: i32, lanes: i32): v128 {
  if (multiplier == 1) return get(x + <usize>channel * 4, lanes);
  let v = v128.load32_splat(x + <usize>(channel / multiplier) * 4);
  if (multiplier % 4 == 0) return v;
  if (lanes > 1) v = v128.load_lane<f32>(x + <usize>((channel + 1) / multiplier) * 4, v, 1);
  if (lanes > 2) v = v128.load_lane<f32>(x + <usize>((channel + 2) / multiplier) * 4, v, 2);
  if (lanes > 3) v = v128.load_lane<f32>(x + <usize>((channel + 3) / multiplier) * 4, v, 3);
  return v;
}

/** Up to four entries, `step` bytes apart. */
// @ts-ignore: decorator
@inline function strided(p: usize, step: usize, lanes: i32): v128 {
  if (step == 4) return get(p, lanes);
  let v = v128.load32_zero(p);
  if (lanes > 1) v = v128.load_lane<f32>(p + step, v, 1);
  if (lanes > 2) v = v128.load_lane<f32>(p + 2 * step, v, 2);
  if (lanes > 3) v = v128.load_lane<f32>(p + 3 * step, v, 3);
  return v;
}

/** out [N, Ho, Wo, C M] = depthwise conv(x, w) + bias, which is absent when 0. A unit is a row of the output. */
export function depthwiseForward(
    x: usize, w: usize, bias: usize, out: usize, multiplier: i32, scratch: usize, from: i32, to: i32): void {
  const filters = channels * multiplier;
  const pixel = <usize>channels * 4, tap = <usize>filters * 4;
  const down = <usize>(dilationY * inWidth) * pixel, right = <usize>dilationX * pixel;
  out += <usize>(from * outWidth) * tap;
  for (let u = from; u < to; ++u) {
    const startY = u % outHeight * strideY - top;
    const firstY = firstTap(startY, dilationY), endY = endTap(startY, dilationY, kernelHeight, inHeight, firstY);
    const row = u / outHeight * inHeight + startY + firstY * dilationY;
    for (let j = 0; j < outWidth; ++j, out += tap) {
      const startX = j * strideX - left;
      const firstX = firstTap(startX, dilationX), endX = endTap(startX, dilationX, kernelWidth, inWidth, firstX);
      const corner = x + <usize>(row * inWidth + startX + firstX * dilationX) * pixel;
      const filter = w + <usize>(firstY * kernelWidth + firstX) * tap;
      for (let k = 0; k < filters; k += 4) {
        const at = <usize>k * 4, lanes = filters - k;
        let v = bias ? get(bias + at, lanes) : f32x4.splat(0);
        let p = corner, q = filter + at;
        for (let ky = firstY; ky < endY; ++ky, p += down, q += <usize>kernelWidth * tap) {
          let px = p, qx = q;
          for (let kx = firstX; kx < endX; ++kx, px += right, qx += tap) {
            v = fma(spread(px, k, multiplier, lanes), get(qx, lanes), v);
          }
        }
        if (endY - firstY < kernelHeight || endX - firstX < kernelWidth) {
          v = f32x4.add(v, paddedProducts(w + at, tap, lanes, firstY, endY, firstX, endX));
        }
        put(out + at, v, lanes);
      }
    }
  }
}

/** Zeros of the padding times what meets them: NaN where that is not finite. */
function paddedProducts(w: usize, tap: usize, lanes: i32, firstY: i32, endY: i32, firstX: i32, endX: i32): v128 {
  const zero = f32x4.splat(0);
  let v = zero;
  for (let ky = 0; ky < kernelHeight; ++ky) {
    for (let kx = 0; kx < kernelWidth; ++kx, w += tap) {
      if (ky >= firstY && ky < endY && kx >= firstX && kx < endX) continue;
      v = f32x4.add(v, f32x4.mul(zero, get(w, lanes)));
    }
  }
  return v;
}

/** dx [N, H, W, C]. A unit is a row of the input. */
export function depthwiseInputGrad(
    dout: usize, w: usize, dx: usize, multiplier: i32, scratch: usize, from: i32, to: i32): void {
  const pixel = <usize>channels * 4, tap = pixel * multiplier, step = <usize>multiplier * 4;
  dx += <usize>(from * inWidth) * pixel;
  for (let u = from; u < to; ++u) {
    const n = u / inHeight, y = u % inHeight + top;
    for (let x = 0; x < inWidth; ++x, dx += pixel) {
      for (let c = 0; c < channels; c += 4) {
        const at = <usize>c * step, lanes = channels - c;
        let v = f32x4.splat(0);
        for (let ky = 0; ky < kernelHeight; ++ky) {
          const i = y - ky * dilationY;
          if (i < 0 || i % strideY != 0 || i / strideY >= outHeight) continue;
          const row = (n * outHeight + i / strideY) * outWidth;
          for (let kx = 0; kx < kernelWidth; ++kx) {
            const j = x + left - kx * dilationX;
            if (j < 0 || j % strideX != 0 || j / strideX >= outWidth) continue;
            const d = dout + <usize>(row + j / strideX) * tap + at;
            const q = w + <usize>(ky * kernelWidth + kx) * tap + at;
            for (let m: usize = 0; m < step; m += 4) {
              v = fma(strided(d + m, step, lanes), strided(q + m, step, lanes), v);
            }
          }
        }
        put(dx + <usize>c * 4, v, lanes);
      }
    }
  }
}

/** Slices of the output's rows, each with sums of its own. */
export function depthwiseSlices(): i32 {
  return max(1, min(16, batch * outHeight / 16));
}

/** dw, slice by slice: the sums of slice s, [kh, kw, C, M], are at dw + s * (floats of dw). A unit is a slice. */
export function depthwiseFilterGrad(
    x: usize, dout: usize, dw: usize, multiplier: i32, scratch: usize, from: i32, to: i32): void {
  const filters = channels * multiplier, slices = depthwiseSlices(), size = kernelHeight * kernelWidth * filters;
  for (let s = from; s < to; ++s) {
    const first = <i32>(<i64>batch * outHeight * s / slices), end = <i32>(<i64>batch * outHeight * (s + 1) / slices);
    const sums = dw + <usize>s * size * 4;
    memory.fill(sums, 0, <usize>size * 4);
    for (let u = first; u < end; ++u) addRow(x, dout, sums, u, multiplier);
  }
}

/** dw += the products of one row of the output with what its windows hold. */
function addRow(x: usize, dout: usize, dw: usize, u: i32, multiplier: i32): void {
  const filters = channels * multiplier, pixel = <usize>channels * 4, tap = <usize>filters * 4;
  const row = dout + <usize>(u * outWidth) * tap, right = <usize>strideX * pixel;
  for (let ky = 0; ky < kernelHeight; ++ky) {
    const y = u % outHeight * strideY - top + ky * dilationY;
    const rowInside = <u32>y < <u32>inHeight;
    for (let kx = 0; kx < kernelWidth; ++kx) {
      // Positions j from which this tap is in the image: 0 <= j S - left + kx D < W.
      const shift = kx * dilationX - left;
      const first = !rowInside ? outWidth : shift >= 0 ? 0 : min(outWidth, (strideX - 1 - shift) / strideX);
      const end = !rowInside ? outWidth : max(first, min(outWidth, shift >= inWidth ? 0 : (inWidth - 1 - shift) / strideX + 1));
      const from = x + <usize>((u / outHeight * inHeight + y) * inWidth + first * strideX + shift) * pixel;
      const to = dw + <usize>(ky * kernelWidth + kx) * tap;
      for (let k = 0; k < filters; k += 4) {
        const at = <usize>k * 4, lanes = filters - k;
        const zero = f32x4.splat(0);
        let v = zero, p = from, d = row + at;
        for (let j = 0; j < first; ++j, d += tap) v = fma(zero, get(d, lanes), v);
        for (let j = first; j < end; ++j, p += right, d += tap) v = fma(spread(p, k, multiplier, lanes), get(d, lanes), v);
        for (let j = end; j < outWidth; ++j, d += tap) v = fma(zero, get(d, lanes), v);
        put(to + at, f32x4.add(get(to + at, lanes), v), lanes);
      }
    }
  }
}
