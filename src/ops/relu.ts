import type {Tensor, TensorLike} from '@tensorflow/tfjs-core';

import {kernels} from '../backends';
import type {ReluParameters} from '../backends';
import {explicitOp} from '../explicit_op';
import type {ExplicitOp} from '../explicit_op';
import {number, readOptions} from '../options';
import type {OptionTable} from '../options';
import {checkNumber, checkTensor} from '../validate';
import {defineOp} from './record';
import type {ForwardCache} from './record';

/** Options of {@link relu}. */
export interface ReluOptions {
  /** Slope below the threshold, at least 0; the default is 0. */
  negativeSlope?: number;
  /** Where the identity begins, at least 0; the default is 0. */
  threshold?: number;
  /** The cap, at least 0; null or absent for none. */
  maxValue?: number | null;
}

/** Names, defaults and checks of {@link ReluOptions}. */
export const reluOptions = {
  negativeSlope: number(0, 0),
  threshold: number(0, 0),
  maxValue: {
    default: Infinity,
    check: (op, name, value) => (value === Infinity ? Infinity : checkNumber(op, name, value, 0)),
  },
} satisfies OptionTable<ReluOptions>;

/** What {@link reluForward} leaves for {@link reluBackward}. */
export interface ReluCache extends ForwardCache<ReluParameters> {
  x: Tensor;
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
 * Source: the course notes (docs/from_the_notes.md), ReLU layer, `relu_forward` and `relu_backward`.
 *
 * ```js
 * ops.relu(tf.tensor1d([-1, 0, 2])).print();  // [0, 0, 2]
 * ```
 */
export function relu<T extends Tensor>(x: T | TensorLike, options: ReluOptions = {}): T {
  return rectify.call({x}, options) as T;
}

export const rectify = defineOp<{x: Tensor}, typeof reluOptions, ReluParameters>({
  name: 'relu',
  inputs: ['x'],
  options: reluOptions,
  settle: ({x}, parameters, op) => ({inputs: {x: checkTensor(op, 'x', x)}, settings: parameters}),
  forward: ({x}, parameters) => ({out: kernels().relu(x, parameters)}),
  backward: {x: (dout, {x}, _, parameters) => mask({dout, x}, parameters)},
});

/** dx = dout * (x > 0): linear in dout, so its own derivative is the same mask; by x it is 0. */
const mask: ExplicitOp<{dout: Tensor, x: Tensor}, ReluParameters> = explicitOp({
  name: 'reluGrad',
  forward: ({dout, x}, parameters) => ({out: kernels().reluGrad(dout, x, parameters)}),
  backward: {dout: (ddx, {x}, _, parameters) => mask({dout: ddx, x}, parameters)},
});

/**
 * The forward half of {@link relu}; `cache` goes to {@link reluBackward}.
 * @returns `out` in the shape of x, and `cache`.
 */
export function reluForward<T extends Tensor>(x: T | TensorLike, options: ReluOptions = {}):
    {out: T, cache: ReluCache} {
  return rectify.forward({x}, options) as {out: Tensor, cache: ReluCache} as {out: T, cache: ReluCache};
}

/**
 * The backward half of {@link relu}: dx = dout where x > 0, else 0, whatever dout is (negativeSlope * dout up to the
 * threshold, 0 from maxValue on).
 * @returns dx in the shape of x.
 */
export function reluBackward<T extends Tensor>(dout: T, cache: ReluCache): {dx: T} {
  return rectify.backward(dout, cache) as {dx: T};
}

const plain = readOptions('relu', reluOptions, {});

/** max(0, x). */
export function plainRelu(x: Tensor): Tensor {
  return rectify.apply({x}, plain);
}

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
