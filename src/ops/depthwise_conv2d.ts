import type {Tensor, Tensor1D, Tensor4D, TensorLike} from '@tensorflow/tfjs-core';

import type {OpCache} from '../explicit_op';
import {axesOf, placeWindow, windowOf, windowOptions} from '../geometry';
import type {ConvGeometry, WindowOptions} from '../geometry';
import type {OptionTable} from '../options';
import {checkTensor} from '../validate';
import {checkBias, convolutionFamily, depthwiseKernels, showBoth} from './convolution_family';
import type {ConvolutionInputs} from './convolution_family';
import {channelsLastOrder} from './layout';
import {defineOp} from './record';
import type {ForwardCache} from './record';

/** Options of {@link depthwiseConv2d}. */
export type DepthwiseConv2dOptions = WindowOptions;

/** Names, defaults and checks of {@link DepthwiseConv2dOptions}. */
export const depthwiseConv2dOptions = windowOptions satisfies OptionTable<DepthwiseConv2dOptions>;

/** What {@link depthwiseConv2dForward} leaves for {@link depthwiseConv2dBackward}; x is [N, H, W, C] in either format. */
export interface DepthwiseConv2dCache extends ForwardCache<ConvGeometry> {
  x: Tensor4D;
  w: Tensor4D;
  b: Tensor1D | null;
}

/**
 * Depthwise convolution: each channel is convolved with its own M filters, with no sum over channels. Output channel
 * c M + m is channel c under its filter m.
 *
 * `out[n, i, j, c M + m] = sum_pq x[n, S i + D p - P, S j + D q - P, c] w[p, q, c, m] + b[c M + m]`
 *
 * Backward: `dx` spreads each dout over its window, weighted by w, and adds the M filters of a channel; `dw` sums x * dout
 * and `db` dout over images and positions. The rule of an input that nobody differentiates does not run.
 *
 * *Shape*
 * - x: [N, H, W, C], or [N, C, H, W] with `dataFormat: 'channelsFirst'`
 * - filter: [kh, kw, C, M] in either format
 * - bias: [C M] or null
 * - out: [N, Ho, Wo, C M] or [N, C M, Ho, Wo], Ho = floor((H - F' + 2P) / S) + 1 with F' = D (kh - 1) + 1
 *
 * It is `conv2d` with `groups: C` and the filter reshaped to [kh, kw, 1, C M].
 *
 * @param x Images, float32.
 * @param filter Filters, float32, height, width, channels, filters of each channel.
 * @param bias One offset per output channel, or null.
 * @param options See {@link DepthwiseConv2dOptions}; strides and dilation may be combined freely.
 * @throws On wrong rank or dtype, channels that do not fit, a window larger than the padded input, strides or dilation
 * below 1, negative padding, an unknown option.
 *
 * Source: the course notes (docs/from_the_notes.md), convolutional layer, with as many groups as channels.
 *
 * ```js
 * const x = tf.ones([1, 5, 5, 3]);
 * const filter = tf.ones([3, 3, 3, 2]);
 * const out = ops.depthwiseConv2d(x, filter, null, {strides: 2, padding: 1});
 * console.log(out.shape);  // [1, 3, 3, 6]
 * ```
 */
export function depthwiseConv2d(
    x: Tensor | TensorLike, filter: Tensor | TensorLike, bias: Tensor | TensorLike | null = null,
    options: DepthwiseConv2dOptions = {}): Tensor4D {
  return depthwise.call({x, w: filter, b: bias}, options) as Tensor4D;
}

const family = convolutionFamily('depthwiseConv2d', depthwiseKernels);

/** out[n, i, j, c M + m] = sum over (p, q) of x[n, S i + D p - P, S j + D q - P, c] * w[p, q, c, m] + b[c M + m] */
export const depthwise = defineOp<ConvolutionInputs, typeof depthwiseConv2dOptions, ConvGeometry, OpCache>({
  name: 'depthwiseConv2d',
  inputs: ['x', 'w', 'b'],
  options: depthwiseConv2dOptions,
  settle: ({x, w, b}, options, op) => {
    const $x = checkTensor<Tensor4D>(op, 'x', x, [4]);
    const $w = checkTensor<Tensor4D>(op, 'filter', w, [4], '[kh, kw, C, M]');
    const channels = $x.shape[axesOf(options.dataFormat).channels]!;
    const [kh, kw, filtered, multiplier] = $w.shape;
    if (filtered !== channels) {
      throw new Error(`${op}: x has ${channels} channels but filter has filters for ${filtered} (filter.shape[2]). ` +
          `${showBoth($x, $w)} Check dataFormat.`);
    }
    const filters = channels * multiplier;
    const geometry = placeWindow(op, windowOf([kh, kw], options), $x.shape);
    return {
      inputs: {x: $x, w: $w, b: checkBias(op, b, filters, '[C M]')}, settings: {...geometry, filters, groups: channels},
    };
  },
  order: channelsLastOrder,
  forward: ({x, w, b}, g) => ({out: depthwiseKernels().forward(x, w, b, g)}),
  backward: family.rules,
});

/**
 * The forward half of {@link depthwiseConv2d}; `cache` goes to {@link depthwiseConv2dBackward}.
 * @returns `out` in the layout of x, and `cache`.
 */
export function depthwiseConv2dForward(
    x: Tensor | TensorLike, filter: Tensor | TensorLike, bias: Tensor | TensorLike | null = null,
    options: DepthwiseConv2dOptions = {}): {out: Tensor4D, cache: DepthwiseConv2dCache} {
  return depthwise.forward({x, w: filter, b: bias}, options) as {out: Tensor4D, cache: DepthwiseConv2dCache};
}

/**
 * The backward half of {@link depthwiseConv2d}: from dout in the shape of `out`, dx = sum of dout * w over the windows and
 * the filters of a channel, dw = sum of x * dout over images and positions, db = sum of dout over images and positions.
 * @returns dx, dw and db in the shapes of x, filter and bias; db is null where bias was.
 */
export function depthwiseConv2dBackward(dout: Tensor, cache: DepthwiseConv2dCache):
    {dx: Tensor4D, dw: Tensor4D, db: Tensor1D | null} {
  return depthwise.backward(dout, cache) as {dx: Tensor4D, dw: Tensor4D, db: Tensor1D | null};
}
