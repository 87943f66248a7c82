/** A backend of tfjs whose tensors are in a memory that threads share, as in a page with threads, for Node. */
import * as tf from '@tensorflow/tfjs-core';
import {Worker} from 'node:worker_threads';

import type {Heap} from '../../src/backends/wasm/heap';
import {openHeap, startThreads} from '../../src/backends/wasm/open_heap';
import type {PoolWorker} from '../../src/backends/wasm/threads';

type Values = Float32Array | Int32Array;

/** Tensors in a shared memory, allocated one after the other and never freed; what was freed is dirty. */
export class SharedBackend extends tf.KernelBackend {
  readonly wasm = {wasmMemory: new WebAssembly.Memory({initial: 2048, maximum: 4096, shared: true})};
  readonly dataIdMap = new tf.DataStorage<{memoryOffset: number, size: number, dtype: tf.DataType}>(this, tf.engine());
  private next = 1024;
  private floor = 1024;

  constructor() {
    super();
    new Float32Array(this.wasm.wasmMemory.buffer).fill(NaN);  // no kernel may rely on zeros
  }

  override write(values: tf.BackendValues | null, shape: number[], dtype: tf.DataType): object {
    const size = tf.util.sizeFromShape(shape), dataId = {}, memoryOffset = this.next;
    this.next += Math.ceil(size / 2) * 8 + 64;
    if (this.next > this.wasm.wasmMemory.buffer.byteLength) throw new Error('The memory of this spec is full.');
    this.dataIdMap.set(dataId, {memoryOffset, size, dtype});
    if (values) this.view(dataId).set(values as Float32Array);
    return dataId;
  }

  makeOutput(shape: number[], dtype: 'float32'): {dataId: object} {
    return {dataId: this.write(null, shape, dtype)};
  }

  private view(dataId: object): Values {
    const {memoryOffset, size, dtype} = this.dataIdMap.get(dataId);
    return new (dtype === 'int32' ? Int32Array : Float32Array)(this.wasm.wasmMemory.buffer, memoryOffset, size);
  }

  override readSync(dataId: object): tf.BackendValues {
    return this.view(dataId).slice();
  }

  override read(dataId: object): Promise<tf.BackendValues> {
    return Promise.resolve(this.readSync(dataId));
  }

  /** What is in the memory now stays there; all else goes with {@link clear}. */
  keep(): void {
    this.floor = this.next;
  }

  /** Forgets all tensors that are not kept; their values stay where they are, as dirt. */
  clear(): void {
    this.next = this.floor;
  }

  override disposeData(): boolean {
    return true;
  }

  override numDataIds(): number {
    return 0;
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override incRef(): void {
    // never freed
  }

  override refCount(): number {
    return 1;
  }

  override dispose(): void {
    // nothing to free
  }
}

/** A worker of Node that runs a text written for a page's worker. */
export function spawnInNode(source: string): PoolWorker & {worker: Worker} {
  const worker = new Worker(`const {parentPort} = require('node:worker_threads');\n` +
    `let onmessage;\n${source}\nparentPort.on('message', (data) => onmessage({data}));`, {eval: true});
  worker.unref();
  const own: PoolWorker & {worker: Worker} = {
    worker,
    onerror: null,
    postMessage: (message) => worker.postMessage(message),
    terminate: () => worker.terminate(),
  };
  worker.on('error', (error) => own.onerror?.({message: error.message}));
  return own;
}

/** Runs f with so many threads on the backend's memory, which is cleared first; they end when f is done. */
export async function withThreads<T>(
    backend: SharedBackend, {count, relaxed}: {count: number, relaxed: boolean}, f: (heap: Heap) => T): Promise<Awaited<T>> {
  backend.clear();
  const heap = openHeap(backend, {relaxed})!;
  const workers: Array<ReturnType<typeof spawnInNode>> = [];
  if (count > 1) {
    heap.threads = startThreads(heap, backend, count, (source) => {
      const worker = spawnInNode(source);
      workers.push(worker);
      return worker;
    });
    backend.keep();
    for (const start = Date.now(); !heap.threads!.isReady; await new Promise((resolve) => setTimeout(resolve, 5))) {
      if (Date.now() - start > 20_000) throw new Error(`No threads came up. ${heap.threads!.reason}`);
    }
  }
  try {
    return await f(heap);
  } finally {
    heap.threads?.end('what they were started for is done');
    await Promise.all(workers.map(({worker}) => worker.terminate()));
  }
}
