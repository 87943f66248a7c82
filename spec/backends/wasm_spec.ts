/** The kernels of the wasm backend, on its heap and composed; how the heap is found, missed, grown and left. */
import * as tf from '@tensorflow/tfjs-core';

import {backendNames} from '../support/backends';
import {kernelInfo, kernels} from '../../src/backends';
import {Heap} from '../../src/backends/wasm/heap';
import {currentHeap, openHeap} from '../../src/backends/wasm/open_heap';
import {thresholds} from '../../src/backends/wasm/thresholds';
import {wasmTensors} from '../../src/tfjs_private';
import {toTensor} from '../support/arrays';
import {composedPieces, declareKernels, geometryOf} from '../support/kernel_specs';
import {expectClose, expectNoLeaks} from '../support/matchers';
import {randomValues} from '../support/random';

/** Why not faster; in a page whose memory is shared, also why there is one thread. */
const reasons: {[mode: string]: RegExp} = {
  relaxed: /^((Threads start|One thread: ).*\.)?$/,
  plain: /^EXPLICIT_LAYERS_WASM_RELAXED is false\. Set it to true to .*\.( (Threads start|One thread: ).*\.)?$/,
  composed: /^EXPLICIT_LAYERS_WASM_HEAP is false\. Set it to true /,
};

const flag = 'EXPLICIT_LAYERS_WASM_HEAP';
const relaxedFlag = 'EXPLICIT_LAYERS_WASM_RELAXED';

if (backendNames.includes('wasm')) {
  for (const mode of ['relaxed', 'plain', 'composed']) {
    describe(`kernels of the wasm backend, ${mode} [wasm]`, () => {
      beforeAll(async () => {
        await tf.setBackend('wasm');
        tf.env().set(flag, mode !== 'composed');
        tf.env().set(relaxedFlag, mode === 'relaxed');
      });
      afterAll(() => {
        tf.env().set(flag, true);
        tf.env().set(relaxedFlag, true);
      });
      beforeEach(() => tf.engine().startScope());
      afterEach(() => tf.engine().endScope());

      it('run this way', () => {
        expect(kernelInfo().set).toBe(mode === 'composed' ? 'composed' : 'heap');
        expect(kernelInfo().relaxed).toBe(mode === 'relaxed');
        expect(kernelInfo().reason).toMatch(reasons[mode]!);
      });
      declareKernels();
    });
  }
  describe('heap of the wasm backend [wasm]', declareHeap);
}

/** The heap of tfjs: with threads it is shared, and stands elsewhere. */
function memoryOfTfjs(): WebAssembly.Memory {
  const {wasm} = tf.backend() as unknown as {wasm: {wasmMemory?: WebAssembly.Memory, asm: {memory: WebAssembly.Memory}}};
  return wasm.wasmMemory ?? wasm.asm.memory;
}

