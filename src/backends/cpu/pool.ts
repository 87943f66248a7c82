import type {Tensor4D} from '@tensorflow/tfjs-core';

import type {WindowGeometry} from '../../geometry';
import {cellsOf} from '../default/pool';
import type {TieRule} from '../kernels';
import {read, sizeOf, wrap} from './arrays';
import {rowRuns} from './runs';

/** The pools of this set, by their names. */
export const pools = {averagePool, averagePoolGrad, maxPool, maxPoolScatter, maxPoolGather};

/** NaN in a window is its maximum; padding counts as minus infinity. */
export function maxPool(x: Tensor4D, g: WindowGeometry): Tensor4D {
  const shape = [g.batch, ...g.outSize, g.channels];
  const out = new Float32Array(sizeOf(shape)).fill(-Infinity);
  maximum(runsOf(g), read(x), out);
  return wrap(out, shape);
}

/** dx: dout of each window to its maxima. A window that contains NaN equals none of its entries and gives nothing. */
export function maxPoolScatter(
    dout: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  const [runs, douts, xs, outs] = [runsOf(g), read(dout), read(x), read(out)];
  const dx = new Float32Array(xs.length);
  if (ties === 'first') scatterFirst(runs, douts, xs, outs, dx);
  else scatter(runs, ties === 'split' ? divide(douts, countMaxima(runs, xs, outs)) : douts, xs, outs, dx);
  return wrap(dx, x.shape);
}

/** Each window's sum, or mean under 'split', of v over its maxima. */
export function maxPoolGather(v: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  const [runs, xs, outs] = [runsOf(g), read(x), read(out)];
  const sums = gather(runs, read(v), xs, outs, ties === 'first');
  return wrap(ties === 'split' ? divide(sums, countMaxima(runs, xs, outs)) : sums, out.shape);
}

/** Summed in 64 bits and rounded once. */
export function averagePool(x: Tensor4D, g: WindowGeometry): Tensor4D {
  const shape = [g.batch, ...g.outSize, g.channels];
  const sums = new Float64Array(sizeOf(shape));
  const xs = read(x);
  const {runs, outerStep, innerStep} = runsOf(g);
  for (let r = 0; r < runs.length; r += 4) {
    let from = runs[r]!, to = runs[r + 1]!;
    const outer = runs[r + 2]!, inner = runs[r + 3]!;
    for (let w = 0; w < outer; w++, from += outerStep, to += inner) {
      for (let o = to, i = from; o < to + inner; o++, i += innerStep) sums[o]! += xs[i]!;
    }
  }
  return wrap(perCell(sums, g), shape);
}

export function averagePoolGrad(dout: Tensor4D, g: WindowGeometry): Tensor4D {
  const shape = [g.batch, ...g.inSize, g.channels];
  const dx = new Float32Array(sizeOf(shape));
  const shares = perCell(read(dout), g);
  const {runs, outerStep, innerStep} = runsOf(g);
  for (let r = 0; r < runs.length; r += 4) {
    let from = runs[r]!, to = runs[r + 1]!;
    const outer = runs[r + 2]!, inner = runs[r + 3]!;
    for (let w = 0; w < outer; w++, from += outerStep, to += inner) {
      for (let o = to, i = from; o < to + inner; o++, i += innerStep) dx[i]! += shares[o]!;
    }
  }
  return wrap(dx, shape);
}

/** What stands for a window divided by its cells in the image. */
function perCell(values: Float32Array | Float64Array, g: WindowGeometry): Float32Array {
  const cells = read(cellsOf(g));
  const {channels} = g;
  const shares = new Float32Array(values.length);
  for (let window = 0, o = 0; o < values.length; window = (window + 1) % cells.length) {
    const count = cells[window]!;
    for (const end = o + channels; o < end; o++) shares[o] = values[o]! / count;
  }
  return shares;
}

/**
 * The runs of {@link rowRuns} as two loops, the inner over the channels, or over the windows where there is but one
 * channel. In out their entries stand side by side; in x `innerStep` apart, and `outerStep` from one turn of the outer
 * loop to the next.
 */
interface Runs {
  /** Of each run its place in x and in out, and the turns of the outer and of the inner loop. */
  runs: Int32Array;
  outerStep: number;
  innerStep: number;
}

