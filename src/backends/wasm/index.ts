import {defaultKernels} from '../default';
import type {KernelInfo} from '../kernels';
import {composedSet, registerKernels} from '../registry';
import type {KernelSet} from '../registry';
import {carried} from './carried';
import {composedKernels} from './composition';
import type {Heap} from './heap';
import {currentHeap, whyAlone, whyClosed, whyPlain} from './open_heap';

const sets = new WeakMap<Heap, KernelSet>();

/** The kernels on a heap. */
function setOn(heap: Heap): KernelSet {
  let set = sets.get(heap);
  if (set === undefined) {
    const own = Object.fromEntries(Object.entries(carried()!.onHeap).map(([name, kernel]) =>
      [name, (...args: unknown[]) => (kernel as (heap: Heap, ...args: unknown[]) => unknown)(heap, ...args)]));
    set = {kernels: {...defaultKernels, ...own}, info: () => infoOf(heap)};
    sets.set(heap, set);
  }
  return set;
}

function infoOf(heap: Heap): KernelInfo {
  const threads = heap.threads?.isReady ? heap.threads.count : 1;
  const reasons = [heap.relaxed ? '' : whyPlain(), whyAlone(heap)];
  return {set: 'heap', threads, relaxed: heap.relaxed, reason: reasons.filter(text => text).join(' ')};
}

registerKernels('wasm', () => {
  const heap = currentHeap();
  return heap ? setOn(heap) : composedSet(whyClosed(), composedKernels);
});
