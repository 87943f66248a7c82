import type {Tensor, Tensor2D} from '@tensorflow/tfjs-core';

import {kernels} from '../backends';
import {explicitOp} from '../explicit_op';

interface Transposes {
  transposeA: boolean;
  transposeB: boolean;
}

/**
 * op(a) @ op(b). With C = A B: dA = dC B^T and dB = A^T dC; where an operand stands transposed its gradient does too,
 * so each rule is again a product.
 */
const product = explicitOp<{a: Tensor2D, b: Tensor2D}, Transposes>({
  name: 'matMul',
  forward: ({a, b}, {transposeA, transposeB}) => ({out: kernels().matMul(a, b, transposeA, transposeB)}),
  backward: {
    a: (dout, {b}, _, {transposeA, transposeB}) =>
        transposeA ? matMul(b, dout, transposeB, true) : matMul(dout, b, false, !transposeB),
    b: (dout, {a}, _, {transposeA, transposeB}) =>
        transposeB ? matMul(dout, a, true, transposeA) : matMul(a, dout, !transposeA, false),
  },
});

/** The matrix product of a and b, each transposed on request; differentiable to any order. */
export function matMul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor2D {
  return product({a: a as Tensor2D, b: b as Tensor2D}, {transposeA, transposeB}) as Tensor2D;
}
