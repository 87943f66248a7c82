import type {Tensor, Tensor1D, Tensor4D, TensorLike} from '@tensorflow/tfjs-core';

import {kernels} from '../backends';
import type {OpCache} from '../explicit_op';
import {axesOf, placeWindow, windowOf, windowOptions} from '../geometry';
import type {ConvGeometry, WindowOptions} from '../geometry';
import type {Checked, OptionTable} from '../options';
import {tidy} from '../tidy';
import {checkCount, checkTensor} from '../validate';
import {checkBias, convolutionFamily, groupedKernels, isDepthwise, showBoth} from './convolution_family';
import type {ConvolutionInputs, ConvolutionKernels} from './convolution_family';
import {channelsLastOrder} from './layout';
import {defineOp} from './record';
import type {ForwardCache, Given, Op} from './record';
import {rectified, throughRelu} from './relu';

/** Options of {@link conv2d}. */
export interface Conv2dOptions extends WindowOptions {
  /** The number of groups: each group of channels is convolved with its own filters; the default is 1. */
  groups?: number;
}

/** Names, defaults and checks of {@link Conv2dOptions}. */
export const conv2dOptions = {
  ...windowOptions,
  groups: {default: 1, check: checkCount},
} satisfies OptionTable<Conv2dOptions>;

/** What {@link conv2dForward} leaves for {@link conv2dBackward}; x is [N, H, W, C] in either data format. */
export interface Conv2dCache extends ForwardCache<ConvGeometry> {
  x: Tensor4D;
  w: Tensor4D;
  b: Tensor1D | null;
}

/**
 * Convolution (strictly a correlation, as everywhere in deep learning: the filter is not flipped).
 *
 * `out[n, i, j, k] = sum_pqc x[n, S i + D p - P, S j + D q - P, c] w[p, q, c, k] + b[k]`
 *
 * Backward: `dx` spreads each dout over its window, weighted by w; `dw` sums x * dout and `db` dout over images and
 * positions. The rule of an input that nobody differentiates does not run.
 *
 * *Shape*
 * - x: [N, H, W, C], or [N, C, H, W] with `dataFormat: 'channelsFirst'`
 * - filter: [kh, kw, C / groups, K] in either format
 * - bias: [K] or null
 * - out: [N, Ho, Wo, K] or [N, K, Ho, Wo], Ho = floor((H - F' + 2P) / S) + 1 with F' = D (kh - 1) + 1
 *
 * Rows and columns that no window reaches get zero gradient.
 *
 * @param x Images, float32.
 * @param filter Filters, float32, height, width, channels, number.
 * @param bias One offset per filter, or null.
 * @param options See {@link Conv2dOptions}; strides, dilation and groups may be combined freely.
 * @throws On wrong rank or dtype, channels that do not fit, a window larger than the padded input, strides or dilation
 * below 1, negative padding, groups that do not divide, an unknown option.
 *
 * Source: the course notes (docs/from_the_notes.md), convolutional layer, `conv_forward_naive` and `conv_backward_naive`.
 *
 * ```js
 * const x = tf.ones([1, 5, 5, 3]);
 * const filter = tf.ones([3, 3, 3, 2]);
 * const out = ops.conv2d(x, filter, null, {strides: 2, padding: 1});
 * console.log(out.shape);  // [1, 3, 3, 2]
 * ```
 */
export function conv2d(
    x: Tensor | TensorLike, filter: Tensor | TensorLike, bias: Tensor | TensorLike | null = null,
    options: Conv2dOptions = {}): Tensor4D {
  return convolution.call({x, w: filter, b: bias}, options) as Tensor4D;
}

type Convolution = Op<ConvolutionInputs, typeof conv2dOptions, ConvGeometry, OpCache>;

/** Forward, dx and dw, each other's derivatives. */
export const family = convolutionFamily('conv2d', groupedKernels);

