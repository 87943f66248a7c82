import type {Tensor, TensorLike} from '@tensorflow/tfjs-core';

import {kernels} from '../backends';
import type {ReluParameters} from '../backends';
import {explicitOp} from '../explicit_op';
import type {ExplicitOp} from '../explicit_op';
import {tidy} from '../tidy';
import {checkCache, checkDout, checkNumber, checkOptions, checkTensor} from '../validate';

/** Options of {@link relu}. */
export interface ReluOptions {
  /** Slope below the threshold, at least 0; the default is 0. */
  negativeSlope?: number;
  /** Where the identity begins, at least 0; the default is 0. */
  threshold?: number;
  /** The cap, at least 0; null or absent for none. */
  maxValue?: number | null;
}

/** What {@link reluForward} leaves for {@link reluBackward}. */
export interface ReluCache {
  x: Tensor;
  shape: ReluParameters;
}

const rectify: ExplicitOp<{x: Tensor}, ReluParameters> = explicitOp({
  name: 'relu',
  forward: ({x}, shape) => ({out: kernels().relu(x, shape)}),
  backward: {x: (dout, {x}, _, shape) => mask({dout, x}, shape)},
});

/** dx = dout * (x > 0): linear in dout, so its own derivative is the same mask; by x it is 0. */
const mask: ExplicitOp<{dout: Tensor, x: Tensor}, ReluParameters> = explicitOp({
  name: 'reluGrad',
  forward: ({dout, x}, shape) => ({out: kernels().reluGrad(dout, x, shape)}),
  backward: {dout: (ddx, {x}, _, shape) => mask({dout: ddx, x}, shape)},
});

const plain = reluParameters('relu', {});

/** max(0, x), off the tape. */
export function rectified<T extends Tensor>(x: T): T {
  return kernels().relu(x, plain) as T;
}

/**
 * Relu of values that are rectified already: they stay as they are, and the gradient goes through relu. Stands behind an
 * op whose forward holds the relu while its backward is that of the values before.
 */
export const throughRelu: ExplicitOp<{x: Tensor}> = explicitOp({
  name: 'relu',
  forward: ({x}) => ({out: x}),
  backward: {x: (dout, {x}) => mask({dout, x}, plain)},
});

/**
 * The forward half of {@link relu}; `cache` goes to {@link reluBackward}.
 * @returns `out` in the shape of x, and `cache`.
 */
export function reluForward<T extends Tensor>(x: T | TensorLike, options: ReluOptions = {}):
    {out: T, cache: ReluCache} {
  return tidy(() => {
    const cache = prepare(x, options);
    return {out: rectify({x: cache.x}, cache.shape) as T, cache};
  });
}

/**
 * The backward half of {@link relu}: dx = dout where x > 0, else 0 whatever dout holds (negativeSlope * dout up to the
 * threshold, 0 from maxValue on).
 * @returns dx in the shape of x.
 */
export function reluBackward<T extends Tensor>(dout: T, cache: ReluCache): {dx: T} {
  const op = 'reluBackward';
  checkCache(op, 'reluForward', cache, ['x', 'shape']);
  return tidy(() => ({dx: mask({dout: checkDout(op, dout, cache.x.shape), x: cache.x}, cache.shape) as T}));
}

/**
 * Rectified linear unit: `out = max(0, x)`, entry by entry. With options, Keras's formula: maxValue where
 * x >= maxValue, x where threshold <= x < maxValue, else negativeSlope * (x - threshold).
 *
 * Backward: `dx = dout * (x > 0)`. At a kink the gradient is the outer side's: 0 at 0, `negativeSlope` at `threshold`,
 * 0 at `maxValue`.
 *
 * *Shape*
 * - x, out: any shape
 *
 * @throws On a dtype other than float32, negative options, an unknown option.
 *
 * Source: the notes' ReLU layer, `relu_forward` and `relu_backward`.
 *
 * ```js
 * ops.relu(tf.tensor1d([-1, 0, 2])).print();  // [0, 0, 2]
 * ```
 */
export function relu<T extends Tensor>(x: T | TensorLike, options: ReluOptions = {}): T {
  return tidy(() => {
    const cache = prepare(x, options);
    return rectify({x: cache.x}, cache.shape) as T;
  });
}

function prepare(x: Tensor | TensorLike, options: ReluOptions): ReluCache {
  const shape = reluParameters('relu', options);
  return {x: checkTensor('relu', 'x', x), shape};
}

/** The checked options, every one spelled out. */
export function reluParameters(op: string, options: ReluOptions): ReluParameters {
  checkOptions(op, options, ['negativeSlope', 'threshold', 'maxValue']);
  const maxValue = options?.maxValue ?? Infinity;
  return {
    negativeSlope: checkNumber(op, 'negativeSlope', options?.negativeSlope ?? 0, 0),
    threshold: checkNumber(op, 'threshold', options?.threshold ?? 0, 0),
    maxValue: maxValue === Infinity ? Infinity : checkNumber(op, 'maxValue', maxValue, 0),
  };
}
