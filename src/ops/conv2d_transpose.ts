import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D, Tensor4D, TensorLike} from '@tensorflow/tfjs-core';

import {kernels} from '../backends';
import type {OpCache} from '../explicit_op';
import {axesOf, axisWindow, dilatedSize, normalizePair, outputLength, placeWindow, windowOf, windowOptions} from '../geometry';
import type {AxisWindow, CheckedWindow, ConvGeometry, WindowOptions} from '../geometry';
import type {Checked, OptionTable} from '../options';
import {checkTensor, showShape} from '../validate';
import {channelSum} from './channel_sum';
import {family} from './conv2d';
import {checkBias, showBoth} from './convolution_family';
import type {ConvolutionInputs} from './convolution_family';
import {channelsLastOrder} from './layout';
import {defineOp} from './record';
import type {ForwardCache} from './record';

/** Options of {@link conv2dTranspose}. */
export interface Conv2dTransposeOptions extends Omit<WindowOptions, 'exactFit'> {
  /**
   * Extra rows and columns at the bottom and right: one number or [vertical, horizontal]. With null, the default,
   * `padding` decides, see {@link conv2dTranspose}.
   */
  outputPadding?: number | [number, number] | null;
}

const {exactFit: _, ...window} = windowOptions;

/** Names, defaults and checks of {@link Conv2dTransposeOptions}. */
export const conv2dTransposeOptions = {
  ...window,
  outputPadding: {
    default: null,
    check: (op, name, value): [number, number] | null => (value === null ? null : normalizePair(op, name, value, 0)),
  },
} satisfies OptionTable<Conv2dTransposeOptions>;

/** What {@link conv2dTransposeForward} leaves for {@link conv2dTransposeBackward}; x is [N, H, W, C] in either format. */
export interface Conv2dTransposeCache extends ForwardCache<ConvGeometry> {
  x: Tensor4D;
  w: Tensor4D;
  b: Tensor1D | null;
}

/**
 * Transposed convolution: the adjoint of a convolution, what its backward does to dout. Every entry of x, times a
 * filter, is added to a window of the output.
 *
 * `out[n, S i + D p - P, S j + D q - P, k] += sum_c x[n, i, j, c] w[p, q, k, c]`, then `+ b[k]`
 *
 * Backward: `dx` is the convolution of dout with w; `dw` sums dout * x as a convolution's filter gradient does, and `db`
 * dout over images and positions. The rule of an input that nobody differentiates does not run.
 *
 * Several image sizes give a strided convolution the same output size; `padding` and `outputPadding` choose the size of
 * out. With F' = D (kh - 1) + 1:
 * - numeric padding: Ho = (H - 1) S + F' - 2P + outputPadding, outputPadding being 0 by default
 * - 'valid': Ho = (H - 1) S + max(F', S), with outputPadding (H - 1) S + F' + outputPadding
 * - 'same': Ho = H S, with outputPadding (H - 1) S + F' % 2 + outputPadding
 *
 * *Shape*
 * - x: [N, H, W, C], or [N, C, H, W] with `dataFormat: 'channelsFirst'`
 * - filter: [kh, kw, K, C] in either format
 * - bias: [K] or null
 * - out: [N, Ho, Wo, K] or [N, K, Ho, Wo]
 *
 * @param x Images, float32.
 * @param filter Filters, float32, height, width, channels of out, channels of x.
 * @param bias One offset per channel of out, or null.
 * @param options See {@link Conv2dTransposeOptions}.
 * @throws On wrong rank or dtype, channels that do not fit, a size of out whose convolution does not give the size of x,
 * strides or dilation below 1, negative padding, an unknown option.
 *
 * Source: the course notes (docs/from_the_notes.md), convolutional layer, `conv_backward_naive`, its dx read as a forward.
 *
 * ```js
 * const x = tf.ones([1, 4, 4, 8]);
 * const filter = tf.ones([3, 3, 2, 8]);
 * const out = ops.conv2dTranspose(x, filter, null, {strides: 2, padding: 'same'});
 * console.log(out.shape);  // [1, 8, 8, 2]
 * ```
 */
export function conv2dTranspose(
    x: Tensor | TensorLike, filter: Tensor | TensorLike, bias: Tensor | TensorLike | null = null,
    options: Conv2dTransposeOptions = {}): Tensor4D {
  return transposed.call({x, w: filter, b: bias}, options) as Tensor4D;
}

