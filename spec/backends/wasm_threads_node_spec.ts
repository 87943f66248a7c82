/**
 * Kernels of the wasm backend shared by threads, on a memory like that of a page with threads: the same bits whatever the
 * number of threads, float64's values to rounding, and no endless wait when a worker fails.
 */
import * as tf from '@tensorflow/tfjs-core';

import type {ConvGeometry} from '../../src/geometry';
import {conv2d, conv2dFilterGrad, conv2dInputGrad, im2col, col2im} from '../../src/backends/wasm/conv';
import {affine, columnSum, matMul, relu, reluGrad, softmaxLoss} from '../../src/backends/wasm/dense';
import {depthwiseConv2d, depthwiseConv2dFilterGrad, depthwiseConv2dInputGrad} from '../../src/backends/wasm/depthwise';
import type {Heap} from '../../src/backends/wasm/heap';
import {hasRelaxedSimd} from '../../src/backends/wasm/module';
import {openHeap, startThreads} from '../../src/backends/wasm/open_heap';
import {board} from '../../src/backends/wasm/worker_source';
import {batchNorm, batchNormGrad, layerNorm, layerNormGrad} from '../../src/backends/wasm/norm';
import {averagePool, averagePoolGrad, maxPool, maxPoolGather, maxPoolScatter} from '../../src/backends/wasm/pool';
import {geometryOf} from '../support/kernel_specs';
import type {WindowCase} from '../support/kernel_specs';
import {SharedBackend, spawnInNode, withThreads as runThreads} from '../support/shared_heap';

const name = 'shared-memory';
let backend: SharedBackend;
let before: string;

/** Values that drift from row to row, so that a wrong row shows. */
function drifting<R extends tf.Rank>(shape: number[], seed: number): tf.Tensor<R> {
  const size = tf.util.sizeFromShape(shape), columns = shape[shape.length - 1]!;
  return tf.tensor(Float32Array.from({length: size}, (_, i) =>
    Math.sin(seed + 0.37 * i) + Math.floor(i / columns) % 1000 * 1e-3), shape as never) as tf.Tensor<R>;
}

const withThreads = <T>(count: number, relaxed: boolean, f: (heap: Heap) => T) => runThreads(backend, {count, relaxed}, f);

/** Where the words of a heap's threads are. */
function boardOf(heap: Heap): number {
  return (heap.threads as unknown as {words: Int32Array}).words.byteOffset;
}

/** Bits of all that f makes. */
function bitsOf(tensors: tf.Tensor[]): Int32Array[] {
  return tensors.map((t) => new Int32Array((t.dataSync() as Float32Array).buffer.slice(0)));
}

function convolutions(c: WindowCase): (heap: Heap) => tf.Tensor[] {
  const g = geometryOf(c);
  return (heap) => {
    const x = drifting<tf.Rank.R4>(c.x, 1);
    const w = drifting<tf.Rank.R4>([...g.kernel, g.channels / g.groups, g.filters], 2);
    const out = conv2d(heap, x, w, drifting<tf.Rank.R1>([g.filters], 3), g);
    return [out, conv2dInputGrad(heap, out, w, g), conv2dFilterGrad(heap, x, out, g)];
  };
}

function depthwise(c: WindowCase): (heap: Heap) => tf.Tensor[] {
  const g: ConvGeometry = {...geometryOf(c), groups: c.x[3]};
  return (heap) => {
    const x = drifting<tf.Rank.R4>(c.x, 1);
    const w = drifting<tf.Rank.R4>([...g.kernel, g.channels, g.filters / g.channels], 2);
    const out = depthwiseConv2d(heap, x, w, drifting<tf.Rank.R1>([g.filters], 3), g);
    return [out, depthwiseConv2dInputGrad(heap, out, w, g), depthwiseConv2dFilterGrad(heap, x, out, g)];
  };
}

function pooling(c: WindowCase): (heap: Heap) => tf.Tensor[] {
  const g = geometryOf(c);
  return (heap) => {
    const x = drifting<tf.Rank.R4>(c.x, 1);
    const out = maxPool(heap, x, g), average = averagePool(heap, x, g);
    return [out, average, averagePoolGrad(heap, average, g), ...(['all', 'first', 'split'] as const).flatMap((ties) =>
      [maxPoolScatter(heap, out, x, out, g, ties), maxPoolGather(heap, x, x, out, g, ties)])];
  };
}

function products(m: number, k: number, n: number): (heap: Heap) => tf.Tensor[] {
  return (heap) => {
    const a = drifting<tf.Rank.R2>([m, k], 1), b = drifting<tf.Rank.R2>([k, n], 2);
    const at = drifting<tf.Rank.R2>([k, m], 3), bt = drifting<tf.Rank.R2>([n, k], 4);
    return [affine(heap, a, b, drifting<tf.Rank.R1>([n], 5)), matMul(heap, at, b, true, false),
      matMul(heap, a, bt, false, true), matMul(heap, at, bt, true, true)];
  };
}

