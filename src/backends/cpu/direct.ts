import type {ConvGeometry} from '../../geometry';
import {rowRuns} from './runs';
import {thresholds} from './thresholds';

/**
 * True for convolutions better done channel by channel along the rows: with few filters times channels in a group, packing
 * patches costs more than their products.
 */
export function isThin(g: ConvGeometry): boolean {
  return g.channels / g.groups * (g.filters / g.groups) <= thresholds.fewPairs;
}

/** out += x * w, window by window along a row. */
export function addForward(x: Float32Array, w: Float32Array, out: Float32Array, g: ConvGeometry): void {
  const [step, channels] = [g.strides[1] * g.channels, g.channels];
  eachPair(g, rowRuns(g), (pixel, window, windows, weight, channel, filter) => {
    addScaledEntries(x, pixel * channels + channel, step, w[weight]!, out, window * g.filters + filter, g.filters, windows);
  });
}

/** dx += dout * w */
export function addInputGrad(dout: Float32Array, w: Float32Array, dx: Float32Array, g: ConvGeometry): void {
  const [step, channels] = [g.strides[1] * g.channels, g.channels];
  eachPair(g, rowRuns(g), (pixel, window, windows, weight, channel, filter) => {
    addScaledEntries(dout, window * g.filters + filter, g.filters, w[weight]!, dx, pixel * channels + channel, step, windows);
  });
}

/** dw += x * dout */
export function addFilterGrad(x: Float32Array, dout: Float32Array, dw: Float64Array, g: ConvGeometry): void {
  const [step, channels] = [g.strides[1] * g.channels, g.channels];
  eachPair(g, rowRuns(g), (pixel, window, windows, weight, channel, filter) => {
    dw[weight]! += dot(x, pixel * channels + channel, step, dout, window * g.filters + filter, g.filters, windows);
  });
}

type Visit = (
    pixel: number, window: number, windows: number, weight: number, channel: number, filter: number) => void;

/** Visits each channel with each filter that sees it, for each tap of each row of windows. */
function eachPair(g: ConvGeometry, runs: Int32Array, visit: Visit): void {
  const [channels, filters] = [g.channels / g.groups, g.filters / g.groups];
  for (let r = 0; r < runs.length; r += 4) {
    for (let channel = 0; channel < g.channels; channel++) {
      const group = Math.floor(channel / channels);
      const row = runs[r + 3]! * channels + channel - group * channels;
      for (let f = 0; f < filters; f++) {
        const filter = group * filters + f;
        visit(runs[r]!, runs[r + 1]!, runs[r + 2]!, row * g.filters + filter, channel, filter);
      }
    }
  }
}

function addScaledEntries(
    from: Float32Array, i: number, step: number, factor: number, to: Float32Array, o: number, stride: number,
    count: number): void {
  for (const end = o + count * stride; o < end; o += stride, i += step) to[o]! += factor * from[i]!;
}

function dot(
    a: Float32Array, i: number, step: number, b: Float32Array, o: number, stride: number, count: number): number {
  let sum = 0;
  for (const end = o + count * stride; o < end; o += stride, i += step) sum += a[i]! * b[o]!;
  return sum;
}