/** out[n, i, j, k] = sum over (p, q, c) of x[n, S i + D p - P, S j + D q - P, c] * w[p, q, c, k] + b[k] */
export const convolution: Convolution = convolutionBy((x, w, b, g) => groupedKernels(g).forward(x, w, b, g));

function convolutionBy(forward: ConvolutionKernels['forward']): Convolution {
  return defineOp<ConvolutionInputs, typeof conv2dOptions, ConvGeometry, OpCache>({
    name: 'conv2d',
    inputs: ['x', 'w', 'b'],
    options: conv2dOptions,
    settle,
    order: channelsLastOrder,
    forward: ({x, w, b}, g) => ({out: forward(x, w, b, g)}),
    backward: family.rules,
  });
}

/**
 * The forward half of {@link conv2d}; `cache` goes to {@link conv2dBackward}.
 * @returns `out` in the layout of x, and `cache`.
 */
export function conv2dForward(
    x: Tensor | TensorLike, filter: Tensor | TensorLike, bias: Tensor | TensorLike | null = null,
    options: Conv2dOptions = {}): {out: Tensor4D, cache: Conv2dCache} {
  return convolution.forward({x, w: filter, b: bias}, options) as {out: Tensor4D, cache: Conv2dCache};
}

/**
 * The backward half of {@link conv2d}: from dout in the shape of `out`, dx = sum of dout * w over the windows that hold
 * an entry, dw = sum of x * dout over images and positions, db = sum of dout over images and positions.
 * @returns dx, dw and db in the shapes of x, filter and bias; db is null where bias was.
 */
export function conv2dBackward(dout: Tensor, cache: Conv2dCache):
    {dx: Tensor4D, dw: Tensor4D, db: Tensor1D | null} {
  return convolution.backward(dout, cache) as {dx: Tensor4D, dw: Tensor4D, db: Tensor1D | null};
}

/** The value is max(0, out), the rules are those of out: {@link throughRelu} must follow it. */
const convolutionRelu = convolutionBy((x, w, b, g) =>
  (isDepthwise(g) ? null : kernels().conv2dRelu?.(x, w, b, g)) ?? rectified(groupedKernels(g).forward(x, w, b, g)));

/** relu(conv2d(x, filter, bias, options)), in one pass where the backend has it; what was before relu is not kept. */
export function conv2dRelu(
    x: Tensor4D, filter: Tensor4D, bias: Tensor1D | null, options: Checked<typeof conv2dOptions>): Tensor4D {
  return tidy(() => throughRelu({x: convolutionRelu.callChecked({x, w: filter, b: bias}, options)}) as Tensor4D);
}

function settle(
    {x, w, b}: Given<ConvolutionInputs>,
    options: Checked<typeof conv2dOptions>, op: string): {inputs: ConvolutionInputs, settings: ConvGeometry} {
  const $x = checkTensor<Tensor4D>(op, 'x', x, [4]);
  const $w = checkTensor<Tensor4D>(op, 'filter', w, [4], '[kh, kw, C / groups, K]');
  const {groups} = options;
  checkGroups(op, groups, $x.shape[axesOf(options.dataFormat).channels]!, $x, $w);
  const geometry = placeWindow(op, windowOf([$w.shape[0], $w.shape[1]], options), $x.shape);
  return {
    inputs: {x: $x, w: $w, b: checkBias(op, b, $w.shape[3])}, settings: {...geometry, filters: $w.shape[3], groups},
  };
}

function checkGroups(op: string, count: number, channels: number, x: Tensor, w: Tensor4D): void {
  const got = showBoth(x, w);
  if (channels % count !== 0 || w.shape[3] % count !== 0) {
    throw new Error(`${op}: groups (${count}) must divide the channels of x (${channels}) and the number of filters ` +
        `(${w.shape[3]}). ${got} Change groups, or the number of filters.`);
  }
  if (w.shape[2] * count !== channels) {
    throw new Error(`${op}: x has ${channels} channels but filter expects ${w.shape[2] * count} (filter.shape[2] * ` +
        `groups). ${got} Check dataFormat and groups.`);
  }
}
