import type {Tensor1D, Tensor2D} from '@tensorflow/tfjs-core';

import type {NormGradients} from '../kernels';
import {read, wrap} from './arrays';

/** Two passes, mean then squares of the differences, in float64: large means do not take the variance's digits. */
export function batchNorm(x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, epsilon: number):
    {out: Tensor2D, mean: Tensor1D, variance: Tensor1D} {
  const xs = read(x);
  const [rows, channels] = x.shape;
  const mean = new Float64Array(channels);
  for (let i = 0; i < xs.length;) {
    for (let c = 0; c < channels; c++, i++) mean[c]! += xs[i]!;
  }
  for (let c = 0; c < channels; c++) mean[c]! /= rows;
  const variance = new Float64Array(channels);
  for (let i = 0; i < xs.length;) {
    for (let c = 0; c < channels; c++, i++) {
      const centred = xs[i]! - mean[c]!;
      variance[c]! += centred * centred;
    }
  }
  for (let c = 0; c < channels; c++) variance[c]! /= rows;
  return {
    out: normalizeColumns(x, gamma, beta, mean, variance, epsilon),
    mean: wrap(Float32Array.from(mean), [channels]),
    variance: wrap(Float32Array.from(variance), [channels]),
  };
}

export function batchNormInference(
    x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, mean: Tensor1D, variance: Tensor1D,
    epsilon: number): Tensor2D {
  return normalizeColumns(x, gamma, beta, Float64Array.from(read(mean)), Float64Array.from(read(variance)), epsilon);
}

/** gamma (x - mean) / std + beta. The mean goes first: folded into beta it would cost digits where it is large. */
function normalizeColumns(
    x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, mean: Float64Array, variance: Float64Array,
    epsilon: number): Tensor2D {
  const xs = read(x);
  const channels = mean.length;
  const scale = scales(variance, gamma, epsilon);
  const shift = orFill(beta, channels, 0);
  const out = new Float32Array(xs.length);
  for (let i = 0; i < out.length;) {
    for (let c = 0; c < channels; c++, i++) out[i] = (xs[i]! - mean[c]!) * scale[c]! + shift[c]!;
  }
  return wrap(out, x.shape);
}

/** gamma / sqrt(variance + epsilon) */
function scales(variance: ArrayLike<number>, gamma: Tensor1D | null, epsilon: number): Float64Array {
  const gammas = gamma && read(gamma);
  return Float64Array.from(variance, (v, c) => (gammas ? gammas[c]! : 1) / Math.sqrt(v + epsilon));
}

/** dx = gamma / std * (dout - (sum(dout) + x-hat * sum(dout * x-hat)) / R) */
export function batchNormGrad(
    dout: Tensor2D, x: Tensor2D, gamma: Tensor1D | null, mean: Tensor1D, variance: Tensor1D,
    epsilon: number): NormGradients {
  const [douts, xs] = [read(dout), read(x)];
  const [rows, channels] = x.shape;
  const means = Float64Array.from(read(mean));
  const rstd = scales(read(variance), null, epsilon);
  const dbeta = new Float64Array(channels);
  const dgamma = new Float64Array(channels);
  for (let i = 0; i < xs.length;) {
    for (let c = 0; c < channels; c++, i++) {
      const d = douts[i]!;
      dbeta[c]! += d;
      dgamma[c]! += d * (xs[i]! - means[c]!);
    }
  }
  for (let c = 0; c < channels; c++) dgamma[c]! *= rstd[c]!;

  const scale = scales(read(variance), gamma, epsilon);
  const meanDout = dbeta.map(sum => sum / rows);
  const slope = dgamma.map((sum, c) => sum * rstd[c]! / rows);
  const dx = new Float32Array(xs.length);
  for (let i = 0; i < dx.length;) {
    for (let c = 0; c < channels; c++, i++) {
      dx[i] = (douts[i]! - meanDout[c]! - (xs[i]! - means[c]!) * slope[c]!) * scale[c]!;
    }
  }
  return {
    dx: wrap(dx, x.shape),
    dgamma: wrap(Float32Array.from(dgamma), [channels]),
    dbeta: wrap(Float32Array.from(dbeta), [channels]),
  };
}

export function layerNorm(x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, epsilon: number):
    {out: Tensor2D, mean: Tensor1D, rstd: Tensor1D} {
  const xs = read(x);
  const [rows, width] = x.shape;
  const scale = orFill(gamma, width, 1);
  const shift = orFill(beta, width, 0);
  const out = new Float32Array(xs.length);
  const means = new Float32Array(rows);
  const rstds = new Float32Array(rows);
  for (let r = 0; r < rows; r++) {
    const [begin, end] = [r * width, (r + 1) * width];
    let sum = 0;
    for (let i = begin; i < end; i++) sum += xs[i]!;
    const mean = sum / width;
    let squares = 0;
    for (let i = begin; i < end; i++) {
      const centred = xs[i]! - mean;
      squares += centred * centred;
    }
    const rstd = 1 / Math.sqrt(squares / width + epsilon);
    for (let i = begin, c = 0; i < end; i++, c++) out[i] = (xs[i]! - mean) * rstd * scale[c]! + shift[c]!;
    means[r] = mean;
    rstds[r] = rstd;
  }
  return {out: wrap(out, x.shape), mean: wrap(means, [rows]), rstd: wrap(rstds, [rows])};
}

/** dx = (g - mean(g) - x-hat * mean(g * x-hat)) / std with g = dout * gamma, means over the row. */
export function layerNormGrad(
    dout: Tensor2D, x: Tensor2D, gamma: Tensor1D | null, mean: Tensor1D, rstd: Tensor1D):
    NormGradients {
  const [douts, xs] = [read(dout), read(x)];
  const [rows, width] = x.shape;
  const scale = orFill(gamma, width, 1);
  const [means, rstds] = [read(mean), read(rstd)];
  const dx = new Float32Array(xs.length);
  const dgamma = new Float64Array(width);
  const dbeta = new Float64Array(width);
  for (let r = 0; r < rows; r++) {
    const begin = r * width;
    const rowMean = means[r]!;
    const rowRstd = rstds[r]!;
    let sumG = 0;
    let sumGxHat = 0;
    for (let c = 0, i = begin; c < width; c++, i++) {
      const d = douts[i]!;
      const xHat = (xs[i]! - rowMean) * rowRstd;
      dbeta[c]! += d;
      dgamma[c]! += d * xHat;
      const g = d * scale[c]!;
      sumG += g;
      sumGxHat += g * xHat;
    }
    const meanG = sumG / width;
    const slope = sumGxHat / width * rowRstd;
    for (let c = 0, i = begin; c < width; c++, i++) {
      dx[i] = (douts[i]! * scale[c]! - meanG - (xs[i]! - rowMean) * slope) * rowRstd;
    }
  }
  return {
    dx: wrap(dx, x.shape),
    dgamma: wrap(Float32Array.from(dgamma), [width]),
    dbeta: wrap(Float32Array.from(dbeta), [width]),
  };
}

/** The numbers of gamma or beta in float64, or `value` throughout where it is absent. */
function orFill(scale: Tensor1D | null, size: number, value: number): Float64Array {
  return scale ? Float64Array.from(read(scale)) : new Float64Array(size).fill(value);
}
