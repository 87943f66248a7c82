import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {wasmMemory, wasmTensors} from '../../tfjs_private';
import {hex} from './module_bytes';
import {withSharedMemory} from './shared_memory';

/** The exports of the compiled module; addresses and sizes, 0 for an absent tensor. */
export type HeapFunctions = {[name in FunctionName]: (...args: number[]) => number};

type FunctionName = 'batchNorm' | 'batchNormGrad' | 'bentRelu' | 'bentReluGrad' | 'col2im' | 'columnSum' |
    'columnsScratch' | 'convFilterGrad' | 'convForward' | 'convInputGrad' | 'convolutionScratch' | 'im2col' |
    'layerNorm' | 'layerNormGrad' | 'maxPool' | 'maxPoolGather' | 'maxPoolScatter' | 'normalizeColumns' | 'product' |
    'productScratch' | 'relu' | 'reluGrad' | 'setWindow' | 'softmaxLossOfClasses' | 'softmaxLossOfWeights';

/** What this library uses of tfjs-backend-wasm 4.22 beyond its public interface. */
interface OpenBackend {
  wasm: {wasmMemory?: unknown, asm?: {memory?: unknown}};
  dataIdMap: {get(dataId: object): {memoryOffset: number}};
  makeOutput(shape: number[], dtype: 'float32'): {dataId: object};
}

/** Our own functions on the heap of one instance of tfjs-backend-wasm. */
export class Heap {
  constructor(private readonly backend: OpenBackend, readonly run: HeapFunctions) {}

  /** Where the values of a tensor stand; 0 for none. */
  address(tensor: Tensor | null): number {
    return tensor === null ? 0 : this.backend.dataIdMap.get(tensor.dataId).memoryOffset;
  }

  /** A new float32 tensor, its values not set. */
  output<T extends Tensor>(shape: number[]): T {
    const {dataId} = this.backend.makeOutput(shape, 'float32');
    const tensor = tf.engine().makeTensorFromDataId(dataId, shape, 'float32') as T;
    if (this.address(tensor) === 0) {
      tensor.dispose();
      throw new Error(`The wasm backend has no memory left for a tensor [${shape}]. Dispose tensors, or use smaller ` +
          'batches.');
    }
    return tensor;
  }

  /** Runs f with so many floats of memory that are freed afterwards. */
  withScratch(size: number, f: (address: number) => void): void {
    const scratch = this.output([size]);
    try {
      f(this.address(scratch));
    } finally {
      scratch.dispose();
    }
  }
}

const flag = 'EXPLICIT_LAYERS_WASM_HEAP';
tf.env().registerFlag(flag, () => true);

/** By backend, so that one which was removed and made again, with another memory, gets its own; null: none possible. */
const heaps = new WeakMap<object, Heap | null>();

/**
 * The heap of the current wasm backend; null where the engine lacks SIMD, the backend is built otherwise than 4.22, or
 * `tf.env().set('EXPLICIT_LAYERS_WASM_HEAP', false)` says so. Compiled once for each instance of the backend.
 */
export function currentHeap(): Heap | null {
  if (!tf.env().getBool(flag)) return null;
  const backend = tf.backend();
  if (!wasmMemory(backend) || !wasmTensors(backend)) return null;
  let heap = heaps.get(backend);
  if (heap === undefined) {
    heap = openHeap(backend as unknown as OpenBackend);
    heaps.set(backend, heap);
  }
  return heap;
}

/** The heap of a backend, after a look at whether its private fields mean what they meant in 4.22. */
export function openHeap(backend: Partial<OpenBackend>): Heap | null {
  try {
    const memory = backend.wasm?.wasmMemory ?? backend.wasm?.asm?.memory;
    if (!(memory instanceof WebAssembly.Memory)) return null;
    const isShared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
    const module = new WebAssembly.Module(isShared ? withSharedMemory(decode(hex)) : decode(hex));
    const {exports} = new WebAssembly.Instance(module, {env: {memory}});
    const heap = new Heap(backend as OpenBackend, exports as unknown as HeapFunctions);
    return tf.tidy(() => works(heap)) ? heap : null;
  } catch {
    return null;
  }
}

/** Whether a function of ours reads a tensor of tfjs and tfjs reads what it wrote. */
function works(heap: Heap): boolean {
  const x = tf.tensor1d([1, -2, 3, -4, 5]);
  const out = heap.output([5]);
  heap.run.relu(heap.address(x), heap.address(out), 5);
  return tf.util.arraysEqual(Array.from(out.dataSync()), [1, 0, 3, 0, 5]);
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g)!, pair => parseInt(pair, 16));
}
