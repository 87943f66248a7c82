/** Sums over very many rows keep their digits on every backend: a relative error of at most 1e-6. */
import * as tf from '@tensorflow/tfjs-core';

import {kernels} from '../../src/backends';
import {ops} from '../../src/index';
import {backendNames} from '../support/backends';

// Not where a device is emulated: there a case takes minutes.
const limit = 1e-6;
const rows = 1e7;

/** Values whose sum in one float would be off by percents. */
const value = (i: number) => Math.fround(0.7 + (i % 1000) * 1e-4 + (i >= rows / 2 ? 0.3 : 0));

for (const backend of backendNames.filter((name) => !name.startsWith('web'))) {
  for (const mode of backend === 'wasm' ? ['heap', 'composed'] : ['']) {
    describe(`sums of ${rows} rows [${backend}${mode && `, ${mode}`}]`, () => {
      beforeAll(async () => {
        await tf.setBackend(backend);
        if (mode) tf.env().set('EXPLICIT_LAYERS_WASM_HEAP', mode === 'heap');
      });
      afterAll(() => {
        if (mode) tf.env().set('EXPLICIT_LAYERS_WASM_HEAP', true);
      });

      it('of columns', () => {
        for (const columns of [1, 3]) {
          const count = Math.floor(rows / columns), values = new Float32Array(count * columns);
          const sums = new Float64Array(columns);
          for (let i = 0; i < values.length; i++) sums[i % columns]! += values[i] = value(i);
          const found = tf.tidy(() => kernels().columnSum(tf.tensor2d(values, [count, columns])).dataSync());
          sums.forEach((sum, c) => expect(Math.abs(found[c]! / sum - 1)).toBeLessThan(limit));
        }
      }, 60_000);

      it('of losses', () => {
        const loss = tf.tidy(() => ops.softmaxLoss(tf.zeros([rows, 2]), tf.zeros([rows], 'int32')).dataSync()[0]!);
        // TensorFlow's addon adds 128 equal losses in a float before a double takes them.
        expect(Math.abs(loss / Math.LN2 - 1)).toBeLessThan(backend === 'tensorflow' ? 2 * limit : limit);
      }, 60_000);
    });
  }
}
