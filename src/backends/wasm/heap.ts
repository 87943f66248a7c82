import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {registerFlag} from '../../flags';
import type {WindowGeometry} from '../../geometry';
import {onDispose, wasmMemory, wasmTensors, wasmThreads} from '../../tfjs_private';
import type {WasmTensors} from '../../tfjs_private';
import {carried} from './carried';
import {hasRelaxedSimd, moduleBytes} from './module';
import {Threads} from './threads';
import type {PoolWorker} from './threads';
import {boardSize} from './worker_source';

/** The exports of the compiled module: functions of addresses (0 for an absent tensor) and sizes, and its constants. */
export interface HeapModule {
  /** Kernels and what tells how much they need, by name. */
  run: {[name: string]: (...args: number[]) => number};
  /** Sizes at which the kernels go another way, by name. */
  constants: {[name: string]: number};
}

/** How a kernel is shared out. */
export interface Share {
  /** The window that the kernel slides, if it does. */
  window?: WindowGeometry;
  /** Floats of scratch for each thread. */
  scratch?: number;
  /** Products or so that the whole takes: what is small is not worth waking others. */
  work: number;
}

/** Work, in products, from which threads help: a fifth of it takes as long as telling them. */
const worthSharing = 400_000;
/** Products that take as long as an entry of a kernel that only reads and writes. */
export const entryWork = 8;

/** Bytes that an address can count. */
const addressable = 2 ** 32;

/** Our own functions on the memory of one instance of tfjs-backend-wasm. */
export class Heap {
  readonly run: HeapModule['run'];
  readonly constants: HeapModule['constants'];
  /** Set where the memory is shared and threads were asked for. */
  threads: Threads | null = null;
  threadsAsked = 1;

  constructor(private readonly tensors: WasmTensors, module: HeapModule, readonly relaxed = false) {
    this.run = module.run;
    this.constants = module.constants;
  }

  /**
   * Where the values of a tensor are; 0 for none.
   * @param size How many values the kernel reads or writes there.
   */
  address(tensor: Tensor | null, size: number): number {
    if (tensor === null) return 0;
    if (tensor.size !== size) {
      throw new Error(`A kernel of the wasm backend needs a tensor of ${size} values. Got [${tensor.shape}]. Pass the ` +
          'tensors of one call of the forward to its backward.');
    }
    return this.tensors.address(tensor);
  }

  /** A new float32 tensor, its values not set. */
  output<T extends Tensor>(shape: number[]): T {
    const bytes = 4 * tf.util.sizeFromShape(shape);
    if (bytes >= addressable) {  // tfjs would take the size modulo 2^32
      throw new Error(`The wasm backend has 4 GB of memory, too few for a tensor [${shape}] of ${bytes} bytes. Use ` +
          'smaller batches.');
    }
    const tensor = this.tensors.make<T>(shape);
    if (bytes > 0 && this.tensors.address(tensor) === 0) {
      tensor.dispose();
      throw new Error(`The wasm backend has no memory left for a tensor [${shape}]. Dispose tensors, or use smaller ` +
          'batches.');
    }
    return tensor;
  }

  /** Runs f with so many floats of memory that are freed afterwards. */
  withScratch<T>(size: number, f: (address: number) => T): T {
    if (size === 0) return f(0);
    const scratch = this.output([size]);
    try {
      return f(this.tensors.address(scratch));
    } finally {
      scratch.dispose();
    }
  }

  /** Tells the module which window the next call is about. */
  setWindow(g: WindowGeometry): void {
    this.run.setWindow!(...windowOf(g));
  }

  /** Runs a kernel on all its units: on all threads where these are ready and it is worth it. */
  split(kernel: string, args: readonly number[], units: number, {window, scratch = 0, work}: Share): void {
    if (units <= 0) return;
    const numbers = window ? windowOf(window) : [];
    const threads = work >= worthSharing && units > 1 && this.threads?.isReady ? this.threads : null;
    this.withScratch(scratch * (threads?.count ?? 1), address => {
      const run = (from: number, to: number): void => {
        if (window) this.run.setWindow!(...numbers);
        this.run[kernel]!(...args, address, from, to);
      };
      if (threads) {
        threads.run({kernel, window: numbers, args, units, scratch: address, stride: 4 * scratch}, run);
      } else {
        run(0, units);
      }
    });
  }
}

function windowOf(g: WindowGeometry): number[] {
  return [g.batch, g.channels, ...g.inSize, ...g.kernel, ...g.strides, ...g.dilation, g.padding[0][0], g.padding[1][0],
    ...g.outSize];
}

const heapFlag = registerFlag('EXPLICIT_LAYERS_WASM_HEAP', () => true);
const relaxedFlag = registerFlag('EXPLICIT_LAYERS_WASM_RELAXED', () => true);
/** 0 for as many as tfjs's own kernels use. */
const threadsFlag = registerFlag('EXPLICIT_LAYERS_WASM_THREADS', (): number => 0);

/** By backend, so that one which was removed and made again, with another memory, gets its own; null: none possible. */
const heaps = new WeakMap<object, Map<boolean, Heap | null>>();

