import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor2D, Tensor4D, TensorLike} from '@tensorflow/tfjs-core';

import {kernels} from '../backends';
import {explicitOp} from '../explicit_op';
import type {ExplicitOp} from '../explicit_op';
import {placeWindow, windowOf, windowOptions, windowSize} from '../geometry';
import type {WindowGeometry, WindowOptions} from '../geometry';
import {checkedOptions} from '../options';
import type {OptionTable} from '../options';
import {tidy} from '../tidy';
import {checkTensor, show, showShape} from '../validate';
import {channelsLastOrder, inverseOf, permuted} from './layout';

/** Options of {@link im2col} and {@link col2im}. */
export interface Im2colOptions extends WindowOptions {
  /** F, the size of a patch: one number or [height, width]. */
  kernelSize: number | [number, number];
}

const im2colOptions = {kernelSize: windowSize, ...windowOptions} satisfies OptionTable<Im2colOptions>;

/** Each patch a column. Its adjoint puts columns back where they came from, so each is the other's gradient. */
const gather: ExplicitOp<{x: Tensor4D}, WindowGeometry> = explicitOp({
  name: 'im2col',
  forward: ({x}, g) => ({
    out: kernels().im2col(x, g, g.dataFormat === 'channelsFirst'),
  }),
  backward: {x: (dcols, _, __, g) => scatter({cols: dcols as Tensor2D}, g)},
});

const scatter: ExplicitOp<{cols: Tensor2D}, WindowGeometry> = explicitOp({
  name: 'col2im',
  forward: ({cols}, g) => ({
    out: kernels().col2im(cols, g, g.dataFormat === 'channelsFirst'),
  }),
  backward: {cols: (dx, _, __, g) => gather({x: dx as Tensor4D}, g)},
});

/**
 * Stretches the patches of x into columns, so that a convolution becomes one matrix product:
 * `out = matMul(filters as rows, im2col(x))`.
 *
 * *Shape*
 * - x: [N, H, W, C], or [N, C, H, W] with `dataFormat: 'channelsFirst'`
 * - out: [kh * kw * C, N * Ho * Wo]; a row is one place in the patch, in the order (kh, kw, c), or (c, kh, kw) for
 *   channelsFirst; columns run image by image, within an image row by row
 *
 * Backward: each entry of dout is added to the place it was copied from ({@link col2im}).
 *
 * @throws On wrong rank or dtype, a patch larger than the padded input, bad or unknown options.
 *
 * Source: the course notes (docs/from_the_notes.md), implementation as matrix multiplication:
 * [227x227x3], F = 11, S = 4 gives [363 x 3025].
 *
 * ```js
 * const cols = ops.im2col(tf.ones([1, 5, 5, 3]), {kernelSize: 3, strides: 2, padding: 1});
 * console.log(cols.shape);  // [27, 9]
 * ```
 */
export function im2col(x: Tensor | TensorLike, options: Im2colOptions): Tensor2D {
  return tidy(() => {
    const $x = checkTensor<Tensor4D>('im2col', 'x', x, [4]);
    const g = place('im2col', $x.shape, options);
    const order = channelsLastOrder(g);
    return gather({x: order ? permuted($x, order) : $x}, g) as Tensor2D;
  });
}

/**
 * The adjoint of {@link im2col}: adds every entry of the columns to the place of x it would have been copied from.
 * Places in overlapping patches collect several entries, places no patch reaches stay 0.
 *
 * @param cols [kh * kw * C, N * Ho * Wo], as {@link im2col} returns it.
 * @param xShape The shape of x, in the layout that `dataFormat` names.
 * @param options The options {@link im2col} was called with.
 * @returns A tensor of shape `xShape`.
 * @throws If `cols` does not have the shape that these options give, or an option is bad or unknown.
 *
 * Source: the course notes (docs/from_the_notes.md), implementation as matrix multiplication, read backwards.
 *
 * ```js
 * const x = tf.ones([1, 3, 3, 1]);
 * const counts = ops.col2im(ops.im2col(x, {kernelSize: 2}), [1, 3, 3, 1], {kernelSize: 2});
 * counts.print();  // 1 2 1, 2 4 2, 1 2 1: in how many patches an entry stands
 * ```
 */
export function col2im(
    cols: Tensor | TensorLike, xShape: [number, number, number, number], options: Im2colOptions): Tensor4D {
  return tidy(() => {
    if (!Array.isArray(xShape) || xShape.length !== 4 || xShape.some(size => !Number.isInteger(size) || size < 1)) {
      throw new Error(`col2im: xShape must be 4 whole numbers of at least 1. Got ${show(xShape)}. Pass the shape of x.`);
    }
    const $cols = checkTensor<Tensor2D>('col2im', 'cols', cols, [2]);
    const g = place('col2im', xShape, options);
    const expected = [g.kernel[0] * g.kernel[1] * g.channels, g.batch * g.outSize[0] * g.outSize[1]];
    if (!tf.util.arraysEqual($cols.shape, expected)) {
      throw new Error(`col2im: cols must be ${showShape(expected)} for xShape ${showShape(xShape)} and these options. ` +
          `Got ${showShape($cols.shape)}. Pass the options that im2col was called with.`);
    }
    const x = scatter({cols: $cols}, g) as Tensor4D;
    const order = channelsLastOrder(g);
    return order ? permuted(x, inverseOf(order)) : x;
  });
}

function place(op: string, xShape: number[], options: Im2colOptions): WindowGeometry {
  const {kernelSize, ...window} = checkedOptions(op, im2colOptions, options);
  return placeWindow(op, windowOf(kernelSize, window), xShape);
}
