import * as tf from '@tensorflow/tfjs-core';

import {SharedBackend, withThreads} from '../../spec/support/shared_heap';
import {affine, entryWork, relu} from '../../src/backends/wasm/dense';
import {Heap, worthSharing} from '../../src/backends/wasm/heap';
import {hasRelaxedSimd} from '../../src/backends/wasm/module';
import {AROUND} from './threshold';
import type {Threshold} from './threshold';

const NAME = 'shared-memory';
const PLAIN = {negativeSlope: 0, threshold: 0, maxValue: Infinity};

/** Runs f with two threads on a memory that they share, as in a page. */
export async function onTwoThreads<T>(f: (thresholds: Threshold[]) => Promise<T>): Promise<T> {
  const before = tf.getBackend(), backend = new SharedBackend();
  tf.registerBackend(NAME, () => backend);
  await tf.setBackend(NAME);
  try {
    return await withThreads(backend, {count: 2, relaxed: hasRelaxedSimd()}, (heap) => f([
      sharing('product', backend, heap, (size) => {
        const [a, b] = [tf.ones<tf.Rank.R2>([size / 64 ** 2, 64]), tf.ones<tf.Rank.R2>([64, 64])];
        return () => affine(heap, a, b, null);
      }),
      sharing('relu', backend, heap, (size) => {
        const x = tf.ones([size / entryWork]);
        return () => relu(heap, x, PLAIN);
      }),
    ]));
  } finally {
    await tf.setBackend(before);
    tf.removeBackend(NAME);
  }
}

/** The first way is on two threads, the other one on one. */
function sharing(of: string, backend: SharedBackend, heap: Heap, run: (size: number) => () => void): Threshold {
  return {
    name: `worthSharing, ${of}`, sizes: AROUND.map((factor) => Math.round(factor * worthSharing / 64 ** 2) * 64 ** 2),
    ways: (size) => {
      const f = run(size);
      backend.keep();  // the inputs
      const by = (work: number) => () => {
        backend.clear();
        heap.split = (kernel, args, units, share) => Heap.prototype.split.call(heap, kernel, args, units, {...share, work});
        f();
      };
      return [by(Infinity), by(0)];
    },
  };
}
