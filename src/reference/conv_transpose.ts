/**
 * Transposed convolution: the adjoint of a convolution, which is what that convolution's backward does to dout. Every
 * entry of x, times a filter, is added to a window of the output. On the output with its padding, outp, with stride S
 * and dilation D,
 *
 *     outp[n, k, i*S + u*D, j*S + v*D] += x[n, c, i, j] * w[c, k, u, v]
 *
 * and out is outp without the padding, plus b[k]. The backward goes through the same triples (outp, x, w); with doutp,
 * which is dout with zeros in the padding,
 *
 *     dx[n, c, i, j] += doutp[n, k, i*S + u*D, j*S + v*D] * w[c, k, u, v]         (an ordinary convolution of dout)
 *     dw[c, k, u, v] += doutp[n, k, i*S + u*D, j*S + v*D] * x[n, c, i, j]
 *     db[k]          += dout[n, k, i, j]
 *
 * *Shape*: x [N, C, H, W], w [C, K, HH, WW], b [K], out [N, K, H_out, W_out] with
 * H_out = (H - 1) * S + D * (HH - 1) + 1 - top - bottom + outputPad, and W_out likewise.
 *
 * A convolution drops the rows that its stride leaves over, so several sizes of image give the same size of output:
 * `outputPad`, below the stride, says which of them out is to have. Its rows and columns are at the bottom and right.
 *
 * Source: the course notes (docs/from_the_notes.md), convolution, `conv_backward_naive`, its dx read as a forward.
 */
import {at, checkArray, checkCache, checkOptional, checkOptions, checkShape, show, zeros} from './array';
import type {ReferenceArray} from './array';
import {addBias, sumPerChannel} from './bias';
import {cropImages, forEachPixel, paddedShape, padImages, readWindow} from './window';
import type {Pair, Window, WindowOptions} from './window';

/** Options of {@link convTransposeForward}. */
export interface ConvTransposeOptions extends WindowOptions {
  /** Rows and columns more at the bottom and right of out, each below the stride. Default 0. */
  outputPad?: Pair;
}

/** What {@link convTransposeBackward} needs of the forward. */
export interface ConvTransposeCache {
  /** The input. */
  x: ReferenceArray;
  /** The filters. */
  w: ReferenceArray;
  /** The biases. */
  b: ReferenceArray | null;
  /** Where the filters lie on the output: the window of the convolution that this is the adjoint of. */
  window: Window;
  /** The shape of out. */
  outShape: number[];
}

/**
 * Spreads x over the output with the filters w and adds b (null for none). Stride defaults to 1, pad and outputPad to 0.
 *
 * Throws when a rank, the channels, the length of b or an option is wrong, when outputPad is not below the stride, and
 * when the padding leaves no output.
 *
 * ```ts
 * const {out, cache} = convTransposeForward(x, w, b, {stride: 2, pad: 1, outputPad: 1});
 * const {dx, dw, db} = convTransposeBackward(dout, cache);
 * ```
 */
export function convTransposeForward(
    x: ReferenceArray, w: ReferenceArray, b: ReferenceArray | null,
    options: ConvTransposeOptions = {}): {out: ReferenceArray; cache: ConvTransposeCache} {
  const name = 'convTransposeForward';
  checkOptions(name, options, ['stride', 'pad', 'dilation', 'outputPad']);
  checkArray(name, 'x', x, 4, '[N, C, H, W]');
  checkArray(name, 'w', w, 4, '[C, K, HH, WW]');
  if (x.shape[1] !== w.shape[0]) {
    throw new Error(`${name}: x has ${x.shape[1]} channels but w has filters for ${w.shape[0]}. Got x ` +
      `${show(x.shape)}, w ${show(w.shape)}. Check the layouts: x is [N, C, H, W], w [C, K, HH, WW].`);
  }
  checkOptional(name, 'b', b, [w.shape[1]], 'one bias per output channel (or null)');
  const cache = {x, w, b, ...readOutput(name, x, w, options)};
  const outp = zeros(paddedShape(cache.outShape, cache.window.pad));
  forEachProduct(cache, (o, p, q) => {
    outp.data[o] += x.data[p] * w.data[q];
  });
  const out = cropImages(outp, cache.window.pad, cache.outShape);
  addBias(out, b);
  return {out, cache};
}

/**
 * The gradients of sum(out * dout) by x, w and b, in their shapes; db is null where b was.
 *
 * Throws when dout does not have the shape of out.
 */
export function convTransposeBackward(
    dout: ReferenceArray,
    cache: ConvTransposeCache): {dx: ReferenceArray; dw: ReferenceArray; db: ReferenceArray | null} {
  const name = 'convTransposeBackward';
  checkCache(name, 'convTransposeForward', cache, ['x', 'w', 'b', 'window', 'outShape']);
  checkShape(name, 'dout', dout, cache.outShape, 'the shape of out');
  const {x, w, b, window} = cache;
  const doutp = padImages(dout, window.pad);
  const dx = zeros(x.shape);
  const dw = zeros(w.shape);
  forEachProduct(cache, (o, p, q) => {
    dx.data[p] += doutp.data[o] * w.data[q];
    dw.data[q] += doutp.data[o] * x.data[p];
  });
  return {dx, dw, db: b === null ? null : sumPerChannel(dout)};
}

/** Calls `visit(o, p, q)` for every product: outp[o] takes x[p] * w[q]. The three are positions in `data`. */
function forEachProduct(cache: ConvTransposeCache, visit: (o: number, p: number, q: number) => void): void {
  const {x, w, outShape, window: {stride, dilation, pad}} = cache;
  const outp = paddedShape(outShape, pad);
  const [, K, HH, WW] = w.shape;
  forEachPixel(x.shape, (n, c, i, j) => {
    for (let k = 0; k < K; k++) {
      for (let u = 0; u < HH; u++) {
        for (let v = 0; v < WW; v++) {
          const o = at(outp, n, k, i * stride[0] + u * dilation[0], j * stride[1] + v * dilation[1]);
          visit(o, at(x.shape, n, c, i, j), at(w.shape, c, k, u, v));
        }
      }
    }
  });
}

/** The shape of out, and the window whose convolution makes an array of x's size of it. */
function readOutput(
    name: string, x: ReferenceArray, w: ReferenceArray,
    {outputPad = 0, ...options}: ConvTransposeOptions): {window: Window; outShape: number[]} {
  const [N, , ...size] = x.shape;
  const [, K, ...kernel] = w.shape;
  // An image as large as any, for the options to be read.
  const {stride, pad, span} = readWindow(name, [1, 1, Infinity, Infinity], kernel as [number, number], options);
  const extra = Array.isArray(outputPad) ? outputPad : [outputPad, outputPad];
  if (extra.length !== 2 || !extra.every((rows, i) => Number.isInteger(rows) && rows >= 0 && rows < stride[i])) {
    throw new Error(`${name}: outputPad must be a whole number >= 0 below the stride ${show(stride)}, or two of them ` +
      `[y, x]. Got ${show(outputPad)}. Pass less: with more, a convolution of out does not give the size of x.`);
  }
  const out = [0, 1].map((i) => (size[i] - 1) * stride[i] + span[i] - pad[i][0] - pad[i][1] + extra[i]);
  if (out.some((rows) => rows < 1)) {
    throw new Error(`${name}: the padding ${show(pad)} leaves an output of ${out.join('x')}. Got x ${show(x.shape)}, w ` +
      `${show(w.shape)}, stride ${show(stride)}. Pad less.`);
  }
  const outShape = [N, K, ...out];
  return {outShape, window: readWindow(name, outShape, kernel as [number, number], options)};
}