function rows(r: number, c: number): (heap: Heap) => tf.Tensor[] {
  return (heap) => {
    const x = drifting<tf.Rank.R2>([r, c], 1), dout = drifting<tf.Rank.R2>([r, c], 2);
    const gamma = drifting<tf.Rank.R1>([c], 3), beta = drifting<tf.Rank.R1>([c], 4);
    const batch = batchNorm(heap, x, gamma, beta, 1e-3), layer = layerNorm(heap, x, gamma, beta, 1e-3);
    const bent = {negativeSlope: 0.25, threshold: 0.1, maxValue: 1.5};
    const plain = {negativeSlope: 0, threshold: 0, maxValue: Infinity};
    const labels = tf.tensor1d(Int32Array.from({length: r}, (_, i) => i % c), 'int32');
    return [
      ...Object.values(batch), ...Object.values(batchNormGrad(heap, dout, x, gamma, batch.mean, batch.variance, 1e-3)),
      ...Object.values(layer), ...Object.values(layerNormGrad(heap, dout, x, gamma, layer.mean, layer.rstd)),
      ...Object.values(softmaxLoss(heap, x, labels)), ...Object.values(softmaxLoss(heap, x, dout)),
      columnSum(heap, x), relu(heap, x, plain), reluGrad(heap, dout, x, plain), relu(heap, x, bent),
      reluGrad(heap, dout, x, bent),
    ];
  };
}

const same: [[number, number], [number, number]] = [[1, 1], [1, 1]];
const cases: {[title: string]: (heap: Heap) => tf.Tensor[]} = {
  'convolution': convolutions({title: '', x: [8, 17, 19, 16], filters: 40, padding: same}),
  'convolution of one image, in bands': convolutions({title: '', x: [1, 65, 33, 24], filters: 21, strides: [2, 1],
    dilation: [1, 2], padding: same}),
  'convolution of more filters than patches': convolutions({title: '', x: [1, 8, 8, 40], filters: 300, padding: same}),
  'convolution of one patch': convolutions({title: '', x: [1, 7, 7, 64], kernel: [7, 7], filters: 500}),
  'convolution in groups': convolutions({title: '', x: [4, 16, 16, 24], filters: 48, groups: 3, padding: same}),
  'depthwise convolution': depthwise({title: '', x: [3, 19, 17, 38], filters: 38, padding: same}),
  'depthwise convolution, 3 for each channel': depthwise({title: '', x: [3, 49, 47, 11], filters: 33, strides: [2, 1],
    padding: same}),
  'depthwise convolution, 4 for each channel, dilated': depthwise({title: '', x: [2, 19, 17, 10], filters: 40,
    dilation: [2, 3], padding: [[3, 1], [0, 4]]}),
  'pooling': pooling({title: '', x: [9, 21, 23, 20], padding: same, strides: [2, 2]}),
  'pooling of one image': pooling({title: '', x: [1, 41, 43, 70], kernel: [2, 3], strides: [1, 2]}),
  'products of many rows': products(301, 260, 67),
  'products of many columns': products(67, 260, 301),
  'products of few rows': products(1, 1030, 1100),
  'products of a long inner dimension': products(9, 33000, 17),
  'kernels of rows, many': rows(5003, 10),
  'kernels of rows, some': rows(301, 257),
  'kernels of rows, few': rows(20, 9001),
  'im2col': (heap) => {
    const g = geometryOf({title: '', x: [3, 33, 31, 9], padding: same});
    const cols = im2col(heap, drifting<tf.Rank.R4>([3, 33, 31, 9], 1), g, false);
    return [cols, col2im(heap, cols, g, false)];
  },
};

