import {
  affineForward, array, convBackward, convForward, im2col, maxPoolBackward, maxPoolForward,
} from '../../../src/reference';
import type {ReferenceArray} from '../../../src/reference';
import {at, fill} from './numbers';
import type {Numbers} from './numbers';
import type {Problem} from './problem';

/** How much of dout flows back: of every cell, of the cells up to this step in the order of the loops, of it alone. */
export type Share = 'all' | 'so far' | 'alone';

/** What the library's backward pass returns; dw and db are null for a pooling. */
export interface Gradients {
  dx: Numbers;
  dw: Numbers | null;
  db: Numbers | null;
}

/** The arrays of a problem as the reference has them: [1, C, H, W] and [K, C, F, F]. */
export function referenceArrays({x, w, b, dout}: Problem) {
  return {x: toImage(x), w: toFilters(w), b: array(b.shape, b.data), dout: toImage(dout)};
}

/** out, [Ho, Wo, K], by the library's forward. */
export function forward(problem: Problem): Numbers {
  return fromImage(run(problem).out);
}

/** The gradients for this dout, [Ho, Wo, K], by the library's backward. */
export function backward(problem: Problem, dout: Numbers): Gradients {
  return run(problem).backward(toImage(dout));
}

/** The window of every output position as a column, [F F D, Ho Wo], rows in the order row, column, channel. */
export function columns({x, sizes: {kernel, stride, padding, depth}}: Problem): Numbers {
  const cols = im2col(toImage(x), {kernelSize: kernel, stride, pad: padding});
  // The reference has the channels first.
  const area = kernel * kernel;
  return fill(cols.shape, ([row, column]) =>
    cols.data[(row! % depth * area + Math.floor(row! / depth)) * cols.shape[1]! + column!]!);
}

/** The filters as rows, [K, F F D]. */
export function filterRows({w}: Problem): Numbers {
  const [rows, width, depth, count] = w.shape as [number, number, number, number];
  return fill([count, rows * width * depth], ([k, place]) => w.data[place! * count + k!]!);
}

/**
 * dx as a convolution, for an input of any stride: of dout with zeros between its rows and columns and around them, with
 * the filters flipped. The library computes it, so that it can be compared with what its backward says.
 */
export interface Gather {
  /** dout, stretched and padded, [W + F - 1, W + F - 1, K]. */
  stretched: Numbers;
  /** The place in dout of each row (and column) of `stretched`; null where the zero was put in. */
  places: (number | null)[];
  /** [F, F, D, K], each filter flipped both ways. */
  flipped: Numbers;
  /** [W, W, D] */
  dx: Numbers;
}

export function gather({sizes: {width, kernel, stride, padding, depth, filters}, w, dout}: Problem): Gather {
  const size = width + kernel - 1;
  const places = Array.from({length: size}, (_, e) => {
    const place = (e + padding - kernel + 1) / stride;
    return Number.isInteger(place) && place >= 0 && place < dout.shape[0]! ? place : null;
  });
  const stretched = fill([size, size, filters], ([row, column, k]) => {
    const [i, j] = [places[row!]!, places[column!]!];
    return i === null || j === null ? 0 : at(dout, i, j, k!);
  });
  const flipped = fill(w.shape, ([u, v, c, k]) => at(w, kernel - 1 - u!, kernel - 1 - v!, c!, k!));
  // Here the input channels are the outputs, and the filters the channels.
  const turned = fill([kernel, kernel, filters, depth], ([u, v, k, c]) => at(flipped, u!, v!, c!, k!));
  const {out} = convForward(toImage(stretched), toFilters(turned), null, {stride: 1, pad: 0});
  return {stretched, places, flipped, dx: fromImage(out)};
}

function run(problem: Problem): {out: ReferenceArray, backward: (dout: ReferenceArray) => Gradients} {
  const {layer, sizes: {kernel, stride, padding}, ties} = problem;
  const {x, w, b} = referenceArrays(problem);
  if (layer === 'pool') {
    const {out, cache} = maxPoolForward(x, {poolHeight: kernel, poolWidth: kernel, stride, pad: padding, ties});
    return {out, backward: (dout) => ({dx: fromImage(maxPoolBackward(dout, cache).dx), dw: null, db: null})};
  }
  const {out, cache} = convForward(x, w, b, {stride, pad: padding});
  return {out, backward: (dout) => {
    const {dx, dw, db} = convBackward(dout, cache);
    return {dx: fromImage(dx), dw: fromFilters(dw), db: {shape: db!.shape, data: [...db!.data]}};
  }};
}

/** [H, W, C] as [1, C, H, W]. */
function toImage(image: Numbers): ReferenceArray {
  const [height, width, channels] = image.shape as [number, number, number];
  const {data} = fill([channels, height, width], ([c, i, j]) => at(image, i!, j!, c!));
  return array([1, channels, height, width], data);
}

function fromImage({shape: [, channels, height, width], data}: ReferenceArray): Numbers {
  return fill([height!, width!, channels!], ([i, j, c]) => data[(c! * height! + i!) * width! + j!]!);
}

/** [F, F, D, K] as [K, D, F, F]. */
function toFilters(w: Numbers): ReferenceArray {
  const [rows, columns, depth, count] = w.shape as [number, number, number, number];
  return array([count, depth, rows, columns], fill([count, depth, rows, columns], ([k, c, u, v]) => at(w, u!, v!, c!, k!)).data);
}

function fromFilters({shape, data}: ReferenceArray): Numbers {
  const [count, depth, rows, columns] = shape as [number, number, number, number];
  return fill([rows, columns, depth, count], ([u, v, c, k]) => data[((k! * depth + c!) * rows + u!) * columns + v!]!);
}

/** filter rows * columns + b, [K, Ho Wo]: the convolution as one matrix product, by the library's fully connected layer. */
export function product(rows: Numbers, cols: Numbers, b: Numbers): Numbers {
  const turn = ({shape: [height, width], data}: Numbers) =>
    array([width!, height!], fill([width!, height!], ([i, j]) => data[j! * width! + i!]!).data);
  const {out} = affineForward(turn(cols), turn(rows), array(b.shape, b.data));
  return fill([rows.shape[0]!, cols.shape[1]!], ([k, position]) => out.data[position! * rows.shape[0]! + k!]!);
}
