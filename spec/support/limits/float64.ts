/** The kernels as float64 loops over channels-last arrays, fast enough for sizes that are split among threads. */
import type {TieRule} from '../../../src/backends';
import type {ConvGeometry} from '../../../src/geometry';

export type Values = Float64Array;

/** Values of float32 that drift from row to row, so that a wrong row, column or image shows. */
export function drifting(size: number, columns: number, seed: number): Values {
  const values = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const row = Math.floor(i / columns);
    values[i] = Math.fround(Math.sin(seed + 0.37 * i + 1.7 * row) + 1e-3 * (row % 1000));
  }
  return values;
}

/** Calls visit(position, pixel, tap) for each tap of each window that is in the image. */
function eachTap(g: ConvGeometry, visit: (position: number, pixel: number, tap: number) => void): void {
  const [height, width] = g.inSize, [rows, columns] = g.outSize;
  for (let position = 0; position < g.batch * rows * columns; position++) {
    const n = Math.floor(position / (rows * columns));
    const top = Math.floor(position / columns) % rows * g.strides[0] - g.padding[0][0];
    const left = position % columns * g.strides[1] - g.padding[1][0];
    for (let tap = 0; tap < g.kernel[0] * g.kernel[1]; tap++) {
      const y = top + Math.floor(tap / g.kernel[1]) * g.dilation[0], x = left + tap % g.kernel[1] * g.dilation[1];
      if (y >= 0 && y < height && x >= 0 && x < width) visit(position, (n * height + y) * width + x, tap);
    }
  }
}

/** How many entries the tensors of a window op have. */
export function sizesOf(g: ConvGeometry): {x: number, w: number, out: number} {
  return {
    x: g.batch * g.inSize[0] * g.inSize[1] * g.channels,
    w: g.kernel[0] * g.kernel[1] * g.channels / g.groups * g.filters,
    out: g.batch * g.outSize[0] * g.outSize[1] * g.filters,
  };
}

/** A convolution in groups; with a group for each channel its filters are those of a depthwise one. */
export function convolution(g: ConvGeometry, x: Values, w: Values, b: Values, dout: Values) {
  const sizes = sizesOf(g), channels = g.channels / g.groups, filters = g.filters / g.groups;
  const out = new Float64Array(sizes.out), dx = new Float64Array(sizes.x), dw = new Float64Array(sizes.w);
  const db = new Float64Array(g.filters);
  for (let i = 0; i < sizes.out; i++) {
    out[i] = b[i % g.filters]!;
    db[i % g.filters]! += dout[i]!;
  }
  eachTap(g, (position, pixel, tap) => {
    for (let group = 0; group < g.groups; group++) {
      const k = position * g.filters + group * filters;
      for (let c = 0; c < channels; c++) {
        const at = pixel * g.channels + group * channels + c, entry = (tap * channels + c) * g.filters + group * filters;
        let sum = 0;
        for (let j = 0; j < filters; j++) {
          out[k + j]! += x[at]! * w[entry + j]!;
          dw[entry + j]! += x[at]! * dout[k + j]!;
          sum += dout[k + j]! * w[entry + j]!;
        }
        dx[at]! += sum;
      }
    }
  });
  return {out, dx, dw, db};
}

/** Patches as columns, and columns added back. */
export function columns(g: ConvGeometry, x: Values, channelsFirst: boolean, cols: Values) {
  const positions = g.batch * g.outSize[0] * g.outSize[1], taps = g.kernel[0] * g.kernel[1];
  const out = new Float64Array(taps * g.channels * positions), back = new Float64Array(x.length);
  eachTap(g, (position, pixel, tap) => {
    for (let c = 0; c < g.channels; c++) {
      const at = (channelsFirst ? c * taps + tap : tap * g.channels + c) * positions + position;
      out[at] = x[pixel * g.channels + c]!;
      back[pixel * g.channels + c]! += cols[at]!;
    }
  });
  return {cols: out, x: back};
}

