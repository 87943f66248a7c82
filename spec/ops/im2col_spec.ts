import * as tf from '@tensorflow/tfjs-core';

import {kernels} from '../../src/backends';
import {col2im, conv2d, im2col} from '../../src/ops';
import type {Conv2dOptions, Im2colOptions} from '../../src/ops';
import {itAgrees} from '../support/agreement';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {col2imAgreement, im2colAgreement} from '../support/cases';
import {expectClose, expectNoLeaks} from '../support/matchers';
import {randomValues} from '../support/random';
import {itRefuses} from '../support/refusals';
import type {Refusal} from '../support/refusals';

const random = <R extends tf.Rank>(shape: number[], seed: number) => toTensor<R>(randomValues(shape, seed));

describeOnBackends('im2col', () => {
  it('of the document: [227,227,3] F=11 S=4 gives [363,3025], times 96 filters [55,55,96]', async () => {
    const [x, w] = [random<tf.Rank.R4>([1, 227, 227, 3], 1), random<tf.Rank.R4>([11, 11, 3, 96], 2)];
    const cols = im2col(x, {kernelSize: 11, strides: 4});
    expect(cols.shape).toEqual([363, 3025]);
    const out = tf.reshape(tf.transpose(tf.matMul(tf.reshape(w, [363, 96]), cols, true)), [55, 55, 96]);
    // The convolution itself at the last position, where the window sees the corner: sums of 363 products.
    const corner = conv2d(tf.slice(x, [0, 216, 216, 0], [1, 11, 11, 3]) as tf.Tensor4D, w);
    await expectClose(tf.slice(out, [54, 54, 0], [1, 1, 96]), tf.reshape(corner, [1, 1, 96]), {relative: 1e-4, absolute: 1e-5});
  });

  it('a convolution is a product with the columns', async () => {
    const [x, w] = [random<tf.Rank.R4>([2, 6, 7, 3], 1), random<tf.Rank.R4>([3, 2, 3, 4], 2)];
    const options: Conv2dOptions = {strides: [2, 1], padding: [[1, 0], [0, 2]], dilationRate: [1, 2]};
    const product = tf.matMul(tf.reshape(w, [18, 4]), im2col(x, {kernelSize: [3, 2], ...options}), true);
    const out = conv2d(x, w, null, options);
    await expectClose(tf.reshape(tf.transpose(product), out.shape), out, {relative: 1e-5, absolute: 1e-5});
  });

  it('x=[2,2,2,1] F=1,2, by hand: rows (kh, kw, c), columns image by image', async () => {
    const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2, 1]);
    await expectClose(im2col(x, {kernelSize: [1, 2]}), [[1, 3, 5, 7], [2, 4, 6, 8]]);
  });

  it('rows are (kh, kw, c) for channelsLast and (c, kh, kw) for channelsFirst', async () => {
    const last = tf.tensor4d([1, 10, 2, 20], [1, 1, 2, 2]);
    await expectClose(im2col(last, {kernelSize: [1, 2]}), [[1], [10], [2], [20]]);
    const first = tf.transpose(last, [0, 3, 1, 2]);
    await expectClose(im2col(first, {kernelSize: [1, 2], dataFormat: 'channelsFirst'}), [[1], [2], [10], [20]]);
  });

  describe('agrees with the reference', () => itAgrees(im2colAgreement));

  it('the rule does not run when nobody differentiates x', async () => {
    const scatter = spyOn(kernels(), 'col2im').and.callThrough();
    const [x, w] = [random<tf.Rank.R4>([1, 4, 4, 2], 1), random<tf.Rank.R2>([3, 8], 2)];
    await expectNoLeaks(() => tf.grad((rows) => tf.matMul(rows as tf.Tensor2D, im2col(x, {kernelSize: 2})))(w));
    expect(scatter).not.toHaveBeenCalled();
  });

  const refused = (title: string, options: object | undefined, message: RegExp): Refusal => ({
    title, given: () => [tf.zeros([2, 5, 6, 3])], call: (x: tf.Tensor4D) => im2col(x, options as Im2colOptions), message,
  });

  itRefuses('im2col', [
    {title: 'x of rank 3', given: () => [tf.zeros([5, 6, 3])], call: (x: tf.Tensor4D) => im2col(x, {kernelSize: 2}),
      message: /x must have rank 4.*\[5,6,3\]/},
    {title: 'x of int32', given: () => [tf.zeros([1, 5, 6, 3], 'int32')], call: (x: tf.Tensor4D) => im2col(x, {kernelSize: 2}),
      message: /x must be float32/},
    {title: 'an empty batch', given: () => [tf.zeros([0, 5, 6, 3])], call: (x: tf.Tensor4D) => im2col(x, {kernelSize: 2}),
      message: /x is empty/},
    refused('no options', undefined, /kernelSize must be a whole number.*Got undefined/),
    refused('kernelSize 0', {kernelSize: 0}, /kernelSize must.*Got 0/),
    refused('a patch larger than x', {kernelSize: [6, 2]}, /a window of 6 .*padded height 5/),
    refused('stride 0', {kernelSize: 2, strides: 0}, /strides must/),
    refused('half a dilation', {kernelSize: 2, dilationRate: 0.5}, /dilationRate must/),
    refused('negative padding', {kernelSize: 2, padding: [-1, 0]}, /padding must.*Got \[-1,0\]/),
    refused('a misspelt option', {kernelSize: 2, stride: 1}, /unknown option stride\. Known are kernelSize/),
    refused('an unknown data format', {kernelSize: 2, dataFormat: 'last'}, /dataFormat must/),
  ]);
});

