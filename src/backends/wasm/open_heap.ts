import * as tf from '@tensorflow/tfjs-core';

import {registerFlag} from '../../flags';
import {onDispose, wasmMemory, wasmTensors, wasmThreads} from '../../tfjs_private';
import {carried} from './carried';
import {Heap} from './heap';
import type {HeapModule} from './heap';
import type {PoolWorker, Threads} from './threads';

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
  const code = carried();
  if (!wasmMemory(backend) || !wasmTensors(backend) || !code) return null;
  const ofBackend = heaps.get(backend) ?? new Map<boolean, Heap | null>();
  heaps.set(backend, ofBackend);
  const relaxed = relaxedFlag.read() && code.hasRelaxedSimd();
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
  if (!heapFlag.read()) return `${heapFlag.name} is false. Set it to true for the kernels of this package.`;
  return carried() ?
    'The memory of the wasm backend is not open to this package: the engine has no SIMD, or tfjs is not 4.22. Use an engine ' +
      'with SIMD and tfjs 4.22.' :
    'The kernels for wasm are not loaded. Wait a moment; if the console says that they did not load, do what it says.';
}

/** Why products are not fused with sums. */
export function whyPlain(): string {
  return relaxedFlag.read() ? 'This engine has no relaxed SIMD: use a newer one (Node 22, Chrome 114).' :
      `${relaxedFlag.name} is false. Set it to true to multiply and add in one instruction.`;
}

/** Why one thread does the work where several could; '' where they do, and in Node, which has one unless more are asked for. */
export function whyAlone({threads, threadsAsked}: Heap): string {
  if (threads?.isReady) return '';
  if (threads && !threads.reason) return 'Threads start when the page has returned to its event loop: wait for that.';
  const cause = threads ? `${threads.reason}. Load the page again, or start the backend anew` : whyNoPool(threadsAsked);
  return cause && `One thread: ${cause}.`;
}

function whyNoPool(asked: number): string {
  if (threadsFlag.read() === 1) return `${threadsFlag.name} is 1. Set it to 0 for as many as tfjs uses`;
  const isolated = (globalThis as {crossOriginIsolated?: boolean}).crossOriginIsolated;  // undefined in Node
  if (isolated === false) return 'the page is not cross-origin isolated. Serve it with the headers of docs/backends.md';
  return isolated || asked > 1 ?
    "tfjs started without threads, or with one. Call the backend's setThreadsCount before it starts" : '';
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
  return new WebAssembly.Module(carried()!.moduleBytes({shared: isShared(memory), relaxed}));
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
  const memory = wasmMemory(backend), tensors = wasmTensors(backend), code = carried();
  if (!memory || !tensors || !code || !isShared(memory)) return null;
  const address = tensors.reserve(code.boardSize);
  if (address === 0) return null;
  const threads = new code.Threads(
      memory, address, count, compile(memory, heap.relaxed), Object.keys(heap.run), spawn);
  onDispose(backend, () => threads.end('the backend was removed'));
  return threads;
}
