import type {Tensor, Tensor4D, TensorLike} from '@tensorflow/tfjs-core';

import {kernels} from '../backends';
import {explicitOp} from '../explicit_op';
import type {ExplicitOp} from '../explicit_op';
import {checkPoolPadding, placeWindow, windowOf, windowOptions, windowSize} from '../geometry';
import type {WindowGeometry, WindowOptions} from '../geometry';
import type {OptionTable} from '../options';
import {checkTensor} from '../validate';
import {channelsLastOrder} from './layout';
import {maxPool2dOptions} from './max_pool2d';
import {defineOp} from './record';
import type {ForwardCache} from './record';

/** Options of {@link averagePool2d}. */
export interface AveragePool2dOptions extends WindowOptions {
  /** F, the size of a window: one number or [height, width]. */
  poolSize: number | [number, number];
}

/** Names, defaults and checks of {@link AveragePool2dOptions}. */
export const averagePool2dOptions = {
  poolSize: windowSize,
  ...windowOptions,
  strides: maxPool2dOptions.strides,
} satisfies OptionTable<AveragePool2dOptions>;

/** What {@link averagePool2dForward} leaves for {@link averagePool2dBackward}; x is [N, H, W, C] in either data format. */
export interface AveragePool2dCache extends ForwardCache<WindowGeometry> {
  x: Tensor4D;
}

/**
 * Average pooling: `out[n, i, j, c] = mean over (p, q) of x[n, S i + D p - P, S j + D q - P, c]`, the mean of those cells
 * of a window that lie in the image: padding is not counted.
 *
 * Backward: `dx[entry] = sum over the windows that contain it of dout / (cells of that window in the image)`. It is
 * linear, so its own derivative is the pooling. NaN in a window is NaN in its mean. A dilated window can fall entirely
 * on padding: its mean is 0 and it passes no gradient.
 *
 * *Shape*
 * - x: [N, H, W, C], or [N, C, H, W] with `dataFormat: 'channelsFirst'`
 * - out: the same layout, Ho = floor((H - F' + 2P) / S) + 1 with F' = D (F - 1) + 1; 'same' gives ceil(H / S)
 *
 * @param x Images, float32.
 * @param options See {@link AveragePool2dOptions}; `strides` defaults to `poolSize`.
 * @throws On wrong rank or dtype, a window larger than the padded input, padding as large as the window, bad or unknown
 * options.
 *
 * Source: the course notes (docs/from_the_notes.md), pooling layer, where average pooling is named beside max pooling.
 *
 * ```js
 * const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
 * ops.averagePool2d(x, {poolSize: 2}).print();  // 2.5
 * ```
 */
export function averagePool2d(x: Tensor | TensorLike, options: AveragePool2dOptions): Tensor4D {
  return averagePool.call({x}, options) as Tensor4D;
}

export const averagePool = defineOp<{x: Tensor4D}, typeof averagePool2dOptions, WindowGeometry>({
  name: 'averagePool2d',
  inputs: ['x'],
  options: averagePool2dOptions,
  settle: ({x}, {poolSize, ...options}, op) => {
    const window = windowOf(poolSize, options);
    checkPoolPadding(op, window);
    const $x = checkTensor<Tensor4D>(op, 'x', x, [4]);
    return {inputs: {x: $x}, settings: placeWindow(op, window, $x.shape)};
  },
  order: channelsLastOrder,
  forward: ({x}, g) => ({out: kernels().averagePool(x, g)}),
  backward: {x: (dout, _, __, g) => spread({dout: dout as Tensor4D}, g)},
});

/** dx += dout / cells at each cell of a window; its adjoint is the pooling. */
const spread: ExplicitOp<{dout: Tensor4D}, WindowGeometry> = explicitOp({
  name: 'averagePool2dSpread',
  forward: ({dout}, g) => ({out: kernels().averagePoolGrad(dout, g)}),
  backward: {dout: (ddx, _, __, g) => averagePool.apply({x: ddx as Tensor4D}, g)},
});

/**
 * The forward half of {@link averagePool2d}; `cache` goes to {@link averagePool2dBackward}.
 * @returns `out` in the layout of x, and `cache`.
 */
export function averagePool2dForward(x: Tensor | TensorLike, options: AveragePool2dOptions):
    {out: Tensor4D, cache: AveragePool2dCache} {
  return averagePool.forward({x}, options) as {out: Tensor4D, cache: AveragePool2dCache};
}

/**
 * The backward half of {@link averagePool2d}: each window splits dout equally among its cells.
 * @returns dx in the shape of x.
 */
export function averagePool2dBackward(dout: Tensor, cache: AveragePool2dCache): {dx: Tensor4D} {
  return averagePool.backward(dout, cache) as {dx: Tensor4D};
}