function runsOf(g: WindowGeometry): Runs {
  const {channels} = g;
  const step = g.strides[1];
  const runs = rowRuns(g);
  for (let r = 0; r < runs.length; r += 4) {
    const windows = runs[r + 2]!;
    runs[r]! *= channels;
    runs[r + 1]! *= channels;
    runs[r + 2] = channels === 1 ? 1 : windows;
    runs[r + 3] = channels === 1 ? windows : channels;
  }
  return {runs, outerStep: step * channels, innerStep: channels === 1 ? step : 1};
}

function maximum(
    {runs, outerStep, innerStep}: Runs, x: Float32Array, out: Float32Array): void {
  for (let r = 0; r < runs.length; r += 4) {
    let from = runs[r]!, to = runs[r + 1]!;
    const outer = runs[r + 2]!, inner = runs[r + 3]!;
    for (let w = 0; w < outer; w++, from += outerStep, to += inner) {
      for (let o = to, i = from; o < to + inner; o++, i += innerStep) out[o] = Math.max(out[o]!, x[i]!);
    }
  }
}

function scatter(
    {runs, outerStep, innerStep}: Runs, shares: Float32Array, x: Float32Array, out: Float32Array,
    dx: Float32Array): void {
  for (let r = 0; r < runs.length; r += 4) {
    let from = runs[r]!, to = runs[r + 1]!;
    const outer = runs[r + 2]!, inner = runs[r + 3]!;
    for (let w = 0; w < outer; w++, from += outerStep, to += inner) {
      for (let o = to, i = from; o < to + inner; o++, i += innerStep) {
        if (x[i] === out[o]) dx[i]! += shares[o]!;
      }
    }
  }
}

function scatterFirst(
    {runs, outerStep, innerStep}: Runs, dout: Float32Array, x: Float32Array, out: Float32Array,
    dx: Float32Array): void {
  const given = new Uint8Array(out.length);
  for (let r = 0; r < runs.length; r += 4) {
    let from = runs[r]!, to = runs[r + 1]!;
    const outer = runs[r + 2]!, inner = runs[r + 3]!;
    for (let w = 0; w < outer; w++, from += outerStep, to += inner) {
      for (let o = to, i = from; o < to + inner; o++, i += innerStep) {
        if (x[i] !== out[o] || given[o] !== 0) continue;
        given[o] = 1;
        dx[i]! += dout[o]!;
      }
    }
  }
}

function gather(
    {runs, outerStep, innerStep}: Runs, v: Float32Array, x: Float32Array, out: Float32Array,
    first: boolean): Float32Array {
  const sums = new Float32Array(out.length);
  const taken = new Uint8Array(out.length);
  for (let r = 0; r < runs.length; r += 4) {
    let from = runs[r]!, to = runs[r + 1]!;
    const outer = runs[r + 2]!, inner = runs[r + 3]!;
    for (let w = 0; w < outer; w++, from += outerStep, to += inner) {
      for (let o = to, i = from; o < to + inner; o++, i += innerStep) {
        if (x[i] !== out[o] || (first && taken[o] !== 0)) continue;
        taken[o] = 1;
        sums[o]! += v[i]!;
      }
    }
  }
  return sums;
}

/** How many entries of each window are its maximum. */
function countMaxima(
    {runs, outerStep, innerStep}: Runs, x: Float32Array, out: Float32Array): Float32Array {
  const counts = new Float32Array(out.length);
  for (let r = 0; r < runs.length; r += 4) {
    let from = runs[r]!, to = runs[r + 1]!;
    const outer = runs[r + 2]!, inner = runs[r + 3]!;
    for (let w = 0; w < outer; w++, from += outerStep, to += inner) {
      for (let o = to, i = from; o < to + inner; o++, i += innerStep) {
        if (x[i] === out[o]) counts[o]!++;
      }
    }
  }
  return counts;
}

/** Where a window has no maximum there is nothing to divide. */
function divide(sums: Float32Array, counts: Float32Array): Float32Array {
  return sums.map((sum, i) => (counts[i]! > 0 ? sum / counts[i]! : 0));
}
