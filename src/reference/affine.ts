/**
 * The fully connected layer. Every example is flattened to a row of D values, and
 *
 *     out = x w + b               out[n, m] = b[m] + sum over d of x[n, d] * w[d, m]
 *     dx = dout w^T               dx[n, d] = sum over m of dout[n, m] * w[d, m]
 *     dw = x^T dout               dw[d, m] = sum over n of x[n, d] * dout[n, m]
 *     db = sum over n of dout     db[m] = sum over n of dout[n, m]
 *
 * *Shape*: x [N, d_1, ..., d_k] with D = d_1 * ... * d_k, w [D, M], b [M], out [N, M]; dx has the shape of x.
 *
 * Source: the course notes (docs/from_the_notes.md), fully connected layer, `affine_forward` and `affine_backward`.
 */
import {checkArray, checkCache, checkOptional, checkShape, show, sizeOf, zeros} from './array';
import type {ReferenceArray} from './array';

/** What {@link affineBackward} needs of the forward. */
export interface AffineCache {
  /** The input. */
  x: ReferenceArray;
  /** The weights. */
  w: ReferenceArray;
  /** The biases. */
  b: ReferenceArray | null;
}

/**
 * The product of the flattened examples with w, plus b (null for none).
 *
 * Throws when w is not [D, M] with the D of x, or b not [M].
 */
export function affineForward(
    x: ReferenceArray, w: ReferenceArray,
    b: ReferenceArray | null): {out: ReferenceArray; cache: AffineCache} {
  const name = 'affineForward';
  checkArray(name, 'x', x);
  checkArray(name, 'w', w, 2, '[D, M]');
  checkFlattened(name, x, w);
  const [D, M] = w.shape;
  checkOptional(name, 'b', b, [M], 'one bias per column of w (or null)');
  const out = zeros([x.shape[0], M]);
  for (let n = 0; n < x.shape[0]; n++) {
    for (let m = 0; m < M; m++) {
      let sum = 0;
      for (let d = 0; d < D; d++) {
        sum += x.data[n * D + d] * w.data[d * M + m];
      }
      out.data[n * M + m] = b === null ? sum : sum + b.data[m];
    }
  }
  return {out, cache: {x, w, b}};
}

/**
 * The gradients of sum(out * dout) by x, w and b, in their shapes; db is null where b was.
 *
 * Throws when dout does not have the shape of out.
 */
export function affineBackward(
    dout: ReferenceArray,
    cache: AffineCache): {dx: ReferenceArray; dw: ReferenceArray; db: ReferenceArray | null} {
  const name = 'affineBackward';
  checkCache(name, 'affineForward', cache, ['x', 'w', 'b']);
  const {x, w, b} = cache;
  const [D, M] = w.shape;
  checkShape(name, 'dout', dout, [x.shape[0], M], 'the shape of out');
  const dx = zeros(x.shape);
  const dw = zeros(w.shape);
  const db = zeros([M]);
  for (let n = 0; n < x.shape[0]; n++) {
    for (let m = 0; m < M; m++) {
      const dvalue = dout.data[n * M + m];
      db.data[m] += dvalue;
      for (let d = 0; d < D; d++) {
        dx.data[n * D + d] += dvalue * w.data[d * M + m];
        dw.data[d * M + m] += x.data[n * D + d] * dvalue;
      }
    }
  }
  return {dx, dw, db: b === null ? null : db};
}

function checkFlattened(name: string, x: ReferenceArray, w: ReferenceArray): void {
  if (x.shape.length === 0) {
    throw new Error(`${name}: x must have a batch axis, [N, d_1, ..., d_k]. Got shape []. Reshape it to [1, D].`);
  }
  const D = sizeOf(x.shape.slice(1));
  if (D !== w.shape[0]) {
    throw new Error(`${name}: an example of x flattens to ${D} values but w expects ${w.shape[0]} (w.shape[0]). ` +
      `Got x ${show(x.shape)}, w ${show(w.shape)}. Use a w of [${D},${w.shape[1]}].`);
  }
}
