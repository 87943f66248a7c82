/**
 * Convolution. Every output is the sum of a region of the image times a filter, plus the filter's bias. With the
 * padded image xp, stride S and dilation D,
 *
 *     out[n, f, i, j] = b[f] + sum over c, u, v of xp[n, c, i*S + u*D, j*S + v*D] * w[f, c, u, v]
 *
 * Each term is a product of one x and one w that is added to one out. So the backward goes through the very same
 * triples (out, x, w), and each factor receives the other one times dout:
 *
 *     dw[f, c, u, v]                  += xp[n, c, i*S + u*D, j*S + v*D] * dout[n, f, i, j]
 *     dxp[n, c, i*S + u*D, j*S + v*D] += w[f, c, u, v] * dout[n, f, i, j]
 *     db[f]                           += dout[n, f, i, j]
 *
 * and dx is dxp without the padding.
 *
 * *Shape*: x [N, C, H, W], w [F, C / groups, HH, WW], b [F], out [N, F, H_out, W_out] with
 * H_out = floor((H + top + bottom - (D * (HH - 1) + 1)) / S) + 1, and W_out likewise.
 *
 * With groups the channels and the filters are cut into as many equal parts, and part g of the filters sees only
 * part g of the channels. Rows and columns that no window reaches get a zero gradient.
 *
 * Source: the course notes (docs/from_the_notes.md), convolutional layer, `conv_forward_naive` and `conv_backward_naive`.
 */
import {at, checkArray, checkCache, checkOptional, checkOptions, checkShape, checkWhole, show, zeros} from './array';
import type {ReferenceArray} from './array';
import {addBias, sumPerChannel} from './bias';
import {cropImages, forEachPixel, padImages, readWindow} from './window';
import type {Window, WindowOptions} from './window';

/** Options of {@link convForward}. */
export interface ConvOptions extends WindowOptions {
  /** Parts that channels and filters are cut into. Default 1. */
  groups?: number;
}

/** What {@link convBackward} needs of the forward. */
export interface ConvCache {
  /** The input. */
  x: ReferenceArray;
  /** The filters. */
  w: ReferenceArray;
  /** The biases. */
  b: ReferenceArray | null;
  /** Where the filters lie. */
  window: Window;
  /** Parts that channels and filters are cut into. */
  groups: number;
}

const optionNames = ['stride', 'pad', 'dilation', 'groups'];

/**
 * Convolves x with the filters w and adds b (null for none). Stride defaults to 1, pad to 0.
 *
 * Throws when a rank, the channels, the length of b or an option is wrong, and when the filter does not fit.
 *
 * ```ts
 * const {out, cache} = convForward(x, w, b, {stride: 2, pad: 1});
 * const {dx, dw, db} = convBackward(dout, cache);
 * ```
 */
export function convForward(
    x: ReferenceArray, w: ReferenceArray, b: ReferenceArray | null,
    options: ConvOptions = {}): {out: ReferenceArray; cache: ConvCache} {
  const name = 'convForward';
  checkOptions(name, options, optionNames);
  checkArray(name, 'x', x, 4, '[N, C, H, W]');
  checkArray(name, 'w', w, 4, '[F, C / groups, HH, WW]');
  const groups = checkWhole(name, 'groups', options.groups ?? 1, 1);
  checkChannels(name, x, w, groups);
  checkOptional(name, 'b', b, [w.shape[0]], 'one bias per filter (or null)');
  const window = readWindow(name, x.shape, [w.shape[2], w.shape[3]], options);
  const cache = {x, w, b, window, groups};

  const out = zeros(outShape(cache));
  const xp = padImages(x, window.pad);
  forEachProduct(cache, xp.shape, out.shape, (o, p, q) => {
    out.data[o] += xp.data[p] * w.data[q];
  });
  addBias(out, b);
  return {out, cache};
}

/**
 * The gradients of sum(out * dout) by x, w and b, in their shapes; db is null where b was.
 *
 * Throws when dout does not have the shape of out.
 */
export function convBackward(
    dout: ReferenceArray,
    cache: ConvCache): {dx: ReferenceArray; dw: ReferenceArray; db: ReferenceArray | null} {
  const name = 'convBackward';
  checkCache(name, 'convForward', cache, ['x', 'w', 'b', 'window', 'groups']);
  checkShape(name, 'dout', dout, outShape(cache), 'the shape of out');
  const {x, w, b, window} = cache;

  const xp = padImages(x, window.pad);
  const dxp = zeros(xp.shape);
  const dw = zeros(w.shape);
  forEachProduct(cache, xp.shape, dout.shape, (o, p, q) => {
    dw.data[q] += xp.data[p] * dout.data[o];
    dxp.data[p] += w.data[q] * dout.data[o];
  });
  return {dx: cropImages(dxp, window.pad, x.shape), dw, db: b === null ? null : sumPerChannel(dout)};
}

/**
 * Calls `visit(o, p, q)` for every product of the convolution: out[o] takes xp[p] * w[q]. The three are positions
 * in `data`.
 */
function forEachProduct(
    {w, window, groups}: ConvCache, xpShape: number[], outputShape: number[],
    visit: (o: number, p: number, q: number) => void): void {
  const {stride, dilation} = window;
  const [F, channels, HH, WW] = w.shape;
  forEachPixel(outputShape, (n, f, i, j) => {
    const o = at(outputShape, n, f, i, j);
    const firstChannel = Math.floor(f / (F / groups)) * channels;
    for (let c = 0; c < channels; c++) {
      for (let u = 0; u < HH; u++) {
        for (let v = 0; v < WW; v++) {
          const row = i * stride[0] + u * dilation[0];
          const column = j * stride[1] + v * dilation[1];
          visit(o, at(xpShape, n, firstChannel + c, row, column), at(w.shape, f, c, u, v));
        }
      }
    }
  });
}

function outShape({x, w, window}: ConvCache): number[] {
  return [x.shape[0], w.shape[0], ...window.out];
}

function checkChannels(name: string, x: ReferenceArray, w: ReferenceArray, groups: number): void {
  const got = `Got x ${show(x.shape)}, w ${show(w.shape)}, groups ${groups}.`;
  if (x.shape[1] !== w.shape[1] * groups) {
    throw new Error(`${name}: x has ${x.shape[1]} channels but w expects ${w.shape[1] * groups} ` +
      `(w.shape[1] * groups). ${got} Check the layouts: x is [N, C, H, W], w [F, C / groups, HH, WW].`);
  }
  if (w.shape[0] % groups !== 0) {
    throw new Error(`${name}: ${groups} groups do not divide the ${w.shape[0]} filters of w. ${got} ` +
      'Use a number of filters that is a multiple of groups.');
  }
}
