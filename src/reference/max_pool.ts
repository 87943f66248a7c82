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
 * a NaN has NaN for output and, having no maximum, passes no gradient. A dilated window can fall entirely on padding;
 * its output is -Infinity and it passes no gradient.
 *
 * *Shape*: x [N, C, H, W], out [N, C, H_out, W_out] with
 * H_out = floor((H + top + bottom - (D * (poolHeight - 1) + 1)) / S) + 1, and W_out likewise.
 *
 * Source: the course notes (docs/from_the_notes.md), pooling layer, `max_pool_forward_naive` and
 * `max_pool_backward_naive`; padding, dilation and the other rules for ties are additions.
 */
import {checkArray, checkCache, checkOptions, checkShape, show, zeros} from './array';
import type {ReferenceArray} from './array';
import {forEachWindow, outShape, poolOptionNames, readPoolWindow} from './pool_window';
import type {PoolWindowOptions} from './pool_window';
import type {Window} from './window';

/** Who gets the gradient of a window with several maxima. */
export type Ties = 'all' | 'first' | 'split';

/** Options of {@link maxPoolForward}. */
export interface MaxPoolOptions extends PoolWindowOptions {
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
  checkOptions(name, options, [...poolOptionNames, 'ties']);
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

/** The largest of the entries; NaN where one is NaN. */
function maximum(x: ReferenceArray, entries: number[]): number {
  return entries.reduce((largest, p) => Math.max(largest, x.data[p]), -Infinity);
}
