import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import type {WindowGeometry} from '../../geometry';
import type {WasmTensors} from '../../tfjs_private';
import {tieNumber} from '../tie_rules';
import type {Threads} from './threads';

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

/**
 * Work, in products, from which threads help: a fifth of it takes as long as telling them.
 * `npm run thresholds -- --backend wasm` measures two threads and one on each side.
 */
export const worthSharing = 400_000;

/** Bytes that an address can count. */
const addressable = 2 ** 32;

/** Our own functions on the memory of one instance of tfjs-backend-wasm. */
export class Heap {
  readonly run: HeapModule['run'];
  readonly constants: HeapModule['constants'];
  /** For the kernels of pools: what pages load apart imports nothing of the rest. */
  readonly tieNumber = tieNumber;
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
    this.run.setWindow!(...windowNumbers(g));
  }

  /** Runs a kernel on all its units: on all threads where these are ready and it is worth it. */
  split(kernel: string, args: readonly number[], units: number, {window, scratch = 0, work}: Share): void {
    if (units <= 0) return;
    const numbers = window ? windowNumbers(window) : [];
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

function windowNumbers(g: WindowGeometry): number[] {
  return [g.batch, g.channels, ...g.inSize, ...g.kernel, ...g.strides, ...g.dilation, g.padding[0][0], g.padding[1][0],
    ...g.outSize];
}
