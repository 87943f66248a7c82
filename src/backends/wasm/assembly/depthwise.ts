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
  return multiplier == 1 ? get(x + <usize>channel * 4, lanes) : repeated(x, channel, multiplier, lanes);
}

function repeated(x: usize, channel: i32, multiplier: i32, lanes: i32): v128 {
  let v = v128.load32_splat(x + <usize>(channel / multiplier) * 4);
  if (multiplier % 4 == 0) return v;
  if (lanes > 1) v = v128.load_lane<f32>(x + <usize>((channel + 1) / multiplier) * 4, v, 1);
  if (lanes > 2) v = v128.load_lane<f32>(x + <usize>((channel + 2) / multiplier) * 4, v, 2);
  if (lanes > 3) v = v128.load_lane<f32>(x + <usize>((channel + 3) / multiplier) * 4, v, 3);
  return v;
}

/** Up to four entries, `step` bytes apart. */
function strided(p: usize, step: usize, lanes: i32): v128 {
  if (step == 4) return get(p, lanes);
  let v = v128.load32_zero(p);
  if (lanes > 1) v = v128.load_lane<f32>(p + step, v, 1);
  if (lanes > 2) v = v128.load_lane<f32>(p + 2 * step, v, 2);
  if (lanes > 3) v = v128.load_lane<f32>(p + 3 * step, v, 3);
  return v;
}

/**
 * Four places of out, ldo bytes apart, of four channels: start + the sum over ky x kx taps of x at p, `down` and `right`
 * from tap to tap and `next` from place to place, times w at q.
 */
function fourPlaces(
    p: usize, next: usize, down: usize, right: usize, q: usize, qDown: usize, qRight: usize, ky: i32, kx: i32,
    start: usize, out: usize, ldo: usize): void {
  let v0 = start ? v128.load(start) : f32x4.splat(0), v1 = v0, v2 = v0, v3 = v0;
  for (; ky > 0; --ky, p += down, q += qDown) {
    let p0 = p, p2 = p + 2 * next, f = q;
    for (let i = kx; i > 0; --i, p0 += right, p2 += right, f += qRight) {
      const w = v128.load(f);
      v0 = fma(v128.load(p0), w, v0);
      v1 = fma(v128.load(p0 + next), w, v1);
      v2 = fma(v128.load(p2), w, v2);
      v3 = fma(v128.load(p2 + next), w, v3);
    }
  }
  v128.store(out, v0);
  v128.store(out + ldo, v1);
  v128.store(out + 2 * ldo, v2);
  v128.store(out + 3 * ldo, v3);
}

