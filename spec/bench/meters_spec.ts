import * as tf from '@tensorflow/tfjs-core';

import {peakBytes} from '../../bench/meters/peak_bytes';
import {meterOps} from '../../bench/meters/tf_ops';
import {scratchBytes} from '../../src/backends/cpu/scratch';
import {backendNames} from '../support/backends';

describe('bench: meters', () => {
  afterAll(() => tf.setBackend(backendNames[0]!));

  it('sees the most bytes of a moment, and leaves the engine as it was', async () => {
    await tf.setBackend(backendNames[0]!);
    const before = tf.memory().numBytes;
    const peak = await peakBytes(() => {
      tf.zeros([100]).dispose();
      tf.dispose([tf.zeros([1000]), tf.zeros([500])]);
      tf.zeros([200]).dispose();
    });
    expect(peak - before - scratchBytes()).toBe(4 * 1500);
    expect(tf.memory().numBytes).toBe(before);
    const kept = tf.zeros([10]);
    expect(tf.memory().numBytes).toBe(before + 40);
    kept.dispose();
  });

  it('leaves the engine as it was when the work throws', async () => {
    const before = tf.memory().numBytes;
    await expectAsync(peakBytes(() => {
      throw new Error('on the way');
    })).toBeRejectedWithError('on the way');
    const state = Object.getOwnPropertyDescriptor((tf.engine() as unknown as {state: object}).state, 'numBytes');
    expect(state).toEqual(jasmine.objectContaining({writable: true, value: before}));
  });

  it('counts the ops of TensorFlow [tensorflow]', async () => {
    if (!backendNames.includes('tensorflow')) return pending('tfjs-node does not load');
    await tf.setBackend('tensorflow');
    const x = tf.ones([4, 4]);
    const ops = await meterOps(() => tf.tidy(() => void tf.relu(tf.relu(tf.exp(x)))));
    expect(Object.fromEntries(ops.map(({op, count}) => [op, count]))).toEqual({Relu: 2, Exp: 1});
    expect(ops.every(({ms}) => ms >= 0)).toBeTrue();
    expect(await meterOps(() => undefined)).toEqual([]);
    x.dispose();
  });
});