describeOnBackends('col2im', () => {
  it('x=[1,3,3,1] F=2, by hand: an entry collects from every patch it stands in', async () => {
    const cols = im2col(tf.ones([1, 3, 3, 1]), {kernelSize: 2});
    await expectClose(tf.squeeze(col2im(cols, [1, 3, 3, 1], {kernelSize: 2})), [[1, 2, 1], [2, 4, 2], [1, 2, 1]]);
  });

  it('is the adjoint: sum(im2col(x) * cols) = sum(x * col2im(cols))', async () => {
    const options = {kernelSize: [2, 3], strides: [1, 2], padding: 1, dilationRate: [2, 1]} satisfies Im2colOptions;
    const [x, cols] = [random<tf.Rank.R4>([2, 5, 6, 3], 1), random<tf.Rank.R2>([18, 2 * 5 * 3], 2)];
    const [left, right] = [tf.sum(tf.mul(im2col(x, options), cols)), tf.sum(tf.mul(x, col2im(cols, x.shape, options)))];
    await expectClose(left, right, {relative: 1e-5, absolute: 1e-4});
  });

  describe('agrees with the reference', () => itAgrees(col2imAgreement));

  const cols = () => [tf.zeros([12, 20])];
  itRefuses('col2im', [
    {title: 'columns of another shape', given: cols, call: (c: tf.Tensor2D) => col2im(c, [1, 5, 5, 3], {kernelSize: 2}),
      message: /cols must be \[12,16\] for xShape \[1,5,5,3\] and these options\. Got \[12,20\]/},
    {title: 'columns of rank 1', given: () => [tf.zeros([12])],
      call: (c: tf.Tensor2D) => col2im(c, [1, 5, 5, 3], {kernelSize: 2}), message: /cols must have rank 2/},
    {title: 'xShape of three sizes', given: cols, call: (c: tf.Tensor2D) => col2im(c, [5, 5, 3] as never, {kernelSize: 2}),
      message: /xShape must be 4 whole numbers.*Got \[5,5,3\]/},
    {title: 'half a size', given: cols, call: (c: tf.Tensor2D) => col2im(c, [1, 5, 5.5, 3], {kernelSize: 2}),
      message: /xShape must be 4 whole numbers of at least 1\. Got \[1,5,5\.5,3\]/},
    {title: 'a size of 0', given: cols, call: (c: tf.Tensor2D) => col2im(c, [1, 0, 5, 3], {kernelSize: 2}),
      message: /xShape must be 4 whole numbers of at least 1\. Got \[1,0,5,3\]/},
    {title: 'an xShape in words', given: cols, call: (c: tf.Tensor2D) => col2im(c, 'NHWC' as never, {kernelSize: 2}),
      message: /xShape must be 4 whole numbers.*Got 'NHWC'/},
    {title: 'no xShape', given: cols, call: (c: tf.Tensor2D) => col2im(c, undefined as never, {kernelSize: 2}),
      message: /xShape must be 4 whole numbers/},
    {title: 'a misspelt option', given: cols, call: (c: tf.Tensor2D) => col2im(c, [1, 5, 6, 3], {kernelsize: 2} as never),
      message: /unknown option kernelsize/},
  ]);
});
