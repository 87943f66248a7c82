/**
 * Max pooling. Every output is the largest value of a window of one channel,
 *
 *     out[n, c, i, j] = max over u, v of x[n, c, i*S + u*D - top, j*S + v*D - left]
 *
 * and the backward hands dout of a window to the entries that are its maximum; entries in several windows add up:
 *
 *     dx[p] += dout[o]            for every p of window o with x[p] = out[o]
 *
 * `ties` says who gets it when several entries are the maximum: 'all' gives every one the full dout, 'first' only
 * the first in row order, 'split' an equal share to each.
 *
 * Padding counts as minus infinity: it is never chosen over an entry and receives no gradient. A window that holds
 * a NaN has NaN for output and, having no maximum, passes no gradient. A dilated window can step over a small image
 * and meet padding alone; its output is -Infinity and it passes no gradient.
 *
 * *Shape*: x [N, C, H, W], out [N, C, H_out, W_out] with
 * H_out = floor((H + top + bottom - (D * (poolHeight - 1) + 1)) / S) + 1, and W_out likewise.
 *
 * Source: the ConvNet notes, pooling layer, `max_pool_forward_naive` and `max_pool_backward_naive`; padding,
 * dilation and the other rules for ties are additions.
 */
import {at, checkArray, checkCache, checkOptions, checkShape, checkWhole, show, zeros} from './array';
import type {ReferenceArray} from './array';
import {forEachPixel, readWindow} from './window';
import type {Window, WindowOptions} from './window';

/** Who gets the gradient of a window with several maxima. */
export type Ties = 'all' | 'first' | 'split';

/** Options of {@link maxPoolForward}. */
export interface MaxPoolOptions extends WindowOptions {
  /** Rows of a window. */
  poolHeight: number;
  /** Columns of a window. */
  poolWidth: number;
  /** Who gets the gradient of a window with several maxima. Default 'all'. */
  ties?: Ties;
}

/** What {@link maxPoolBackward} needs of the forward. */
export interface MaxPoolCache {
  /** The input. */
  x: ReferenceArray;
  /** Where the windows lie. */
  window: Window;
  /** Who gets the gradient of a window with several maxima. */
  ties: Ties;
}

const optionNames = ['poolHeight', 'poolWidth', 'stride', 'pad', 'dilation', 'ties'];
const tiesRules = ['all', 'first', 'split'];

/**
 * Pools x. The stride defaults to the window's size, the pad to 0.
 *
 * Throws when x is not 4-D, an option is wrong, the window does not fit, or a pad is as large as the window (which
 * would then hold padding alone).
 */
export function maxPoolForward(
    x: ReferenceArray, options: MaxPoolOptions): {out: ReferenceArray; cache: MaxPoolCache} {
  const name = 'maxPoolForward';
  checkOptions(name, options, optionNames);
  checkArray(name, 'x', x, 4, '[N, C, H, W]');
  const ties = options.ties ?? 'all';
  if (!tiesRules.includes(ties)) {
    throw new Error(`${name}: ties must be 'all', 'first' or 'split'. ` +
      `Got ${show(ties)}. Use one of the three, or leave it out for 'all'.`);
  }
  const window = readPoolWindow(name, x, options);
  const cache = {x, window, ties};
  const out = zeros(outShape(cache));
  forEachWindow(cache, (o, entries) => {
    out.data[o] = maximum(x, entries);
  });
  return {out, cache};
}

/** The gradient of sum(out * dout) by x. Throws when dout does not have the shape of out. */
export function maxPoolBackward(dout: ReferenceArray, cache: MaxPoolCache): {dx: ReferenceArray} {
  const name = 'maxPoolBackward';
  checkCache(name, 'maxPoolForward', cache, ['x', 'window', 'ties']);
  checkShape(name, 'dout', dout, outShape(cache), 'the shape of out');
  const {x, ties} = cache;
  const dx = zeros(x.shape);
  forEachWindow(cache, (o, entries) => {
    const largest = maximum(x, entries);
    const maxima = entries.filter((p) => x.data[p] === largest);
    const receivers = ties === 'first' ? maxima.slice(0, 1) : maxima;
    const share = ties === 'split' ? dout.data[o] / maxima.length : dout.data[o];
    for (const p of receivers) {
      dx.data[p] += share;
    }
  });
  return {dx};
}

/** Calls `visit` for every output o with the positions of its window's entries, row by row, without the padding. */
function forEachWindow(cache: MaxPoolCache, visit: (o: number, entries: number[]) => void): void {
  const shape = outShape(cache);
  forEachPixel(shape, (n, c, i, j) => visit(at(shape, n, c, i, j), entriesOf(cache, n, c, i, j)));
}

function entriesOf({x, window}: MaxPoolCache, n: number, c: number, i: number, j: number): number[] {
  const rows = reached(window, 0, i, x.shape[2]);
  const columns = reached(window, 1, j, x.shape[3]);
  return rows.flatMap((row) => columns.map((column) => at(x.shape, n, c, row, column)));
}

/** The rows (axis 0) or columns (axis 1) of the image that the window at `index` reaches. */
function reached({size, stride, pad, dilation}: Window, axis: 0 | 1, index: number, length: number): number[] {
  const start = index * stride[axis] - pad[axis][0];
  return Array.from({length: size[axis]}, (_, cell) => start + cell * dilation[axis])
    .filter((position) => position >= 0 && position < length);
}

/** The largest of the entries; NaN where one is NaN. */
function maximum(x: ReferenceArray, entries: number[]): number {
  return entries.reduce((largest, p) => Math.max(largest, x.data[p]), -Infinity);
}

function outShape({x, window}: MaxPoolCache): number[] {
  return [x.shape[0], x.shape[1], ...window.out];
}

function readPoolWindow(name: string, x: ReferenceArray, options: MaxPoolOptions): Window {
  const {poolHeight, poolWidth} = options;
  checkWhole(name, 'poolHeight', poolHeight, 1);
  checkWhole(name, 'poolWidth', poolWidth, 1);
  const size: [number, number] = [poolHeight, poolWidth];
  const window = readWindow(name, x.shape, size, {...options, stride: options.stride ?? size});
  const {pad, span} = window;
  if (Math.max(...pad[0]) >= span[0] || Math.max(...pad[1]) >= span[1]) {
    throw new Error(`${name}: the pad on each side must be smaller than the window's span ${span.join('x')}, ` +
      `for a window of padding alone has no maximum. Got pad ${show(pad)}. Pad less or use a larger window.`);
  }
  return window;
}