/** out is the input gradient of a convolution whose dout is x; that convolution is its derivative by x. */
export const transposed = defineOp<ConvolutionInputs, typeof conv2dTransposeOptions, ConvGeometry, OpCache>({
  name: 'conv2dTranspose',
  inputs: ['x', 'w', 'b'],
  options: conv2dTransposeOptions,
  settle: ({x, w, b}, options, op) => {
    const $x = checkTensor<Tensor4D>(op, 'x', x, [4]);
    const $w = checkTensor<Tensor4D>(op, 'filter', w, [4], '[kh, kw, K, C]');
    const axes = axesOf(options.dataFormat);
    const [kh, kw, filters, filtered] = $w.shape;
    const channels = $x.shape[axes.channels]!;
    if (filtered !== channels) {
      throw new Error(`${op}: x has ${channels} channels but filter expects ${filtered} (filter.shape[3]). ` +
          `${showBoth($x, $w)} A filter here is [kh, kw, K, C], C being the channels of x. Check dataFormat.`);
    }
    const [height, width] = transposedSize(op, [kh, kw], options, [$x.shape[axes.height]!, $x.shape[axes.width]!]);
    const shape = options.dataFormat === 'channelsLast' ? [$x.shape[0], height!, width!, filters] :
                                                          [$x.shape[0], filters, height!, width!];
    return {
      inputs: {x: $x, w: $w, b: checkBias(op, b, filters)},
      settings: {...placeWindow(op, convolutionOf([kh, kw], options), shape), filters: channels, groups: 1},
    };
  },
  order: channelsLastOrder,
  forward: ({x, w, b}, g) => {
    const spread = kernels().conv2dInputGrad(x, w, g);
    return {out: b ? tf.add(spread, b) : spread};
  },
  backward: {
    x: (dout, {w}, _, g) => family.forward({x: dout as Tensor4D, w}, g),
    w: (dout, {x}, _, g) => family.filterGrad({x: dout as Tensor4D, dout: x}, g),
    b: dout => channelSum(dout),
  },
});

type Options = Checked<typeof conv2dTransposeOptions>;
type Pair = [number, number];

/** The window of the convolution that takes out to the size of x. */
function convolutionOf(kernel: Pair, options: Options): CheckedWindow {
  return windowOf(kernel, {...options, exactFit: false});
}

/**
 * The height and the width of out; null where that of x is.
 * @throws If a convolution of that size does not give the size of x.
 */
export function transposedSize(op: string, kernel: Pair, options: Options, size: (number | null)[]): (number | null)[] {
  const convolution = convolutionOf(kernel, options);
  return ([0, 1] as const).map(i => {
    const [name, inSize] = [i === 0 ? 'height' : 'width', size[i] ?? null] as const;
    if (inSize === null) return null;
    const window = axisWindow(convolution, i);
    const out = lengthOf(window, inSize, options.outputPadding?.[i] ?? null);
    const back = out < 1 ? null : outputLength(op, name, out, window);
    if (back !== inSize) {
      const {padding} = options;
      throw new Error(`${op}: no convolution of an image of ${name} ${out} gives ${name} ${inSize}` +
          `${back === null ? '' : `, but ${back}`}. Got kernel ${showShape(kernel)}, strides ${showShape(options.strides)}, ` +
          `padding ${typeof padding === 'string' ? `'${padding}'` : JSON.stringify(padding)}, outputPadding ` +
          `${JSON.stringify(options.outputPadding)}. Take an outputPadding below the stride, or less padding.`);
    }
    return out;
  });
}

function lengthOf({kernel, stride, dilation, padding}: AxisWindow, inSize: number, more: number | null): number {
  const [extent, least] = [dilatedSize(kernel, dilation), (inSize - 1) * stride];
  if (padding === 'valid') return least + (more === null ? Math.max(extent, stride) : extent + more);
  if (padding === 'same') return more === null ? inSize * stride : least + extent % 2 + more;
  return least + extent - padding[0] - padding[1] + (more ?? 0);
}

/**
 * The forward half of {@link conv2dTranspose}; `cache` goes to {@link conv2dTransposeBackward}.
 * @returns `out` in the layout of x, and `cache`.
 */
export function conv2dTransposeForward(
    x: Tensor | TensorLike, filter: Tensor | TensorLike, bias: Tensor | TensorLike | null = null,
    options: Conv2dTransposeOptions = {}): {out: Tensor4D, cache: Conv2dTransposeCache} {
  return transposed.forward({x, w: filter, b: bias}, options) as {out: Tensor4D, cache: Conv2dTransposeCache};
}

/**
 * The backward half of {@link conv2dTranspose}: from dout in the shape of `out`, dx = the convolution of dout with w,
 * dw = sum of dout * x over images and positions, db = sum of dout over images and positions.
 * @returns dx, dw and db in the shapes of x, filter and bias; db is null where bias was.
 */
export function conv2dTransposeBackward(dout: Tensor, cache: Conv2dTransposeCache):
    {dx: Tensor4D, dw: Tensor4D, db: Tensor1D | null} {
  return transposed.backward(dout, cache) as {dx: Tensor4D, dw: Tensor4D, db: Tensor1D | null};
}
