import {defaultKernels} from '../default';
import type {KernelInfo, OptionalKernels, RequiredKernels} from '../kernels';
import {composedSet, registerKernels} from '../registry';
import type {KernelSet} from '../registry';
import {composedKernels} from './composition';
import {col2im, conv2d, conv2dFilterGrad, conv2dInputGrad, im2col} from './conv';
import {affine, columnSum, matMul, relu, reluGrad, softmaxLoss} from './dense';
import {depthwiseConv2d, depthwiseConv2dFilterGrad, depthwiseConv2dInputGrad} from './depthwise';
import {currentHeap, whyAlone, whyClosed, whyPlain} from './heap';
import type {Heap} from './heap';
import {batchNorm, batchNormGrad, batchNormInference, layerNorm, layerNormGrad} from './norm';
import {averagePool, averagePoolGrad, maxPool, maxPoolGather, maxPoolScatter} from './pool';

type AllKernels = RequiredKernels & OptionalKernels;
type OnHeap<K extends keyof AllKernels> = (heap: Heap, ...args: Parameters<AllKernels[K]>) => ReturnType<AllKernels[K]>;

const onHeap: {[K in keyof AllKernels]?: OnHeap<K>} = {
  conv2d, conv2dInputGrad, conv2dFilterGrad, depthwiseConv2d, depthwiseConv2dInputGrad, depthwiseConv2dFilterGrad, im2col,
  col2im, relu, reluGrad, maxPool, maxPoolScatter, maxPoolGather, averagePool, averagePoolGrad, matMul, affine, columnSum,
  softmaxLoss, batchNorm, batchNormGrad, batchNormInference, layerNorm, layerNormGrad,
};

const sets = new WeakMap<Heap, KernelSet>();

/** The kernels on a heap. */
function setOn(heap: Heap): KernelSet {
  let set = sets.get(heap);
  if (set === undefined) {
    const own = Object.fromEntries(Object.entries(onHeap).map(([name, kernel]) =>
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
