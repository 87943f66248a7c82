import type {BasicKernels} from '../kernels';
import {registerKernels} from '../registry';
import {composedKernels} from './composition';
import * as conv from './conv';
import * as dense from './dense';
import {currentHeap} from './heap';
import type {Heap} from './heap';
import * as norm from './norm';
import * as pool from './pool';

type OnHeap = {[K in keyof BasicKernels]: (heap: Heap, ...args: Parameters<BasicKernels[K]>) => ReturnType<BasicKernels[K]>};

const onHeap: OnHeap = {...conv, ...dense, ...norm, ...pool};

/** The kernel on the heap where that is open, else the one composed of tfjs operations. */
function choose<K extends keyof BasicKernels>(name: K): BasicKernels[K] {
  const own = onHeap[name] as (heap: Heap, ...args: unknown[]) => unknown;
  const composed = composedKernels[name] as (...args: unknown[]) => unknown;
  return ((...args: unknown[]) => {
    const heap = currentHeap();
    return heap ? own(heap, ...args) : composed(...args);
  }) as BasicKernels[K];
}

registerKernels('wasm', Object.fromEntries(
    (Object.keys(composedKernels) as Array<keyof BasicKernels>).map(name => [name, choose(name)])));
