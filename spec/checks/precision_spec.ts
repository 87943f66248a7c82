import * as tf from '@tensorflow/tfjs-core';

import {floatPrecision} from '../../src/checks/precision';
import {tidy} from '../../src/tidy';
import {describeOnBackends} from '../support/backends';

describeOnBackends('floatPrecision', () => {
  it('is what the backend keeps of a number', async () => {
    const next = tidy(() => tf.sub(tf.add(tf.scalar(1), 2 ** -20), 1));
    expect(floatPrecision()).toBe((await next.data())[0]! > 0 ? 32 : 16);
    next.dispose();
  });
});
