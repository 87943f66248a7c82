import * as tf from '@tensorflow/tfjs-core';

import {compareResults, WrongResult} from '../../bench/compare';
import {distinct, normal} from '../../bench/data';
import {backendNames} from '../support/backends';

describe('bench: comparison of both sides', () => {
  beforeAll(() => tf.setBackend(backendNames[0]!));
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  it('says how far they are apart, relative to the largest value', async () => {
    const [a, b] = [tf.tensor1d([1, 2, -4.0004]), tf.tensor1d([1, 2, -4])];
    expect(await compareResults({out: a, loss: 2}, {out: b, loss: 2}, 1e-3)).toBeCloseTo(1e-4, 6);
  });

  it('refuses a result that is further off than allowed', async () => {
    await expectAsync(compareResults({dx: tf.tensor1d([1, 2])}, {dx: tf.tensor1d([1, 2.1])}, 1e-4))
      .toBeRejectedWithError(WrongResult, /^dx is off by 4\.8e-2/);
  });

  it('refuses NaN, on either side and on both', async () => {
    const [good, bad] = [tf.scalar(1), tf.scalar(NaN)];
    for (const [ours, builtIn] of [[bad, good], [good, bad], [bad, bad]]) {
      await expectAsync(compareResults({out: ours!}, {out: builtIn!}, 1)).toBeRejectedWithError(WrongResult, /finite/);
    }
  });

  it('refuses other shapes, missing results, and nothing at all', async () => {
    const x = tf.zeros([2, 2]);
    await expectAsync(compareResults({out: x}, {out: tf.zeros([4])}, 1))
      .toBeRejectedWithError(WrongResult, 'out has shape [2,2], the built-in one [4].');
    await expectAsync(compareResults({out: x}, {out: x, dx: x}, 1)).toBeRejectedWithError(WrongResult, /has out, dx/);
    await expectAsync(compareResults({}, {}, 1)).toBeRejectedWithError(WrongResult, 'Nothing to compare.');
  });

  it('finds what is zero where it should not be', async () => {
    await expectAsync(compareResults({dx: tf.zeros([3])}, {dx: tf.tensor1d([0, 1e-9, 0])}, 1e-4))
      .toBeRejectedWithError(WrongResult, /off by 1\.0e\+0/);
  });

  it('has data without ties, all of it positive', async () => {
    const values = await distinct([7, 5, 3, 2], 1).data();
    expect(new Set(values).size).toBe(210);
    expect(Math.min(...values)).toBeGreaterThan(0);
    expect(Math.max(...values)).toBeLessThan(1);
  });

  it('has normal data, the same for the same seed', async () => {
    const [a, b, c] = [1, 1, 2].map((seed) => Array.from(normal([10_001], seed).dataSync())) as [number[], number[], number[]];
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    const mean = a.reduce((sum, x) => sum + x, 0) / a.length;
    const variance = a.reduce((sum, x) => sum + (x - mean) ** 2, 0) / a.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });
});