describe('threads of the wasm backend', () => {
  beforeAll(async () => {
    before = tf.getBackend();
    backend = new SharedBackend();
    tf.registerBackend(name, () => backend);
    await tf.setBackend(name);
  });
  afterAll(async () => {
    await tf.setBackend(before);
    tf.removeBackend(name);
  });

  it('has relaxed SIMD to test', () => {
    expect(hasRelaxedSimd()).toBeTrue();
  });

  for (const relaxed of [false, true]) {
    it(`gives the same bits whatever their number, ${relaxed ? 'relaxed' : 'plain'}`, async () => {
      const wanted = await withThreads(1, relaxed, (heap) => Object.values(cases).map((f) => {
        backend.clear();
        return bitsOf(f(heap));
      }));
      for (const count of [2, 3]) {
        await withThreads(count, relaxed, (heap) => {
          const run = spyOn(heap.threads!, 'run').and.callThrough();
          Object.entries(cases).forEach(([title, f], i) => {
            backend.clear();
            run.calls.reset();
            const found = bitsOf(f(heap));
            expect(run.calls.count()).withContext(title).toBeGreaterThan(0);
            expect(found.length).toBe(wanted[i]!.length);
            found.forEach((bits, j) => {
              const at = bits.findIndex((v, k) => v !== wanted[i]![j]![k]);
              expect(at).withContext(`${title}, tensor ${j}, ${count} threads: first other entry`).toBe(-1);
            });
          });
          expect(heap.threads!.reason).toBe('');
        });
      }
    }, 120_000);
  }

  const product = (heap: Heap) => bitsOf(products(301, 260, 67)(heap));

  it('goes on alone when its workers are gone', async () => {
    const wanted = await withThreads(1, false, product);
    const found = await withThreads(3, false, (heap) => {
      heap.threads!.end('this spec says so');
      expect(heap.threads!.isReady).toBeFalse();
      return product(heap);
    });
    expect(found).toEqual(wanted);
  });

  it('does again what a worker took and did not finish, and says why it is alone', async () => {
    const wanted = await withThreads(1, false, product);
    const found = await withThreads(2, false, (heap) => {
      const words = new Int32Array(backend.wasm.wasmMemory.buffer, boardOf(heap), 16);
      // As if a worker had taken the first part of the next job and died.
      const publish = (heap.threads as unknown as {publish: (...args: unknown[]) => void}).publish.bind(heap.threads);
      (heap.threads as unknown as {publish: unknown}).publish = (...args: unknown[]) => {
        publish(...args);
        Atomics.compareExchange(words, board.claim, Atomics.load(words, board.claim), Atomics.load(words, board.claim) + 1);
      };
      const start = performance.now();
      const bits = product(heap);
      expect(performance.now() - start).toBeLessThan(10_000);
      expect(heap.threads!.reason).toBe('a worker did not finish its part');
      return bits;
    });
    expect(found).toEqual(wanted);
  }, 30_000);

  it('goes on alone when its worker was killed, and soon says so', async () => {
    const wanted = await withThreads(1, false, product);
    const workers: Array<ReturnType<typeof spawnInNode>> = [];
    backend.clear();
    const heap = openHeap(backend)!;
    heap.threads = startThreads(heap, backend, 2, (source) => {
      workers.push(spawnInNode(source));
      return workers[0]!;
    });
    backend.keep();
    while (!heap.threads!.isReady) await new Promise((resolve) => setTimeout(resolve, 5));
    await workers[0]!.worker.terminate();
    const start = performance.now();
    while (heap.threads!.reason === '' && performance.now() - start < 60_000) {
      backend.clear();
      affine(heap, tf.ones([300, 300]), tf.ones([300, 300]), null);
    }
    backend.clear();
    expect(product(heap)).toEqual(wanted);
    expect(heap.threads!.reason).toBe('no worker takes work any more');
  }, 90_000);

  it('goes on alone when a kernel fails in a worker', async () => {
    const wanted = await withThreads(1, false, product);
    const found = await withThreads(2, false, (heap) => {
      const words = new Int32Array(backend.wasm.wasmMemory.buffer, boardOf(heap), 16);
      Atomics.store(words, board.failed, 1);
      let bits = product(heap);
      while (!heap.threads!.reason) {
        backend.clear();
        bits = product(heap);
      }
      expect(heap.threads!.reason).toBe('a kernel failed in a worker');
      return bits;
    });
    expect(found).toEqual(wanted);
  }, 30_000);

  it('stays alone where no worker may start', async () => {
    backend.clear();
    const heap = openHeap(backend)!;
    heap.threads = startThreads(heap, backend, 2, () => { throw new Error('refused by a policy'); });
    expect(heap.threads!.isReady).toBeFalse();
    expect(heap.threads!.reason).toBe('no worker starts: refused by a policy');
    expect((await withThreads(1, false, product)).length).toBe(4);
  });

  it('refuses tensors that do not fit', async () => {
    await withThreads(1, false, (heap) => {
      const g = geometryOf({title: '', x: [1, 5, 5, 2], filters: 3});
      const [x, w] = [drifting<tf.Rank.R4>([1, 5, 5, 2], 1), drifting<tf.Rank.R4>([3, 3, 2, 4], 2)];
      expect(() => conv2d(heap, x, w, null, g)).toThrowError(/needs a tensor of 54 values. Got \[3,3,2,4\]/);
      expect(() => heap.output([2 ** 16, 2 ** 14])).toThrowError(/4 GB/);
    });
  });
});