/** Max pooling of x, the scatter of dout and the gather of v, and average pooling with its gradient. */
export function pooling(g: ConvGeometry, x: Values, dout: Values, v: Values, ties: TieRule) {
  const size = sizesOf({...g, filters: g.channels}).out;
  const max = new Float64Array(size).fill(-Infinity), met = new Float64Array(size), cells = new Float64Array(size);
  const average = new Float64Array(size), gathered = new Float64Array(size);
  const scattered = new Float64Array(x.length), spread = new Float64Array(x.length);
  const eachEntry = (visit: (at: number, from: number) => void): void => eachTap(g, (position, pixel) => {
    for (let c = 0; c < g.channels; c++) visit(position * g.channels + c, pixel * g.channels + c);
  });
  eachEntry((at, from) => {
    max[at] = Math.max(max[at]!, x[from]!);
    average[at]! += x[from]!;
    cells[at]!++;
  });
  const counts = new Float64Array(size);
  eachEntry((at, from) => { counts[at]! += Number(x[from] === max[at]); });
  eachEntry((at, from) => {
    spread[from]! += dout[at]! / cells[at]!;
    if (x[from] !== max[at] || (ties === 'first' && met[at]!++ > 0)) return;
    const share = ties === 'split' ? 1 / counts[at]! : 1;
    scattered[from]! += share * dout[at]!;
    gathered[at]! += share * v[from]!;
  });
  average.forEach((sum, i) => { average[i] = sum / Math.max(1, cells[i]!); });
  return {max, scattered, gathered, average, spread};
}

/** a [m, k] b [k, n] */
export function product(a: Values, b: Values, m: number, k: number, n: number): Values {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const factor = a[i * k + p]!;
      for (let j = 0; j < n; j++) out[i * n + j]! += factor * b[p * n + j]!;
    }
  }
  return out;
}

export function transpose(x: Values, rows: number, cols: number): Values {
  const out = new Float64Array(x.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) out[j * rows + i] = x[i * cols + j]!;
  return out;
}

/**
 * Normalisation of `count` sets of entries of x: set s has the entries whose `setOf` is s; `scaleOf` says which entry of
 * gamma and beta an entry of x meets. Also its gradients.
 */
export function normalization(
    x: Values, dout: Values, gamma: Values | null, beta: Values | null, epsilon: number, count: number, scales: number,
    setOf: (i: number) => number, scaleOf: (i: number) => number) {
  const size = x.length / count, mean = new Float64Array(count), variance = new Float64Array(count);
  const sum = new Float64Array(count), dot = new Float64Array(count);
  const dgamma = new Float64Array(scales), dbeta = new Float64Array(scales);
  x.forEach((value, i) => { mean[setOf(i)]! += value / size; });
  x.forEach((value, i) => { variance[setOf(i)]! += (value - mean[setOf(i)]!) ** 2 / size; });
  const rstd = variance.map(value => 1 / Math.sqrt(value + epsilon));
  const hat = x.map((value, i) => (value - mean[setOf(i)]!) * rstd[setOf(i)]!);
  const factor = (i: number): number => gamma?.[scaleOf(i)] ?? 1;
  const out = hat.map((value, i) => value * factor(i) + (beta?.[scaleOf(i)] ?? 0));
  hat.forEach((value, i) => {
    dgamma[scaleOf(i)]! += dout[i]! * value;
    dbeta[scaleOf(i)]! += dout[i]!;
    sum[setOf(i)]! += dout[i]! * factor(i) / size;
    dot[setOf(i)]! += dout[i]! * factor(i) * value / size;
  });
  const dx = hat.map((value, i) =>
    (dout[i]! * factor(i) - sum[setOf(i)]! - value * dot[setOf(i)]!) * rstd[setOf(i)]!);
  return {out, mean, variance, rstd, dx, dgamma, dbeta};
}

/** Cross-entropy of the softmax with weights as labels, row by row, and its gradient. */
export function softmaxLoss(x: Values, y: Values, rows: number, classes: number): {losses: Values, gradient: Values} {
  const losses = new Float64Array(rows), gradient = new Float64Array(rows * classes);
  for (let row = 0; row < rows; row++) {
    const scores = x.subarray(row * classes, (row + 1) * classes), weights = y.subarray(row * classes, (row + 1) * classes);
    const most = scores.reduce((a, b) => Math.max(a, b));
    const total = scores.reduce((sum, score) => sum + Math.exp(score - most), 0);
    const weight = weights.reduce((a, b) => a + b);
    for (let c = 0; c < classes; c++) {
      losses[row]! += weights[c]! * (Math.log(total) - (scores[c]! - most));
      gradient[row * classes + c] = Math.exp(scores[c]! - most) / total * weight - weights[c]!;
    }
  }
  return {losses, gradient};
}
