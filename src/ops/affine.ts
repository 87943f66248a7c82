import type {Tensor, Tensor1D, Tensor2D, TensorLike} from '@tensorflow/tfjs-core';

import {kernels} from '../backends';
import type {Kernels} from '../backends';
import {tidy} from '../tidy';
import {checkTensor, showShape} from '../validate';
import {channelSum} from './channel_sum';
import {reshapeTo} from './layout';
import {matMul} from './mat_mul';
import {defineOp} from './record';
import type {ForwardCache, Given} from './record';
import {rectified, throughRelu} from './relu';

type Inputs = {x: Tensor, w: Tensor2D, b: Tensor1D | null};

/** What {@link affineForward} leaves for {@link affineBackward}. */
export interface AffineCache extends ForwardCache<undefined> {
  x: Tensor;
  w: Tensor2D;
  b: Tensor1D | null;
}

/**
 * Fully connected layer: `out = flatten(x) w + b`, each example flattened to a row.
 *
 * Backward: `dx = dout w^T`, `dw = x^T dout`, `db = sum of dout over the examples`.
 *
 * *Shape*
 * - x: [N, d1, ..., dk], D = d1 * ... * dk
 * - w: [D, M]
 * - b: [M] or null
 * - out: [N, M]
 *
 * @throws On wrong rank or dtype, or when the flattened size of x, the rows of w or the length of b do not fit.
 *
 * Source: the course notes (docs/from_the_notes.md), fully connected layer, `affine_forward` and `affine_backward`.
 *
 * ```js
 * const out = ops.affine(tf.ones([2, 7, 7, 8]), tf.ones([392, 10]), tf.zeros([10]));
 * console.log(out.shape);  // [2, 10]
 * ```
 */
export function affine(
    x: Tensor | TensorLike, w: Tensor | TensorLike, b: Tensor | TensorLike | null = null): Tensor2D {
  return product.call({x, w, b}, {}) as Tensor2D;
}

const product = productBy((x, w, b) => kernels().affine(x, w, b));

function productBy(forward: Kernels['affine']) {
  return defineOp<Inputs, Record<string, never>, undefined>({
    name: 'affine',
    inputs: ['x', 'w', 'b'],
    options: {},
    settle,
    forward: ({x, w, b}) => ({out: forward(rowsOf(x), w, b)}),
    backward: {
      x: (dout, {x, w}) => reshapeTo(matMul(dout, w, false, true), x.shape),
      shared: {
        of: ['w', 'b'],
        rule: (dout, {x}, _, __, wanted) => ({
          w: wanted.includes('w') ? matMul(rowsOf(x), dout, true, false) : null,
          b: wanted.includes('b') ? channelSum(dout) : null,
        }),
      },
    },
  });
}

/**
 * The forward half of {@link affine}; `cache` goes to {@link affineBackward}.
 * @returns `out` [N, M], and `cache`.
 */
export function affineForward(
    x: Tensor | TensorLike, w: Tensor | TensorLike, b: Tensor | TensorLike | null = null):
    {out: Tensor2D, cache: AffineCache} {
  return product.forward({x, w, b}, {}) as {out: Tensor2D, cache: AffineCache};
}

/**
 * The backward half of {@link affine}: dx = dout w^T, dw = x^T dout, db = the column sums of dout.
 * @returns dx, dw and db in the shapes of x, w and b; db is null where b was.
 */
export function affineBackward(dout: Tensor, cache: AffineCache): {dx: Tensor, dw: Tensor2D, db: Tensor1D | null} {
  return product.backward(dout, cache) as {dx: Tensor, dw: Tensor2D, db: Tensor1D | null};
}

/** The value is max(0, out), the rules are those of out: {@link throughRelu} must follow it. */
const productRelu = productBy((x, w, b) => kernels().affineRelu?.(x, w, b) ?? rectified(kernels().affine(x, w, b)));

/** relu(affine(x, w, b)), in one pass where the backend has it; what was before relu is not kept. */
export function affineRelu(x: Tensor, w: Tensor2D, b: Tensor1D | null = null): Tensor2D {
  return tidy(() => throughRelu({x: productRelu.callChecked({x, w, b}, {})}) as Tensor2D);
}

/** Each example a row. */
function rowsOf(x: Tensor): Tensor2D {
  return reshapeTo(x, [x.shape[0]!, x.size / x.shape[0]!]);
}

function settle({x, w, b}: Given<Inputs>, _: object, op: string): {inputs: Inputs, settings: undefined} {
  const $x = checkTensor(op, 'x', x);
  const $w = checkTensor<Tensor2D>(op, 'w', w, [2], '[D, M]');
  if ($x.rank < 1) throw new Error(`${op}: x must have rank 1 or more ([N, ...]). Got a scalar. Reshape it.`);
  const size = $x.size / $x.shape[0]!;
  if ($w.shape[0] !== size) {
    throw new Error(`${op}: an example of x has ${size} entries but w has ${$w.shape[0]} rows. ` +
        `Got x ${showShape($x.shape)}, w ${showShape($w.shape)}. Use a w of [${size},${$w.shape[1]}].`);
  }
  const $b = b === null ? null : checkTensor<Tensor1D>(op, 'b', b, [1], '[M]');
  if ($b && $b.shape[0] !== $w.shape[1]) {
    throw new Error(`${op}: b must have one entry per column of w, [${$w.shape[1]}]. Got ${showShape($b.shape)}. Pass one ` +
        'of that length, or null.');
  }
  return {inputs: {x: $x, w: $w, b: $b}, settings: undefined};
}
