/**
 * Depthwise convolution. Each channel is convolved with its own M filters, and the results are not added over the
 * channels: output channel c*M + m is channel c under its filter m. With the padded image xp, stride S and dilation D,
 *
 *     out[n, c*M + m, i, j] = b[c*M + m] + sum over u, v of xp[n, c, i*S + u*D, j*S + v*D] * w[c, m, u, v]
 *
 * Each term is a product of one x and one w that is added to one out, so the backward goes through the very same
 * triples, and each factor receives the other one times dout:
 *
 *     dw[c, m, u, v]                  += xp[n, c, i*S + u*D, j*S + v*D] * dout[n, c*M + m, i, j]
 *     dxp[n, c, i*S + u*D, j*S + v*D] += w[c, m, u, v] * dout[n, c*M + m, i, j]
 *     db[c*M + m]                     += dout[n, c*M + m, i, j]
 *
 * and dx is dxp without the padding.
 *
 * *Shape*: x [N, C, H, W], w [C, M, HH, WW], b [C*M], out [N, C*M, H_out, W_out] with
 * H_out = floor((H + top + bottom - (D * (HH - 1) + 1)) / S) + 1, and W_out likewise.
 *
 * Source: the course notes (docs/from_the_notes.md), convolution, with as many groups as there are channels.
 */
import {at, checkArray, checkCache, checkOptional, checkOptions, checkShape, show, zeros} from './array';
import type {ReferenceArray} from './array';
import {addBias, sumPerChannel} from './bias';
import {cropImages, forEachPixel, padImages, readWindow} from './window';
import type {Window, WindowOptions} from './window';

/** What {@link depthwiseConvBackward} needs of the forward. */
export interface DepthwiseConvCache {
  /** The input. */
  x: ReferenceArray;
  /** The filters of each channel. */
  w: ReferenceArray;
  /** The biases. */
  b: ReferenceArray | null;
  /** Where the filters lie. */
  window: Window;
}

/**
 * Convolves each channel of x with its M filters of w and adds b (null for none). Stride defaults to 1, pad to 0.
 *
 * Throws when a rank, the channels, the length of b or an option is wrong, and when the filter does not fit.
 *
 * ```ts
 * const {out, cache} = depthwiseConvForward(x, w, b, {stride: 2, pad: 1});
 * const {dx, dw, db} = depthwiseConvBackward(dout, cache);
 * ```
 */
export function depthwiseConvForward(
    x: ReferenceArray, w: ReferenceArray, b: ReferenceArray | null,
    options: WindowOptions = {}): {out: ReferenceArray; cache: DepthwiseConvCache} {
  const name = 'depthwiseConvForward';
  checkOptions(name, options, ['stride', 'pad', 'dilation']);
  checkArray(name, 'x', x, 4, '[N, C, H, W]');
  checkArray(name, 'w', w, 4, '[C, M, HH, WW]');
  if (x.shape[1] !== w.shape[0]) {
    throw new Error(`${name}: x has ${x.shape[1]} channels but w has filters for ${w.shape[0]}. Got x ` +
      `${show(x.shape)}, w ${show(w.shape)}. Check the layouts: x is [N, C, H, W], w [C, M, HH, WW].`);
  }
  checkOptional(name, 'b', b, [w.shape[0] * w.shape[1]], 'one bias per output channel, C*M (or null)');
  const cache = {x, w, b, window: readWindow(name, x.shape, [w.shape[2], w.shape[3]], options)};

  const out = zeros(outShape(cache));
  const xp = padImages(x, cache.window.pad);
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
export function depthwiseConvBackward(
    dout: ReferenceArray,
    cache: DepthwiseConvCache): {dx: ReferenceArray; dw: ReferenceArray; db: ReferenceArray | null} {
  const name = 'depthwiseConvBackward';
  checkCache(name, 'depthwiseConvForward', cache, ['x', 'w', 'b', 'window']);
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
 * Calls `visit(o, p, q)` for every product: out[o] takes xp[p] * w[q]. The three are positions in `data`.
 */
function forEachProduct(
    {w, window}: DepthwiseConvCache, xpShape: number[], outputShape: number[],
    visit: (o: number, p: number, q: number) => void): void {
  const {stride, dilation} = window;
  const [, M, HH, WW] = w.shape;
  forEachPixel(outputShape, (n, k, i, j) => {
    const c = Math.floor(k / M);
    for (let u = 0; u < HH; u++) {
      for (let v = 0; v < WW; v++) {
        const p = at(xpShape, n, c, i * stride[0] + u * dilation[0], j * stride[1] + v * dilation[1]);
        visit(at(outputShape, n, k, i, j), p, at(w.shape, c, k % M, u, v));
      }
    }
  });
}

function outShape({x, w, window}: DepthwiseConvCache): number[] {
  return [x.shape[0], w.shape[0] * w.shape[1], ...window.out];
}
