/** The cpu backend's own kernels: what every backend's do, and what their blocks, sums and memory of their own add. */
import * as tf from '@tensorflow/tfjs-core';

import {kernels} from '../../src/backends';
import {scratchBytes} from '../../src/backends/cpu/scratch';
import {backendNames} from '../support/backends';
import {composedPieces, declareKernels, expectConvolutions} from '../support/kernel_specs';
import type {WindowCase} from '../support/kernel_specs';
import {expectClose} from '../support/matchers';

if (backendNames.includes('cpu')) describe('kernels of the cpu backend [cpu]', declareCpu);

function declareCpu(): void {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  declareKernels();

  it('stand in for every piece of the interface', () => {
    expect(composedPieces()).toEqual([]);
  });

  it('convolve where more patches come up than wait at a time', () =>
    expectConvolutions({title: '', x: [2, 40, 40, 12], filters: 2, padding: [[1, 1], [1, 1]]}, 90));

  it('give the same after a larger call, and ask for no more memory at the second call', async () => {
    const large: WindowCase = {title: '', x: [2, 9, 8, 33], filters: 5};
    const small: WindowCase = {title: '', x: [2, 9, 11, 4], kernel: [3, 2], filters: 6, strides: [2, 3]};
    await expectConvolutions(large, 1);
    const bytes = scratchBytes();
    await expectConvolutions(large, 2);
    await expectConvolutions(small, 3);
    expect(scratchBytes()).toBe(bytes);
    expect(bytes).toBeGreaterThan(0);
  });

  it('sum in float64', async () => {
    const ones = tf.ones<tf.Rank.R2>([1000, 1]);
    const tiny = tf.fill([1000, 4], 1e-8) as tf.Tensor2D;
    const x = tf.concat([tf.ones<tf.Rank.R2>([1, 4]), tiny, tf.fill([1, 4], -1) as tf.Tensor2D]) as tf.Tensor2D;
    await expectClose(kernels().columnSum(x), [1e-5, 1e-5, 1e-5, 1e-5], {relative: 1e-6, absolute: 1e-12});
    await expectClose(kernels().matMul(ones, tiny, true, false), [[1e-5, 1e-5, 1e-5, 1e-5]],
      {relative: 1e-6, absolute: 1e-12});
  });

  it('keep the digits of a small loss and of its gradient', async () => {
    const {losses, gradient} = kernels().softmaxLoss!(tf.tensor2d([[15, 0]]), tf.tensor1d([0], 'int32'))!;
    await expectClose(losses, [Math.log1p(Math.exp(-15))], {relative: 1e-5, absolute: 1e-12});
    const p = Math.exp(-15) / (1 + Math.exp(-15));
    await expectClose(gradient, [[-p, p]], {relative: 1e-6, absolute: 1e-14});
  });
}
