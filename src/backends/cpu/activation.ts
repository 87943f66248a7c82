import type {Tensor} from '@tensorflow/tfjs-core';

import type {ReluParameters} from '../kernels';
import {read, wrap} from './arrays';

/** NaN stays NaN: every comparison with it is false. */
export function relu(x: Tensor, {negativeSlope, threshold, maxValue}: ReluParameters): Tensor {
  const xs = read(x);
  const out = new Float32Array(xs.length);
  for (let i = 0; i < out.length; i++) {
    const v = xs[i]!;
    if (v >= maxValue) out[i] = maxValue;
    else if (!(v < threshold)) out[i] = v;
    else if (negativeSlope !== 0) out[i] = negativeSlope * (v - threshold);
  }
  return wrap(out, x.shape);
}

/** Selected, not multiplied: a masked-out entry is 0 whatever dout holds. */
export function reluGrad(dout: Tensor, x: Tensor, {negativeSlope, threshold, maxValue}: ReluParameters): Tensor {
  const [douts, xs] = [read(dout), read(x)];
  const dx = new Float32Array(xs.length);
  const isCapped = maxValue !== Infinity;  // without a cap, x = Infinity is no kink
  for (let i = 0; i < dx.length; i++) {
    const v = xs[i]!;
    if (isCapped && v >= maxValue) continue;
    if (v > threshold) dx[i] = douts[i]!;
    else if (negativeSlope !== 0) dx[i] = negativeSlope * douts[i]!;
  }
  return wrap(dx, x.shape);
}
