/** The cpu backend's own kernels: what every backend's do, and what their blocks, sums and memory of their own add. */
import * as tf from '@tensorflow/tfjs-core';

import {kernels} from '../../src/backends';
import {isThin} from '../../src/backends/cpu/direct';
import {scratchBytes} from '../../src/backends/cpu/scratch';
import {thresholds} from '../../src/backends/cpu/thresholds';
import {backendNames} from '../support/backends';
import {composedPieces, declareKernels, expectConvolutions, geometryOf} from '../support/kernel_specs';
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

  it('add a product of few lines in one sum, else block by block', () => {
    const values = new Float32Array(512).fill(0.01), sum = 510 * Math.fround(0.01);
    [values[0], values[511]] = [2 ** 24, -(2 ** 24)];  // between blocks, a float keeps no digits behind the point
    const entryOf = (rows: number, columns: number) => {
      const a = tf.tile(tf.tensor2d(values, [1, 512]), [rows, 1]);
      return kernels().matMul(a, tf.ones([512, columns]), false, false).dataSync()[0]!;
    };
    const {fewLines} = thresholds;
    expect(entryOf(fewLines - 1, fewLines)).toBeCloseTo(sum, 5);
    expect(entryOf(fewLines, fewLines - 1)).toBeCloseTo(sum, 5);
    expect(entryOf(fewLines, fewLines)).not.toBeCloseTo(sum, 1);
  });

  it('convolve along the rows where a group has few channels times filters', () => {
    const isSo = (channels: number, filters: number, groups: number) =>
      isThin(geometryOf({title: '', x: [1, 3, 3, channels * groups], filters: filters * groups, groups}));
    const {fewPairs} = thresholds;
    for (const groups of [1, 3]) {
      expect([isSo(fewPairs, 1, groups), isSo(1, fewPairs, groups)]).toEqual([true, true]);
      expect([isSo(fewPairs + 1, 1, groups), isSo(1, fewPairs + 1, groups)]).toEqual([false, false]);
    }
  });

  it('keep the digits of a small loss and of its gradient', async () => {
    const {losses, gradient} = kernels().softmaxLoss!(tf.tensor2d([[15, 0]]), tf.tensor1d([0], 'int32'))!;
    await expectClose(losses, [Math.log1p(Math.exp(-15))], {relative: 1e-5, absolute: 1e-12});
    const p = Math.exp(-15) / (1 + Math.exp(-15));
    await expectClose(gradient, [[-p, p]], {relative: 1e-6, absolute: 1e-14});
  });
}
