import type {Tensor, Tensor1D} from '@tensorflow/tfjs-core';

import {execute, text} from './execute';
import {hasNativeOps, native} from './native_ops';

/** Adds a bias to the last axis of a tensor that was just made and is of no use without it: it may be overwritten. */
export function addBias<T extends Tensor>(fresh: T, bias: Tensor1D | null): T {
  if (!bias) return fresh;
  return (hasNativeOps() ? native('ExplicitAddBias', [fresh, bias], {sizes: [0]})[0] :
      execute('BiasAdd', [text('data_format', 'NHWC')], [fresh, bias])) as T;
}

/** The same with max(0, .) after it, in one pass; for the ops of `native/` only. */
export function addBiasRelu<T extends Tensor>(fresh: T, bias: Tensor1D): T {
  return native('ExplicitAddBias', [fresh, bias], {sizes: [1]})[0] as T;
}
