import type {Tensor4D} from '@tensorflow/tfjs-core';

import type {WindowGeometry} from '../../geometry';
import type {TieRule} from '../kernels';
import {read, wrap} from './arrays';

/** NaN in a window is its maximum; padding counts as minus infinity. */
export function maxPool(x: Tensor4D, g: WindowGeometry): Tensor4D {
  const xs = read(x);
  const out = new Float32Array(g.batch * g.outSize[0] * g.outSize[1] * g.channels);
  eachWindow(g, (taps, count, at) => maximum(xs, taps, count, g.channels, out, at));
  return wrap(out, [g.batch, ...g.outSize, g.channels]);
}

/** dx: dout of each window to its maxima. A window that holds NaN equals none of its entries and gives nothing. */
export function maxPoolScatter(
    dout: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  const [douts, xs, outs] = [read(dout), read(x), read(out)];
  const dx = new Float32Array(xs.length);
  eachWindow(g, (taps, count, at) => scatter(douts, xs, outs, dx, taps, count, g.channels, at, ties));
  return wrap(dx, [g.batch, ...g.inSize, g.channels]);
}

/** Each window's sum, or mean under 'split', of v over its maxima. */
export function maxPoolGather(v: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  const [vs, xs, outs] = [read(v), read(x), read(out)];
  const gathered = new Float32Array(outs.length);
  eachWindow(g, (taps, count, at) => gather(vs, xs, outs, gathered, taps, count, g.channels, at, ties));
  return wrap(gathered, [g.batch, ...g.outSize, g.channels]);
}

/**
 * Calls `visit` for each window: taps[0] to taps[count - 1] are the places in x of its entries that are not padding,
 * `at` its place in out, each of the first channel.
 */
function eachWindow(g: WindowGeometry, visit: (taps: Int32Array, count: number, at: number) => void): void {
  const {batch, channels} = g;
  const [height, width] = g.inSize;
  const [kh, kw] = g.kernel;
  const [sy, sx] = g.strides;
  const [dy, dx] = g.dilation;
  const taps = new Int32Array(kh * kw);
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let i = 0; i < g.outSize[0]; i++) {
      const top = i * sy - g.padding[0][0];
      for (let j = 0; j < g.outSize[1]; j++, at += channels) {
        const left = j * sx - g.padding[1][0];
        let count = 0;
        for (let y = top; y < top + kh * dy; y += dy) {
          if (y < 0 || y >= height) continue;
          for (let x = left; x < left + kw * dx; x += dx) {
            if (x >= 0 && x < width) taps[count++] = ((n * height + y) * width + x) * channels;
          }
        }
        visit(taps, count, at);
      }
    }
  }
}

function maximum(
    x: Float32Array, taps: Int32Array, count: number, channels: number, out: Float32Array, at: number): void {
  for (let c = 0; c < channels; c++) {
    let max = -Infinity;
    for (let t = 0; t < count; t++) max = Math.max(max, x[taps[t]! + c]!);
    out[at + c] = max;
  }
}

function scatter(
    dout: Float32Array, x: Float32Array, out: Float32Array, dx: Float32Array, taps: Int32Array, count: number,
    channels: number, at: number, ties: TieRule): void {
  const first = ties === 'first';
  for (let c = 0; c < channels; c++) {
    const max = out[at + c]!;
    let share = dout[at + c]!;
    if (ties === 'split') {
      let maxima = 0;
      for (let t = 0; t < count; t++) if (x[taps[t]! + c] === max) maxima++;
      share /= maxima;
    }
    for (let t = 0; t < count; t++) {
      if (x[taps[t]! + c] !== max) continue;
      dx[taps[t]! + c]! += share;
      if (first) break;
    }
  }
}

function gather(
    v: Float32Array, x: Float32Array, out: Float32Array, gathered: Float32Array, taps: Int32Array, count: number,
    channels: number, at: number, ties: TieRule): void {
  const first = ties === 'first';
  for (let c = 0; c < channels; c++) {
    const max = out[at + c]!;
    let sum = 0;
    let maxima = 0;
    for (let t = 0; t < count; t++) {
      if (x[taps[t]! + c] !== max) continue;
      sum += v[taps[t]! + c]!;
      maxima++;
      if (first) break;
    }
    gathered[at + c] = ties === 'split' && maxima > 0 ? sum / maxima : sum;
  }
}
