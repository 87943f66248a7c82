/**
 * Where the windows of a convolution, a pooling or an im2col lie over an image: the options checked and brought to
 * one form, and the size of the output.
 */
import {at, show, zeros} from './array';
import type {ReferenceArray} from './array';

/** One number for both axes, or [y, x]. */
export type Pair = number | [number, number];

/** P on every side, [py, px], or [[top, bottom], [left, right]]. */
export type Pad = number | [number, number] | [[number, number], [number, number]];

/** How windows step over an image. */
export interface WindowOptions {
  /** Rows and columns from one window to the next. */
  stride?: Pair;
  /** Rows and columns added around the image. Default 0. */
  pad?: Pad;
  /** Rows and columns from one cell of a window to the next; 1 leaves no gap. Default 1. */
  dilation?: Pair;
}

/** Window options brought to one form, with the output size that they give. */
export interface Window {
  /** Rows and columns of a window, gaps not counted. */
  size: [number, number];
  /** Step down and step right. */
  stride: [number, number];
  /** [[top, bottom], [left, right]]. */
  pad: [[number, number], [number, number]];
  /** Distance of a window's cells, down and right. */
  dilation: [number, number];
  /** Rows and columns that a window spans with its gaps, D * (F - 1) + 1. */
  span: [number, number];
  /** Rows and columns of the output, floor((H + top + bottom - span) / S) + 1. */
  out: [number, number];
}

/**
 * Checks the options of a window of `size` over images of [.., .., H, W] and computes the output size
 *
 *     H_out = floor((H + top + bottom - (D * (F - 1) + 1)) / S) + 1        (and W_out likewise)
 *
 * Rows and columns left over at the bottom and right, where the stride does not divide, belong to no window.
 *
 * Throws when a stride, dilation or size is not a whole number >= 1, a pad not one >= 0, or the window does not
 * fit into the padded image.
 */
export function readWindow(
    name: string, xShape: number[], size: [number, number], options: WindowOptions): Window {
  const stride = readPair(name, 'stride', options.stride ?? 1);
  const dilation = readPair(name, 'dilation', options.dilation ?? 1);
  const pad = readPad(name, options.pad ?? 0);
  const span: [number, number] = [dilation[0] * (size[0] - 1) + 1, dilation[1] * (size[1] - 1) + 1];
  const padded = paddedShape(xShape, pad).slice(2);
  if (span[0] > padded[0] || span[1] > padded[1]) {
    throw new Error(`${name}: the window spans ${span.join('x')} (size ${size.join('x')}, dilation ` +
      `${dilation.join('x')}) but the padded image is only ${padded.join('x')}. ` +
      `Got x ${show(xShape)}, pad ${show(pad)}. Pad more, or use a smaller window or dilation.`);
  }
  const out: [number, number] = [
    Math.floor((padded[0] - span[0]) / stride[0]) + 1,
    Math.floor((padded[1] - span[1]) / stride[1]) + 1,
  ];
  return {size, stride, pad, dilation, span, out};
}

/** A number for both axes or a pair, as a pair of whole numbers >= 1. */
export function readPair(name: string, label: string, value: Pair): [number, number] {
  const pair = Array.isArray(value) ? value : [value, value];
  if (pair.length !== 2 || !pair.every((entry) => Number.isInteger(entry) && entry >= 1)) {
    throw new Error(`${name}: ${label} must be a whole number >= 1, or two of them [y, x]. ` +
      `Got ${show(value)}. Pass a number such as 2, or a pair such as [2, 1].`);
  }
  return [pair[0], pair[1]];
}

/** The shape of images with `pad` rows and columns around each of them. */
export function paddedShape([N, C, H, W]: number[], [[top, bottom], [left, right]]: Window['pad']): number[] {
  return [N, C, H + top + bottom, W + left + right];
}

/** x with `pad` rows and columns of zeros around each image. */
export function padImages(x: ReferenceArray, pad: Window['pad']): ReferenceArray {
  const [[top], [left]] = pad;
  const padded = zeros(paddedShape(x.shape, pad));
  forEachPixel(x.shape, (n, c, h, w) => {
    padded.data[at(padded.shape, n, c, h + top, w + left)] = x.data[at(x.shape, n, c, h, w)];
  });
  return padded;
}

/**
 * What is left of padded images without their padding: rows top .. top + H - 1, which is right for a pad of 0
 * too.
 */
export function cropImages(padded: ReferenceArray, pad: Window['pad'], xShape: number[]): ReferenceArray {
  const [[top], [left]] = pad;
  const x = zeros(xShape);
  forEachPixel(xShape, (n, c, h, w) => {
    x.data[at(xShape, n, c, h, w)] = padded.data[at(padded.shape, n, c, h + top, w + left)];
  });
  return x;
}

/** Calls `visit` for every index of a 4-D array, in order of `data`. */
export function forEachPixel(
    shape: number[], visit: (n: number, c: number, h: number, w: number) => void): void {
  const [N, C, H, W] = shape;
  for (let n = 0; n < N; n++) {
    for (let c = 0; c < C; c++) {
      for (let h = 0; h < H; h++) {
        for (let w = 0; w < W; w++) {
          visit(n, c, h, w);
        }
      }
    }
  }
}

function readPad(name: string, value: Pad): Window['pad'] {
  const [y, x] = Array.isArray(value) && value.length === 2 ? value : [value, value];
  const sides = Array.isArray(y) && Array.isArray(x) ? [y, x] : [[y, y], [x, x]];
  const ok = sides.every((side) => side.length === 2 &&
    side.every((entry) => Number.isInteger(entry) && (entry as number) >= 0));
  if (!ok) {
    throw new Error(`${name}: pad must be a whole number >= 0, [py, px] or [[top, bottom], [left, right]]. ` +
      `Got ${show(value)}. Pass 0 for no padding.`);
  }
  return sides as Window['pad'];
}