/**
 * The heap of the current wasm backend; null where the engine lacks SIMD, the backend is built otherwise than 4.22, or
 * `tf.env().set('EXPLICIT_LAYERS_WASM_HEAP', false)` says so. Compiled once for each instance of the backend.
 */
export function currentHeap(): Heap | null {
  if (!heapFlag.read()) return null;
  const backend = tf.backend();
  if (!wasmMemory(backend) || !wasmTensors(backend) || !carried()) return null;
  const ofBackend = heaps.get(backend) ?? new Map<boolean, Heap | null>();
  heaps.set(backend, ofBackend);
  const relaxed = relaxedFlag.read() && hasRelaxedSimd();
  let heap = ofBackend.get(relaxed);
  if (heap === undefined) {
    heap = openHeap(backend, {relaxed});
    ofBackend.set(relaxed, heap);
  }
  if (heap) followThreads(heap, backend);
  return heap;
}

/** Whether there is a memory of the backend's to work on; else why not. */
export function whyClosed(): string {
  return heapFlag.read() ?
    'The memory of the wasm backend is not open to this package: the engine has no SIMD, or tfjs is not 4.22.' :
    'EXPLICIT_LAYERS_WASM_HEAP is false.';
}

/** Why products are not fused with sums. */
export function whyPlain(): string {
  return relaxedFlag.read() ? 'This engine has no relaxed SIMD.' : 'EXPLICIT_LAYERS_WASM_RELAXED is false.';
}

/** Why one thread does the work where several could; '' where they do, and in Node, which has one unless more are asked for. */
export function whyAlone({threads, threadsAsked}: Heap): string {
  if (threads?.isReady) return '';
  if (threads && !threads.reason) return 'Threads start when the page has returned to its event loop.';
  const cause = threads?.reason ?? whyNoPool(threadsAsked);
  return cause && `One thread: ${cause}.`;
}

function whyNoPool(asked: number): string {
  if (threadsFlag.read() === 1) return 'EXPLICIT_LAYERS_WASM_THREADS is 1';
  const isolated = (globalThis as {crossOriginIsolated?: boolean}).crossOriginIsolated;  // undefined in Node
  if (isolated === false) return 'the page is not cross-origin isolated';
  return isolated || asked > 1 ? 'tfjs started without threads, or with one' : '';
}

/** The heap of a backend, after a look at whether its private parts mean what they meant in 4.22. */
export function openHeap(backend: object, {relaxed = false} = {}): Heap | null {
  try {
    const memory = wasmMemory(backend), tensors = wasmTensors(backend);
    if (!memory || !tensors) return null;
    const heap = new Heap(tensors, instantiate(compile(memory, relaxed), memory), relaxed);
    return tf.tidy(() => works(heap)) ? heap : null;
  } catch {
    return null;
  }
}

function isShared(memory: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
}

function compile(memory: WebAssembly.Memory, relaxed: boolean): WebAssembly.Module {
  return new WebAssembly.Module(moduleBytes(carried()!, {shared: isShared(memory), relaxed}));
}

/** The kernels on a memory. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): HeapModule {
  const {exports} = new WebAssembly.Instance(module, {env: {memory}});
  const run: HeapModule['run'] = {}, constants: HeapModule['constants'] = {};
  for (const [name, value] of Object.entries(exports)) {
    if (value instanceof WebAssembly.Global) constants[name] = value.value as number;
    else run[name] = value as (...args: number[]) => number;
  }
  return {run, constants};
}

/** Whether a function of ours reads a tensor of tfjs and tfjs reads what it wrote. */
function works(heap: Heap): boolean {
  const x = tf.tensor1d([1, -2, 3, -4, 5]);
  const out = heap.output([5]);
  heap.split('relu', [heap.address(x, 5), heap.address(out, 5), 5], 1, {work: 0});
  return tf.util.arraysEqual(Array.from(out.dataSync()), [1, 0, 3, 0, 5]);
}

/** Starts and ends threads as the flag, or tfjs, says. */
function followThreads(heap: Heap, backend: {dispose(): void}): void {
  const asked = threadsFlag.read();
  const count = Math.max(1, Math.min(64, Math.floor(asked > 0 ? asked : wasmThreads(backend) ?? 1)));
  if (count === heap.threadsAsked) return;
  heap.threadsAsked = count;
  heap.threads?.end('another number of threads was asked for');
  heap.threads = count > 1 ? startThreads(heap, backend, count) : null;
}

/**
 * Threads for a heap; null where its memory is not shared.
 * @param spawn Makes a worker of a text, where the page's way is not wanted.
 */
export function startThreads(
    heap: Heap, backend: {dispose(): void}, count: number, spawn?: (source: string) => PoolWorker): Threads | null {
  const memory = wasmMemory(backend), tensors = wasmTensors(backend);
  if (!memory || !tensors || !isShared(memory)) return null;
  const address = tensors.reserve(boardSize);
  if (address === 0) return null;
  const threads = new Threads(
      memory, address, count, compile(memory, heap.relaxed), Object.keys(heap.run), spawn);
  onDispose(backend, () => threads.end('the backend was removed'));
  return threads;
}
