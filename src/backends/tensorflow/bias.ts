import type {Tensor, Tensor1D} from '@tensorflow/tfjs-core';

import {execute, text} from './execute';
import {hasNativeOps, native} from './native_ops';

/** Adds a bias to the last axis of a tensor that was just made and is of no use without it: it may be overwritten. */
export function addBias<T extends Tensor>(fresh: T, bias: Tensor1D | null): T {
  if (!bias) return fresh;
  return (hasNativeOps() ? native('ExplicitAddBias', [fresh, bias])[0] :
      execute('BiasAdd', [text('data_format', 'NHWC')], [fresh, bias])) as T;
}
