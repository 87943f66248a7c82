import * as tf from '@tensorflow/tfjs-core';

import {kernels} from '../../src/backends';
import type {Kernels} from '../../src/backends';
import {composedSet, registerKernels} from '../../src/backends/registry';
import {verifyBackend} from '../../src/checks/verify_backend';
import type {VerifyReport} from '../../src/checks/verify_backend';
import {compare} from '../../src/checks/verify/compare';
import {knownDeviations} from '../../src/checks/verify/known';
import {array} from '../../src/reference';
import {backendNames, describeOnBackends} from '../support/backends';
import {expectNoLeaks} from '../support/matchers';

/** verifyBackend while some kernels of the current backend are others. */
async function verifyWith(change: (right: Kernels) => Partial<Kernels>): Promise<VerifyReport> {
  const right = kernels();
  const changed = composedSet('', {...right, ...change(right)});
  const restore = registerKernels(tf.getBackend(), () => changed);
  try {
    return await verifyBackend();
  } finally {
    restore();
  }
}

const wrongOf = (report: VerifyReport) => report.cases.filter(({ok}) => !ok);

describeOnBackends('verifyBackend', backend => {
  it('finds that the backend computes what the reference does, and leaves nothing behind', async () => {
    await expectNoLeaks(async () => {
      const report = await verifyBackend();
      expect(report.ok).withContext(String(report)).toBe(true);
      expect(report.backend).toBe(backend);
      expect(report.cases.length + report.known.length).toBeGreaterThan(100);
    });
  });

  it('deviates where it was decided, and nowhere else', async () => {
    const decided = knownDeviations.filter(known => known.backend === backend).map(({name}) => name);
    expect((await verifyBackend()).known.map(({name}) => name)).toEqual(decided);
  });
});

describe('verifyBackend', () => {
  beforeAll(() => tf.setBackend(backendNames[0]!));
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  const faults: Array<[string, string[], (right: Kernels) => Partial<Kernels>]> = [
    ['a convolution a thousandth too large', ['conv2d', 'conv2dTranspose'],
      right => ({conv2d: (...all) => tf.mul(right.conv2d(...all), 1.001)})],
    ['a filter gradient of the first image alone', ['conv2d', 'conv2dTranspose'], right => ({
      conv2dFilterGrad: (x, dout, g) => right.conv2dFilterGrad(
          tf.slice(x, 0, 1), tf.slice(dout, 0, 1), {...g, batch: 1}),
    })],
    ['a relu that lets zeros pass', ['relu', 'conv2d', 'affine'],
      () => ({reluGrad: (dout, x) => tf.mul(dout, tf.cast(tf.greaterEqual(x, 0), 'float32'))})],
    ['a max-pool that gives ties to the first alone', ['maxPool2d'],
      right => ({maxPoolScatter: (dout, x, out, g) => right.maxPoolScatter(dout, x, out, g, 'first')})],
    ['a corrected variance', ['batchNorm'], () => ({
      batchNorm: (x, gamma, beta, epsilon) => {
        const {mean, variance} = tf.moments(x, 0) as {mean: tf.Tensor1D, variance: tf.Tensor1D};
        const out = tf.batchNorm(x, mean, variance, beta ?? undefined, gamma ?? undefined, epsilon) as tf.Tensor2D;
        return {out, mean, variance: tf.mul(variance, x.shape[0] / (x.shape[0] - 1))};
      },
    })],
    ['a kernel that throws', ['layerNorm', 'groupNorm'], () => ({layerNorm: () => { throw new Error('out of luck'); }})],
    ['a transposed shape', ['im2col'], right => ({im2col: (...all) => tf.transpose(right.im2col(...all))})],
  ];
  for (const [fault, ops, change] of faults) {
    it(`names ${fault}`, async () => {
      const report = await verifyWith(change);
      expect(report.ok).toBe(false);
      expect([...new Set(wrongOf(report).map(({op}) => op))]).toEqual(ops as never);
      for (const {error, tolerance, message, name} of wrongOf(report)) {
        expect(error).toBeGreaterThan(tolerance);
        expect(message).not.toBe('');
        expect(String(report).replace(/\s+/g, ' ')).toContain(`WRONG ${name}`);
      }
      expect(String(report)).toContain(`${wrongOf(report).length} of ${report.cases.length} cases are WRONG`);
    });
  }

  it('says what throws', async () => {
    const report = await verifyWith(() => ({columnSum: () => { throw new Error('no sums today'); }}));
    expect(wrongOf(report).some(({message}) => message === 'throws: no sums today')).toBe(true);
  });

  it('is as sure of a NaN that is lost as of a number that is wrong', async () => {
    const report = await verifyWith(right => ({
      maxPool: (x, g) => right.maxPool(tf.where(tf.isNaN(x), tf.zerosLike(x), x), g),
    }));
    expect(wrongOf(report).map(({name}) => name)).toEqual([
      'maxPool2d NaN: x=[1,6,6,2]', 'maxPool2d NaN, overlapping: x=[1,7,7,1]',
    ]);
    expect(wrongOf(report).every(({error}) => error === Infinity)).toBe(true);
  });

  it('has a name for every case', async () => {
    const names = (await verifyBackend()).cases.map(({name}) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('tells how far it is', async () => {
    const calls: number[] = [];
    const report = await verifyBackend({onProgress: (done, all) => calls.push(done / all)});
    expect(calls.length).toBe(report.cases.length + report.known.length);
    expect(calls.at(-1)).toBe(1);
  });

  it('prints at most 80 columns', async () => {
    const report = await verifyWith(right => ({conv2d: (...all) => tf.add(right.conv2d(...all), 1)}));
    expect(String(report).split('\n').filter(line => line.length > 80)).toEqual([]);
  });

  it('refuses unknown options', async () => {
    await expectAsync(verifyBackend({progress: true} as object)).toBeRejectedWithError(/unknown option progress/);
    await expectAsync(verifyBackend({onProgress: 1 as never})).toBeRejectedWithError(/onProgress must be a function/);
  });
});

describe('compare of verifyBackend', () => {
  const errorOf = (got: number[], want: number[], tolerance = 1e-3) =>
      compare('out', [want.length], got, array([want.length], want), tolerance);

  it('measures by the largest value', () => {
    expect(errorOf([1, 100.05], [1, 100]).error).toBeCloseTo(5e-4, 10);
    expect(errorOf([1, 100.05], [1, 100]).message).toBe('');
    expect(errorOf([2, 100], [1, 100]).message).toContain('out[0] is 2, the reference says 1');
  });

  it('demands NaN and infinities in their places', () => {
    expect(errorOf([NaN, Infinity, -Infinity], [NaN, Infinity, -Infinity]).error).toBe(0);
    for (const [got, want] of [[1, NaN], [NaN, 1], [Infinity, -Infinity], [1, Infinity], [Infinity, NaN]]) {
      expect(errorOf([got!], [want!]).error).toBe(Infinity);
    }
  });

  it('takes what float32 cannot hold for infinite', () => {
    expect(errorOf([Infinity], [1e300]).error).toBe(0);
  });

  it('demands the shape', () => {
    expect(compare('out', [2, 1], [1, 2], array([1, 2], [1, 2]), 1).message)
        .toBe('out has shape [2,1], the reference [1,2]');
  });
});
