import type {Tensor1D, Tensor4D} from '@tensorflow/tfjs-core';

import type {ConvGeometry} from '../../geometry';
import * as composed from '../default/depthwise';
import {areFinite, fillRows, read, sizeOf, wrap} from './arrays';
import {rowRuns} from './runs';

/** The loops skip the padding, whose zeros make NaN of a NaN or an Infinity: factors that hold one go the composed way. */
export function depthwiseConv2d(x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry): Tensor4D {
  const [xs, ws] = [read(x), read(w)];
  if (!areFinite(ws)) return composed.depthwiseConv2d(x, w, b, g);
  const shape = [g.batch, ...g.outSize, g.filters];
  const out = new Float32Array(sizeOf(shape));
  if (b) fillRows(out, read(b));
  const multiplier = composed.multiplierOf(g);
  eachProduct(g, (pixel, position, tap) => {
    for (let c = pixel, k = 0; k < g.filters; c++) {
      const entry = xs[c]!;
      for (let m = 0; m < multiplier; m++, k++) out[position + k]! += entry * ws[tap + k]!;
    }
  });
  return wrap(out, shape);
}

export function depthwiseConv2dInputGrad(dout: Tensor4D, w: Tensor4D, g: ConvGeometry): Tensor4D {
  const [douts, ws] = [read(dout), read(w)];
  const shape = [g.batch, ...g.inSize, g.channels];
  const dx = new Float32Array(sizeOf(shape));
  const multiplier = composed.multiplierOf(g);
  eachProduct(g, (pixel, position, tap) => {
    for (let c = pixel, k = 0; k < g.filters; c++) {
      let sum = 0;
      for (let m = 0; m < multiplier; m++, k++) sum += douts[position + k]! * ws[tap + k]!;
      dx[c]! += sum;
    }
  });
  return wrap(dx, shape);
}

/** Sums in float64. */
export function depthwiseConv2dFilterGrad(x: Tensor4D, dout: Tensor4D, g: ConvGeometry): Tensor4D {
  const [xs, douts] = [read(x), read(dout)];
  if (!areFinite(douts)) return composed.depthwiseConv2dFilterGrad(x, dout, g);
  const multiplier = composed.multiplierOf(g);
  const sums = new Float64Array(g.kernel[0] * g.kernel[1] * g.filters);
  eachProduct(g, (pixel, position, tap) => {
    for (let c = pixel, k = 0; k < g.filters; c++) {
      const entry = xs[c]!;
      for (let m = 0; m < multiplier; m++, k++) sums[tap + k]! += entry * douts[position + k]!;
    }
  });
  return wrap(Float32Array.from(sums), [...g.kernel, g.channels, multiplier]);
}

/** Calls `visit` for each window and each tap of it that lies in the image, with where their channels begin. */
function eachProduct(g: ConvGeometry, visit: (pixel: number, position: number, tap: number) => void): void {
  const runs = rowRuns(g);
  const step = g.strides[1] * g.channels;
  for (let r = 0; r < runs.length; r += 4) {
    const [first, tap] = [runs[r]! * g.channels, runs[r + 3]! * g.filters];
    for (let i = 0; i < runs[r + 2]!; i++) visit(first + i * step, (runs[r + 1]! + i) * g.filters, tap);
  }
}
