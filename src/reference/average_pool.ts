/**
 * Average pooling. Every output is the mean of a window of one channel,
 *
 *     out[n, c, i, j] = mean over u, v of x[n, c, i*S + u*D - top, j*S + v*D - left]
 *
 * over the cells that lie in the image: padding is not counted, neither in the sum nor in the number that it is divided
 * by. The backward hands dout of a window to these cells in equal parts; entries in several windows add up:
 *
 *     dx[p] += dout[o] / count[o]            for every p of window o
 *
 * A window that holds a NaN has NaN for output. A dilated window can fall entirely on padding; its output is 0 and it
 * passes no gradient.
 *
 * *Shape*: x [N, C, H, W], out [N, C, H_out, W_out] with
 * H_out = floor((H + top + bottom - (D * (poolHeight - 1) + 1)) / S) + 1, and W_out likewise.
 *
 * Source: an addition to the course notes (docs/from_the_notes.md), which mention average pooling without a formula.
 */
import {checkArray, checkCache, checkOptions, checkShape, zeros} from './array';
import type {ReferenceArray} from './array';
import {forEachWindow, outShape, poolOptionNames, readPoolWindow} from './pool_window';
import type {PoolWindowOptions} from './pool_window';
import type {Window} from './window';

/** What {@link averagePoolBackward} needs of the forward. */
export interface AveragePoolCache {
  /** The input. */
  x: ReferenceArray;
  /** Where the windows lie. */
  window: Window;
}

/**
 * Pools x. The stride defaults to the window's size, the pad to 0.
 *
 * Throws when x is not 4-D, an option is wrong, the window does not fit, or a pad is as large as the window (which
 * would then hold padding alone).
 */
export function averagePoolForward(
    x: ReferenceArray, options: PoolWindowOptions): {out: ReferenceArray; cache: AveragePoolCache} {
  const name = 'averagePoolForward';
  checkOptions(name, options, poolOptionNames);
  checkArray(name, 'x', x, 4, '[N, C, H, W]');
  const cache = {x, window: readPoolWindow(name, x, options)};
  const out = zeros(outShape(cache));
  forEachWindow(cache, (o, entries) => {
    const sum = entries.reduce((total, p) => total + x.data[p], 0);
    out.data[o] = entries.length > 0 ? sum / entries.length : 0;
  });
  return {out, cache};
}

/** The gradient of sum(out * dout) by x. Throws when dout does not have the shape of out. */
export function averagePoolBackward(dout: ReferenceArray, cache: AveragePoolCache): {dx: ReferenceArray} {
  const name = 'averagePoolBackward';
  checkCache(name, 'averagePoolForward', cache, ['x', 'window']);
  checkShape(name, 'dout', dout, outShape(cache), 'the shape of out');
  const dx = zeros(cache.x.shape);
  forEachWindow(cache, (o, entries) => {
    for (const p of entries) dx.data[p] += dout.data[o] / entries.length;
  });
  return {dx};
}
