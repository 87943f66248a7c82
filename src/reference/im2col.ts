/**
 * im2col lays every window of an image out as a column, so that a convolution becomes one matrix product of the
 * filters (each a row) with these columns. col2im is its adjoint: it adds every entry of the columns back to the
 * pixel it was copied from, so that sum(im2col(x) * cols) = sum(x * col2im(cols)); it is im2col's backward.
 *
 * *Shape*: x [N, C, H, W], columns [C * HH * WW, N * H_out * W_out]. Rows are in the order (c, u, v) of a filter's
 * weights, columns image by image and in each image row by row of the output.
 *
 * Source: the course notes (docs/from_the_notes.md), implementation as matrix multiplication.
 */
import {at, checkArray, checkOptions, checkShape, checkWhole, show, zeros} from './array';
import type {ReferenceArray} from './array';
import {cropImages, paddedShape, padImages, readPair, readWindow} from './window';
import type {Pair, Window, WindowOptions} from './window';

/** Options of {@link im2col} and {@link col2im}. */
export interface Im2colOptions extends WindowOptions {
  /** Rows and columns of a window. */
  kernelSize: Pair;
}

const optionNames = ['kernelSize', 'stride', 'pad', 'dilation'];

/**
 * The windows of x as columns; pixels of the padding are 0. Stride defaults to 1, pad to 0.
 *
 * Throws when x is not 4-D, an option is wrong or the window does not fit.
 */
export function im2col(x: ReferenceArray, options: Im2colOptions): ReferenceArray {
  checkArray('im2col', 'x', x, 4, '[N, C, H, W]');
  const window = readOptions('im2col', x.shape, options);
  const xp = padImages(x, window.pad);
  const cols = zeros(columnShape(x.shape, window));
  forEachEntry(x.shape, xp.shape, window, (entry, p) => {
    cols.data[entry] = xp.data[p];
  });
  return cols;
}

/**
 * Adds the columns back to images of `xShape`. The options are those of the im2col that it undoes.
 *
 * Throws when xShape is not four sizes, cols does not have the shape that im2col gives, or an option is wrong.
 */
export function col2im(cols: ReferenceArray, xShape: number[], options: Im2colOptions): ReferenceArray {
  if (!Array.isArray(xShape) || xShape.length !== 4) {
    throw new Error(`col2im: xShape must be four sizes [N, C, H, W]. Got ${show(xShape)}. Pass im2col's x.shape.`);
  }
  xShape.forEach((size, axis) => checkWhole('col2im', `xShape[${axis}]`, size, 1));
  const window = readOptions('col2im', xShape, options);
  checkShape('col2im', 'cols', cols, columnShape(xShape, window), 'what im2col gives for xShape');
  const xp = zeros(paddedShape(xShape, window.pad));
  forEachEntry(xShape, xp.shape, window, (entry, p) => {
    xp.data[p] += cols.data[entry];
  });
  return cropImages(xp, window.pad, xShape);
}

/** Calls `visit(entry, p)` for every entry of the columns and the pixel p of the padded image that it shows. */
function forEachEntry(
    xShape: number[], xpShape: number[], {size, stride, dilation, out}: Window,
    visit: (entry: number, p: number) => void): void {
  const [N, C] = xShape;
  const [HH, WW] = size;
  const positions = out[0] * out[1];
  for (let row = 0; row < C * HH * WW; row++) {
    const c = Math.floor(row / (HH * WW));
    const u = Math.floor(row / WW) % HH;
    const v = row % WW;
    for (let column = 0; column < N * positions; column++) {
      const n = Math.floor(column / positions);
      const i = Math.floor(column / out[1]) % out[0];
      const j = column % out[1];
      const p = at(xpShape, n, c, i * stride[0] + u * dilation[0], j * stride[1] + v * dilation[1]);
      visit(row * N * positions + column, p);
    }
  }
}

function columnShape([N, C]: number[], {size, out}: Window): number[] {
  return [C * size[0] * size[1], N * out[0] * out[1]];
}

function readOptions(name: string, xShape: number[], options: Im2colOptions): Window {
  checkOptions(name, options, optionNames);
  return readWindow(name, xShape, readPair(name, 'kernelSize', options.kernelSize), options);
}
