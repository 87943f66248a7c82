/**
 * Where the windows of a pooling lie, and which entries of an image each of them holds. The padding is no entry.
 */
import {at, checkWhole, show} from './array';
import type {ReferenceArray} from './array';
import {forEachPixel, readWindow} from './window';
import type {Window, WindowOptions} from './window';

/** The window of a pooling; the stride defaults to its size. */
export interface PoolWindowOptions extends WindowOptions {
  /** Rows of a window. */
  poolHeight: number;
  /** Columns of a window. */
  poolWidth: number;
}

/** The names of {@link PoolWindowOptions}. */
export const poolOptionNames = ['poolHeight', 'poolWidth', 'stride', 'pad', 'dilation'];

/** An image and the windows over it. */
interface Windows {
  x: ReferenceArray;
  window: Window;
}

/** Calls `visit` for every output o with the positions of its window's entries, row by row, without the padding. */
export function forEachWindow(windows: Windows, visit: (o: number, entries: number[]) => void): void {
  const shape = outShape(windows);
  forEachPixel(shape, (n, c, i, j) => visit(at(shape, n, c, i, j), entriesOf(windows, n, c, i, j)));
}

function entriesOf({x, window}: Windows, n: number, c: number, i: number, j: number): number[] {
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

/** The shape of a pooling's output. */
export function outShape({x, window}: Windows): number[] {
  return [x.shape[0], x.shape[1], ...window.out];
}

/** Checks the options and places the window. Throws where a pad is as large as the window's span. */
export function readPoolWindow(name: string, x: ReferenceArray, options: PoolWindowOptions): Window {
  const size: [number, number] =
    [checkWhole(name, 'poolHeight', options.poolHeight, 1), checkWhole(name, 'poolWidth', options.poolWidth, 1)];
  const window = readWindow(name, x.shape, size, {...options, stride: options.stride ?? size});
  const {pad, span} = window;
  if (Math.max(...pad[0]) >= span[0] || Math.max(...pad[1]) >= span[1]) {
    throw new Error(`${name}: the pad on each side must be smaller than the window's span ${span.join('x')}, ` +
      `for a window of only padding has nothing to pool. Got pad ${show(pad)}. Pad less or use a larger window.`);
  }
  return window;
}
