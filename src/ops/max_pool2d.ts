import type {Tensor, Tensor4D, TensorLike} from '@tensorflow/tfjs-core';

import {kernels, tieRules} from '../backends';
import type {TieRule} from '../backends';
import {explicitOp} from '../explicit_op';
import type {ExplicitOp} from '../explicit_op';
import {checkPoolPadding, placeWindow, windowOf, windowOptions, windowSize} from '../geometry';
import type {WindowGeometry, WindowOptions} from '../geometry';
import {choice} from '../options';
import type {OptionTable} from '../options';
import {checkTensor} from '../validate';
import {channelsLastOrder} from './layout';
import {defineOp} from './record';
import type {ForwardCache} from './record';

export type {TieRule} from '../backends';

/** Options of {@link maxPool2d}. */
export interface MaxPool2dOptions extends WindowOptions {
  /** F, the size of a window: one number or [height, width]. */
  poolSize: number | [number, number];
  /**
   * Which entries get a window's gradient when several tie for its maximum: 'all' of them in full (the notes' rule, the
   * default), the 'first' (TensorFlow's rule), or 'split', each an equal share.
   */
  ties?: TieRule;
}

/** Names, defaults and checks of {@link MaxPool2dOptions}. */
export const maxPool2dOptions = {
  poolSize: windowSize,
  ...windowOptions,
  strides: {...windowOptions.strides, default: ({poolSize}: MaxPool2dOptions) => poolSize},
  ties: choice(tieRules, 'all'),
} satisfies OptionTable<MaxPool2dOptions>;

type PoolGeometry = WindowGeometry & {ties: TieRule};

/** What {@link maxPool2dForward} leaves for {@link maxPool2dBackward}; tensors are [N, H, W, C] in either data format. */
export interface MaxPool2dCache extends ForwardCache<PoolGeometry> {
  x: Tensor4D;
  maxima: Tensor4D;
}

/**
 * Max pooling: `out[n, i, j, c] = max over (p, q) of x[n, S i + D p - P, S j + D q - P, c]`.
 *
 * Backward: a window's dout goes to its maximum; if several entries tie, each gets it in full, unless `ties` says
 * otherwise. Padding counts as minus infinity. A window that contains NaN has no maximum and passes no gradient.
 *
 * *Shape*
 * - x: [N, H, W, C], or [N, C, H, W] with `dataFormat: 'channelsFirst'`
 * - out: the same layout, Ho = floor((H - F' + 2P) / S) + 1 with F' = D (F - 1) + 1; 'same' gives ceil(H / S)
 *
 * @param x Images, float32.
 * @param options See {@link MaxPool2dOptions}; `strides` defaults to `poolSize`.
 * @throws On wrong rank or dtype, a window larger than the padded input, padding as large as the window, bad or unknown
 * options.
 *
 * Source: the course notes (docs/from_the_notes.md), pooling layer, `max_pool_forward_naive` and `max_pool_backward_naive`.
 *
 * ```js
 * const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
 * ops.maxPool2d(x, {poolSize: 2}).print();  // 4
 * ```
 */
export function maxPool2d(x: Tensor | TensorLike, options: MaxPool2dOptions): Tensor4D {
  return maxPool.call({x}, options) as Tensor4D;
}

export const maxPool = defineOp<{x: Tensor4D}, typeof maxPool2dOptions, PoolGeometry, {maxima: Tensor4D}>({
  name: 'maxPool2d',
  inputs: ['x'],
  options: maxPool2dOptions,
  settle: ({x}, {poolSize, ties, ...options}, op) => {
    const window = windowOf(poolSize, options);
    checkPoolPadding(op, window);
    const $x = checkTensor<Tensor4D>(op, 'x', x, [4]);
    return {inputs: {x: $x}, settings: {...placeWindow(op, window, $x.shape), ties}};
  },
  order: channelsLastOrder,
  forward: ({x}, g) => {
    const out = kernels().maxPool(x, g);
    return {out, cache: {maxima: out}};
  },
  backward: {x: (dout, {x}, {maxima}, g) => scatter({dout: dout as Tensor4D, x, maxima}, g)},
});

/** dx += dout at the maxima of each window: linear in dout; its adjoint sums the entries at the maxima. */
const scatter: ExplicitOp<{dout: Tensor4D, x: Tensor4D, maxima: Tensor4D}, PoolGeometry> = explicitOp({
  name: 'maxPool2dScatter',
  forward: ({dout, x, maxima}, g) => ({out: kernels().maxPoolScatter(dout, x, maxima, g, g.ties)}),
  backward: {dout: (ddx, {x, maxima}, _, g) => gather({v: ddx as Tensor4D, x, maxima}, g)},
});

const gather: ExplicitOp<{v: Tensor4D, x: Tensor4D, maxima: Tensor4D}, PoolGeometry> = explicitOp({
  name: 'maxPool2dGather',
  forward: ({v, x, maxima}, g) => ({out: kernels().maxPoolGather(v, x, maxima, g, g.ties)}),
  backward: {v: (d, {x, maxima}, _, g) => scatter({dout: d as Tensor4D, x, maxima}, g)},
});

/**
 * The forward half of {@link maxPool2d}; `cache` goes to {@link maxPool2dBackward}.
 * @returns `out` in the layout of x, and `cache`.
 */
export function maxPool2dForward(x: Tensor | TensorLike, options: MaxPool2dOptions):
    {out: Tensor4D, cache: MaxPool2dCache} {
  return maxPool.forward({x}, options) as {out: Tensor4D, cache: MaxPool2dCache};
}

/**
 * The backward half of {@link maxPool2d}: dx[entry] = sum of dout over the windows whose maximum the entry is (its
 * share, with `ties: 'split'`).
 * @returns dx in the shape of x.
 */
export function maxPool2dBackward(dout: Tensor, cache: MaxPool2dCache): {dx: Tensor4D} {
  return maxPool.backward(dout, cache) as {dx: Tensor4D};
}