/** out [N, Ho, Wo, C M] = depthwise conv(x, w) + bias, which is absent when 0. A unit is a row of the output. */
export function depthwiseForward(
    x: usize, w: usize, bias: usize, out: usize, multiplier: i32, scratch: usize, from: i32, to: i32): void {
  const filters = channels * multiplier;
  const pixel = <usize>channels * 4, tap = <usize>filters * 4;
  const down = <usize>(dilationY * inWidth) * pixel, right = <usize>dilationX * pixel, next = <usize>strideX * pixel;
  out += <usize>(from * outWidth) * tap;
  for (let u = from; u < to; ++u) {
    const startY = u % outHeight * strideY - top;
    const firstY = firstTap(startY, dilationY), endY = endTap(startY, dilationY, kernelHeight, inHeight, firstY);
    const row = u / outHeight * inHeight + startY + firstY * dilationY;
    for (let j = 0; j < outWidth;) {
      const startX = j * strideX - left, lastX = startX + 3 * strideX;
      const firstX = firstTap(startX, dilationX), endX = endTap(startX, dilationX, kernelWidth, inWidth, firstX);
      const corner = x + <usize>(row * inWidth + startX + firstX * dilationX) * pixel;
      const filter = w + <usize>(firstY * kernelWidth + firstX) * tap;
      const isInside = endY - firstY == kernelHeight && endX - firstX == kernelWidth;
      // Four places at once where all see the same taps.
      const isFour = multiplier == 1 && j + 3 < outWidth && firstTap(lastX, dilationX) == firstX &&
          endTap(lastX, dilationX, kernelWidth, inWidth, firstX) == endX;
      const places = isFour ? 4 : 1;
      let k = 0;
      if (isFour) {
        for (; k + 4 <= filters; k += 4) {
          const at = <usize>k * 4;
          fourPlaces(corner + at, next, down, right, filter + at, <usize>kernelWidth * tap, tap, endY - firstY,
              endX - firstX, bias ? bias + at : 0, out + at, tap);
          if (!isInside) {
            const padded = paddedProducts(w + at, tap, 4, firstY, endY, firstX, endX);
            for (let i = 0; i < 4; ++i) {
              const place = out + <usize>i * tap + at;
              v128.store(place, f32x4.add(v128.load(place), padded));
            }
          }
        }
      }
      const rest = k;
      for (let i = 0; i < places; ++i, ++j, out += tap) {
        for (k = rest; k < filters; k += 4) {
          const at = <usize>k * 4, lanes = filters - k;
          let v = bias ? get(bias + at, lanes) : f32x4.splat(0);
          let p = corner + <usize>i * next, q = filter + at;
          for (let ky = firstY; ky < endY; ++ky, p += down, q += <usize>kernelWidth * tap) {
            let px = p, qx = q;
            for (let kx = firstX; kx < endX; ++kx, px += right, qx += tap) {
              v = fma(spread(px, k, multiplier, lanes), get(qx, lanes), v);
            }
          }
          if (!isInside) v = f32x4.add(v, paddedProducts(w + at, tap, lanes, firstY, endY, firstX, endX));
          put(out + at, v, lanes);
        }
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

// The taps through which a place of the padded image is in windows: the first, and how many.
let tapFirst: i32 = 0;
let tapCount: i32 = 0;

function findTaps(at: i32, stride: i32, dilation: i32, kernel: i32, size: i32): void {
  tapFirst = 0;
  tapCount = 0;
  for (let k = 0; k < kernel; ++k) {
    const i = at - k * dilation;
    if (i < 0 || i % stride != 0 || i / stride >= size) continue;
    if (tapCount == 0) tapFirst = k;
    ++tapCount;
  }
}

/** From tap to tap of the same place: the least multiple of the dilation that is one of the stride, in dilations. */
function tapStep(stride: i32, dilation: i32): i32 {
  let step = 1;
  while (step * dilation % stride != 0) ++step;
  return step;
}

/** Floats of scratch that each thread of {@link depthwiseInputGrad} asks for: the taps of each column. */
export function depthwiseScratch(): i32 {
  return 2 * inWidth;
}

/** dx [N, H, W, C]. A unit is a row of the input. */
export function depthwiseInputGrad(
    dout: usize, w: usize, dx: usize, multiplier: i32, scratch: usize, from: i32, to: i32): void {
  const pixel = <usize>channels * 4, tap = pixel * multiplier, step = <usize>multiplier * 4;
  const stepY = tapStep(strideY, dilationY), stepX = tapStep(strideX, dilationX);
  // A later tap looks at an earlier output.
  const down = <usize>(-(stepY * dilationY / strideY) * outWidth) * tap, right = <usize>-(stepX * dilationX / strideX) * tap;
  const qDown = <usize>(stepY * kernelWidth) * tap, qRight = <usize>stepX * tap;
  for (let x = 0; x < inWidth; ++x) {
    findTaps(x + left, strideX, dilationX, kernelWidth, outWidth);
    store<i32>(scratch + <usize>x * 8, tapFirst);
    store<i32>(scratch + <usize>x * 8, tapCount, 4);
  }
  for (let u = from; u < to; ++u) {
    const y = u % inHeight + top;
    findTaps(y, strideY, dilationY, kernelHeight, outHeight);
    const firstY = tapFirst, rows = tapCount;
    const row = u / inHeight * outHeight + (y - firstY * dilationY) / strideY;
    for (let block = 0; block < inWidth; block += 4 * strideX) {
      for (let x = block; x < min(inWidth, block + strideX); ++x) {
        // x and the next three places, whose windows are the next ones. What two ends have in common has all in between.
        const taps = scratch + <usize>x * 8, last = x + 3 * strideX;
        const isFour = multiplier == 1 && load<i32>(taps, 4) > 0 && last < inWidth &&
            load<i64>(taps) == load<i64>(scratch + <usize>last * 8);
        let c = 0;
        if (isFour) {
          const firstX = load<i32>(taps);
          const d = dout + <usize>(row * outWidth + (x + left - firstX * dilationX) / strideX) * tap;
          const q = w + <usize>(firstY * kernelWidth + firstX) * tap;
          for (; c + 4 <= channels; c += 4) {
            const at = <usize>c * 4;
            fourPlaces(d + at, tap, down, right, q + at, qDown, qRight, rows, load<i32>(taps, 4), 0,
                dx + <usize>(u * inWidth + x) * pixel + at, <usize>strideX * pixel);
          }
        }
        const rest = c;
        for (let place = x; place < min(inWidth, block + 4 * strideX); place += strideX) {
          const firstX = load<i32>(scratch + <usize>place * 8), columns = load<i32>(scratch + <usize>place * 8, 4);
          const d = dout + <usize>(row * outWidth + (place + left - firstX * dilationX) / strideX) * tap;
          const q = w + <usize>(firstY * kernelWidth + firstX) * tap;
          for (c = rest; c < channels; c += 4) {
            const at = <usize>c * step, lanes = channels - c;
            let v = f32x4.splat(0);
            for (let ky = 0; ky < rows; ++ky) {
              let p = d + <usize>ky * down + at, f = q + <usize>ky * qDown + at;
              for (let kx = 0; kx < columns; ++kx, p += right, f += qRight) {
                for (let m: usize = 0; m < step; m += 4) v = fma(strided(p + m, step, lanes), strided(f + m, step, lanes), v);
              }
            }
            put(dx + <usize>(u * inWidth + place) * pixel + <usize>c * 4, v, lanes);
          }
        }
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
        let v = zero, p = from, d = row + at, j = first;
        for (let i = 0; i < first; ++i, d += tap) v = fma(zero, get(d, lanes), v);
        if (multiplier == 1 && lanes >= 4) {
          p += at;
          let v1 = zero, v2 = zero, v3 = zero;
          for (; j + 4 <= end; j += 4, p += 4 * right, d += 4 * tap) {
            const p2 = p + 2 * right, d2 = d + 2 * tap;
            v = fma(v128.load(p), v128.load(d), v);
            v1 = fma(v128.load(p + right), v128.load(d + tap), v1);
            v2 = fma(v128.load(p2), v128.load(d2), v2);
            v3 = fma(v128.load(p2 + right), v128.load(d2 + tap), v3);
          }
          v = f32x4.add(f32x4.add(v, v1), f32x4.add(v2, v3));
          p -= at;
        }
        for (; j < end; ++j, p += right, d += tap) v = fma(spread(p, k, multiplier, lanes), get(d, lanes), v);
        for (; j < outWidth; ++j, d += tap) v = fma(zero, get(d, lanes), v);
        put(to + at, f32x4.add(get(to + at, lanes), v), lanes);
      }
    }
  }
}
