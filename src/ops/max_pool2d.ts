import type {Tensor4D, TensorLike} from '@tensorflow/tfjs-core';

import {kernels} from '../backends';
import type {TieRule} from '../backends';
import {explicitOp} from '../explicit_op';
import type {ExplicitOp} from '../explicit_op';
import {checkPoolPadding, checkWindow, placeWindow} from '../geometry';
import type {WindowGeometry, WindowOptions} from '../geometry';
import {tidy} from '../tidy';
import {checkCache, checkChoice, checkDout, checkOptions, checkTensor} from '../validate';
import {fromChannelsLast, toChannelsLast} from './layout';

export type {TieRule} from '../backends';

/** Options of {@link maxPool2d}. */
export interface MaxPool2dOptions extends WindowOptions {
  /** F, the size of a window: one number or [height, width]. */
  poolSize: number | [number, number];
  /**
   * Who gets a window's gradient when its maximum stands in several places: 'all' of them in full (the notes' rule, the
   * default), the 'first' (TensorFlow's rule), or each an equal part ('split').
   */
  ties?: TieRule;
}

type PoolGeometry = WindowGeometry & {ties: TieRule};

/** What {@link maxPool2dForward} leaves for {@link maxPool2dBackward}. */
export interface MaxPool2dCache {
  x: Tensor4D;
  out: Tensor4D;
  geometry: PoolGeometry;
}

const optionNames = ['poolSize', 'strides', 'padding', 'dilationRate', 'ties', 'dataFormat', 'exactFit'] as const;

const pool = explicitOp<{x: Tensor4D}, PoolGeometry, {out: Tensor4D}>({
  name: 'maxPool2d',
  forward: ({x}, g) => {
    const out = fromChannelsLast(kernels().maxPool(toChannelsLast(x, g.dataFormat), g), g.dataFormat);
    return {out, cache: {out}};
  },
  backward: {x: (dout, {x}, {out}, g) => scatter({dout: dout as Tensor4D, x, out}, g)},
});

/** dx += dout at the maxima of each window: linear in dout; its adjoint sums what stands at the maxima. */
const scatter: ExplicitOp<{dout: Tensor4D, x: Tensor4D, out: Tensor4D}, PoolGeometry> = explicitOp({
  name: 'maxPool2dScatter',
  forward: ({dout, x, out}, g) => ({out: atMaxima('maxPoolScatter', dout, x, out, g)}),
  backward: {dout: (ddx, {x, out}, _, g) => gather({v: ddx as Tensor4D, x, out}, g)},
});

const gather: ExplicitOp<{v: Tensor4D, x: Tensor4D, out: Tensor4D}, PoolGeometry> = explicitOp({
  name: 'maxPool2dGather',
  forward: ({v, x, out}, g) => ({out: atMaxima('maxPoolGather', v, x, out, g)}),
  backward: {v: (d, {x, out}, _, g) => scatter({dout: d as Tensor4D, x, out}, g)},
});

function atMaxima(
    kernel: 'maxPoolScatter' | 'maxPoolGather', values: Tensor4D, x: Tensor4D, out: Tensor4D,
    g: PoolGeometry): Tensor4D {
  const [$values, $x, $out] = [values, x, out].map(t => toChannelsLast(t, g.dataFormat)) as
      [Tensor4D, Tensor4D, Tensor4D];
  return fromChannelsLast(kernels()[kernel]($values, $x, $out, g, g.ties), g.dataFormat);
}

/**
 * The forward half of {@link maxPool2d}; `cache` goes to {@link maxPool2dBackward}.
 * @returns `out` in the layout of x, and `cache`.
 */
export function maxPool2dForward(x: Tensor4D | TensorLike, options: MaxPool2dOptions):
    {out: Tensor4D, cache: MaxPool2dCache} {
  return tidy(() => {
    const {x: $x, geometry} = prepare(x, options);
    const out = pool({x: $x}, geometry) as Tensor4D;
    return {out, cache: {x: $x, out, geometry}};
  });
}

/**
 * The backward half of {@link maxPool2d}: dx[entry] = sum of dout over the windows whose maximum the entry is (its
 * share, with `ties: 'split'`).
 * @returns dx in the shape of x.
 */
export function maxPool2dBackward(dout: Tensor4D, cache: MaxPool2dCache): {dx: Tensor4D} {
  const op = 'maxPool2dBackward';
  checkCache(op, 'maxPool2dForward', cache, ['x', 'out', 'geometry']);
  const {x, out, geometry} = cache;
  return tidy(() => ({dx: scatter({dout: checkDout(op, dout, out.shape), x, out}, geometry) as Tensor4D}));
}

/**
 * Max pooling: `out[n, i, j, c] = max over (p, q) of x[n, S i + D p - P, S j + D q - P, c]`.
 *
 * Backward: a window's dout goes to its maximum; to each of them in full where several entries tie, unless `ties` says
 * otherwise. Padding counts as minus infinity. A window that holds NaN has no maximum and passes no gradient.
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
 * Source: the notes' pooling layer, `max_pool_forward_naive` and `max_pool_backward_naive`.
 *
 * ```js
 * const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
 * ops.maxPool2d(x, {poolSize: 2}).print();  // 4
 * ```
 */
export function maxPool2d(x: Tensor4D | TensorLike, options: MaxPool2dOptions): Tensor4D {
  return tidy(() => {
    const {x: $x, geometry} = prepare(x, options);
    return pool({x: $x}, geometry) as Tensor4D;
  });
}

function prepare(x: Tensor4D | TensorLike, options: MaxPool2dOptions): {x: Tensor4D, geometry: PoolGeometry} {
  const op = 'maxPool2d';
  checkOptions(op, options, optionNames);
  const window = checkWindow(op, 'poolSize', options?.poolSize, options ?? {}, options?.poolSize);
  checkPoolPadding(op, window);
  const ties = checkChoice(op, 'ties', options.ties ?? 'all', ['all', 'first', 'split'] as const);
  const $x = checkTensor<Tensor4D>(op, 'x', x, [4]);
  return {x: $x, geometry: {...placeWindow(op, window, $x.shape), ties}};
}
