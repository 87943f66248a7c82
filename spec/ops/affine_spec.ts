import * as tf from '@tensorflow/tfjs-core';

import {kernels} from '../../src/backends';
import {affine, affineBackward, affineForward} from '../../src/ops';
import {tidy} from '../../src/tidy';
import {itAgrees} from '../support/agreement';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {affineAgreement} from '../support/cases';
import {expectClose, expectNoLeaks} from '../support/matchers';
import {randomValues} from '../support/random';
import {itRefuses} from '../support/refusals';
import {toleranceOf} from '../support/tolerances';

const random = <R extends tf.Rank>(shape: number[], seed: number) => toTensor<R>(randomValues(shape, seed));

describeOnBackends('affine', () => {
  it('x=[2,2] w=[2,3], by hand', async () => {
    const [x, w, b] = [tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[1, 0, 2], [0, 1, 3]]), tf.tensor1d([10, 20, 30])];
    const {out, cache} = affineForward(x, w, b);
    await expectClose(out, [[11, 22, 38], [13, 24, 48]], toleranceOf('affine'));
    const {dx, dw, db} = affineBackward(tf.tensor2d([[1, 0, 0], [0, 1, 1]]), cache);
    await expectClose(dx, [[1, 0], [2, 4]], toleranceOf('affine'));
    await expectClose(dw, [[1, 3, 3], [2, 4, 4]], toleranceOf('affine'));
    await expectClose(db!, [1, 1, 1], toleranceOf('affine'));
  });

  it('of the document: [16,16,12] gives 10 class scores', () => {
    expect(affine(tf.zeros([1, 16, 16, 12]), tf.zeros([3072, 10]), tf.zeros([10])).shape).toEqual([1, 10]);
  });

  describe('agrees with the reference', () => itAgrees(affineAgreement));

  it('agrees with tf.matMul', async () => {
    const [x, w, dout] = [random<tf.Rank.R2>([4, 5], 1), random<tf.Rank.R2>([5, 3], 2), random<tf.Rank.R2>([4, 3], 3)];
    await expectClose(affine(x, w), tf.matMul(x, w), toleranceOf('affine'));
    const [ours, theirs] = [affine, tf.matMul].map((f) =>
      tf.grads((a, b) => f(a as tf.Tensor2D, b as tf.Tensor2D))([x, w], dout));
    await expectClose(ours![0]!, theirs![0]!, toleranceOf('affine'));
    await expectClose(ours![1]!, theirs![1]!, toleranceOf('affine'));
  });

  describe('rules', () => {
    const inputs = () => ({x: random([3, 4], 1), w: random<tf.Rank.R2>([4, 2], 2), b: tf.tensor1d([1, 2])});
    const products = () => (kernels().matMul as jasmine.Spy).calls.count();
    beforeEach(() => {
      spyOn(kernels(), 'matMul').and.callThrough();
      spyOn(kernels(), 'columnSum').and.callThrough();
    });

    it('for w alone: one product, no dx', async () => {
      const {x, w, b} = inputs();
      await expectNoLeaks(() => tf.grad((weights) => affine(x, weights as tf.Tensor2D, b))(w));
      expect(products()).toBe(1);
      expect(kernels().columnSum).not.toHaveBeenCalled();
    });
    it('for x alone: one product, no dw', () => {
      const {x, w, b} = inputs();
      tf.grad((rows) => affine(rows, w, b))(x);
      expect(products()).toBe(1);
    });
    it('for b alone: no product', async () => {
      const {x, w, b} = inputs();
      await expectClose(tf.grad((bias) => affine(x, w, bias as tf.Tensor1D))(b), [3, 3]);
      expect(products()).toBe(0);
    });
    it('for all: two products', () => {
      const {x, w, b} = inputs();
      tf.grads((rows, weights, bias) => affine(rows, weights as tf.Tensor2D, bias as tf.Tensor1D))([x, w, b]);
      expect(products()).toBe(2);
    });
  });

  it('can be differentiated when called inside an inner tidy', async () => {
    const [x, w] = [random([3, 4], 1), random<tf.Rank.R2>([4, 2], 2)];
    const plain = tf.grads((a, b) => affine(a, b as tf.Tensor2D))([x, w]);
    const inner = tf.grads((a, b) => tf.tidy(() => affine(tf.mul(a, 1), tf.mul(b, 1) as tf.Tensor2D)))([x, w]);
    await expectClose(inner[0]!, plain[0]!);
    await expectClose(inner[1]!, plain[1]!);
  });

  it('the gradient is in the shape of x', () => {
    const dx = tf.grad((x) => affine(x, tf.ones([12, 2])))(tf.ones([2, 3, 4]));
    expect(dx.shape).toEqual([2, 3, 4]);
  });

  it('NaN stays NaN', async () => {
    await expectClose(affine(tf.tensor2d([[NaN, 1], [1, 1]]), tf.ones([2, 1])), [[NaN], [2]]);
  });

  const given = (...shapes: number[][]) => () => shapes.map((shape) => tf.zeros(shape));
  const plain = (x: tf.Tensor, w: tf.Tensor2D, b?: tf.Tensor1D) => affine(x, w, b);
  itRefuses('affine', [
    {title: 'a scalar', given: given([], [1, 2]), call: plain, message: /x must have rank 1 or more.*Got a scalar\. Reshape/},
    {title: 'w of rank 1', given: given([2, 3], [3]), call: plain, message: /w must have rank 2 \(\[D, M\]\)\. Got rank 1, \[3\]/},
    {title: 'b of rank 2', given: given([2, 3], [3, 4], [1, 4]), call: plain, message: /b must have rank 1 \(\[M\]\)/},
    {title: 'rows of w that do not fit', given: given([2, 3, 4], [11, 5]), call: plain,
      message: /an example of x has 12 entries but w has 11 rows\. Got x \[2,3,4\], w \[11,5\]\. Use a w of \[12,5\]/},
    {title: 'b of another length', given: given([2, 3], [3, 4], [3]), call: plain,
      message: /b must have one entry per column of w, \[4\]\. Got \[3\]\. Pass/},
    {title: 'x of int32', given: () => [tf.zeros([2, 3], 'int32'), tf.zeros([3, 4])], call: plain, message: /x must be float32/},
    {title: 'w of bool', given: () => [tf.zeros([2, 3]), tf.zeros([3, 4], 'bool')], call: plain, message: /w must be float32/},
    {title: 'an empty batch', given: given([0, 3], [3, 4]), call: plain, message: /x is empty: \[0,3\]/},
    {title: 'no w', given: given([2, 3]), call: plain, message: /w must be a tensor.*Got undefined/},
    {title: 'a dout of another shape', given: given([2, 3], [2, 3], [3, 4]),
      call: (dout: tf.Tensor2D, x: tf.Tensor, w: tf.Tensor2D) => tidy(() => affineBackward(dout, affineForward(x, w).cache)),
      message: /^affineBackward: dout must have the shape of out, \[2,4\]\. Got \[2,3\]/},
    {title: 'an empty cache', call: () => affineBackward([[1]] as never, {} as never),
      message: /^affineBackward: cache must be the one that affineForward returned\. Got \{\}/},
    {title: 'what is no cache', call: () => affineBackward([[1]] as never, null as never),
      message: /^affineBackward: cache must be the one that affineForward returned\. Got null/},
  ]);
});