function declareHeap(): void {
  beforeEach(async () => {
    await tf.setBackend('wasm');
    tf.engine().startScope();
  });
  afterEach(() => tf.engine().endScope());

  it('is open in tfjs-backend-wasm 4.22', () => {
    expect(currentHeap()).not.toBeNull();
  });

  it('is shared where a page is isolated from others, so that tfjs has threads', async () => {
    const isIsolated = globalThis.crossOriginIsolated === true;
    const isShared = typeof SharedArrayBuffer !== 'undefined' && memoryOfTfjs().buffer instanceof SharedArrayBuffer;
    expect(isShared).toBe(isIsolated);
    if (isIsolated) expect((await import('@tensorflow/tfjs-backend-wasm')).getThreadsCount()).toBeGreaterThan(1);
  });

  it('is compiled once', () => {
    expect(currentHeap()).toBe(currentHeap());
  });

  it('is closed where a private field is missing or means something else', () => {
    const backend = tf.backend() as unknown as {wasm: object, dataIdMap: object, makeOutput: () => object};
    const open = {wasm: backend.wasm, dataIdMap: backend.dataIdMap, makeOutput: backend.makeOutput.bind(backend)};
    const before = tf.memory().numTensors;
    expect(openHeap(open)).not.toBeNull();
    expect(openHeap({...open, wasm: {}})).toBeNull();
    expect(openHeap({...open, dataIdMap: {get: () => ({memoryOffset: 64})}})).toBeNull();
    expect(openHeap({...open, makeOutput: () => { throw new Error('none'); }})).toBeNull();
    expect(openHeap({...open, wasm: {wasmMemory: new WebAssembly.Memory({initial: 1})}})).toBeNull();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is that of a backend which is removed and made again', async () => {
    const old = currentHeap();
    tf.engine().endScope();
    tf.disposeVariables();  // in a page also those of other suites, whose heap goes
    const factory = tf.findBackendFactory('wasm');
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', factory, 2);
    await tf.setBackend('wasm');
    tf.engine().startScope();
    expect(currentHeap()).not.toBe(old);
    expect(currentHeap()).not.toBeNull();
    const shape = {negativeSlope: 0, threshold: 0, maxValue: Infinity};
    await expectClose(kernels().relu(tf.tensor1d([-1, 1]), shape), [0, 1]);
  });

  it('works after it has grown', async () => {
    const memory = memoryOfTfjs();
    const before = memory.buffer.byteLength;
    const x = tf.ones<tf.Rank.R2>([1024, before / 4096 + 1024]);
    expect(memory.buffer.byteLength).toBeGreaterThan(before);
    await expectClose(kernels().columnSum(x), tf.fill([x.shape[1]], 1024));
  });

  it('takes tensors of another backend', async () => {
    await tf.setBackend('cpu');
    const [a, b] = [tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[1, 1], [1, 0]])];
    await tf.setBackend('wasm');
    await expectClose(kernels().matMul(a, b, false, false), [[3, 1], [7, 3]]);
  });

  it('is not left with tensors, and does not grow, over many calls', async () => {
    const g = geometryOf({title: '', x: [4, 16, 16, 8], filters: 16, padding: [[1, 1], [1, 1]]});
    const x = toTensor<tf.Rank.R4>(randomValues([4, 16, 16, 8], 1));
    const w = toTensor<tf.Rank.R4>(randomValues([3, 3, 8, 16], 2));
    const memory = memoryOfTfjs();
    const step = () => tf.tidy(() => {
      const out = kernels().conv2d(x, w, null, g);
      kernels().conv2dInputGrad(out, w, g);
      kernels().conv2dFilterGrad(x, out, g);
      kernels().im2col(x, g, false);
      kernels().matMul(tf.reshape(out, [-1, 16]), tf.reshape(out, [-1, 16]), true, false);
      const matrix = tf.reshape(out, [-1, 16]) as tf.Tensor2D;
      const {mean, variance} = kernels().batchNorm!(matrix, null, null, 1e-3)!;
      kernels().batchNormGrad!(matrix, matrix, null, mean, variance, 1e-3);
      const rows = kernels().layerNorm!(matrix, null, null, 1e-3)!;
      kernels().layerNormGrad!(matrix, matrix, null, rows.mean, rows.rstd);
    });
    step();
    const bytes = memory.buffer.byteLength;
    await expectNoLeaks(() => {
      for (let i = 0; i < 100; i++) step();
    });
    expect(memory.buffer.byteLength).toBe(bytes);
  });

  it('says so where no memory is left, and keeps nothing of the call', () => {
    const heap = currentHeap()!;
    const full = new Heap({...wasmTensors(tf.backend())!, address: () => 0}, heap);
    const before = tf.memory().numTensors;
    expect(() => full.output([2, 3])).toThrowError(
      'The wasm backend has no memory left for a tensor [2,3]. Dispose tensors, or use smaller batches.');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('frees its scratch memory when a call throws', () => {
    const before = tf.memory().numTensors;
    expect(() => currentHeap()!.withScratch(8, () => { throw new Error('half way'); })).toThrowError('half way');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('has a function for every piece of the interface', () => {
    expect(composedPieces()).toEqual([]);
  });

  it('packs nothing for a product of few rows and many columns', () => {
    const {thinColumns} = thresholds, thinRows = currentHeap()!.constants['thinRows']!;
    const split = spyOn(currentHeap()!, 'split').and.callThrough();
    const kernelsOf = (rows: number, columns: number) => {
      split.calls.reset();
      kernels().matMul(tf.ones([rows, 3]), tf.ones([3, columns]), false, false);
      return split.calls.allArgs().map(([kernel]) => kernel);
    };
    expect(kernelsOf(thinRows, thinColumns)).toEqual(['thinProduct']);
    expect(kernelsOf(thinRows + 1, thinColumns)).toEqual(['product']);
    expect(kernelsOf(thinRows, thinColumns - 1)).toEqual(['product']);
  });
}
