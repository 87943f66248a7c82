import type {Kernels, OptionalKernels, RequiredKernels} from '../kernels';
import {defaultKernels} from '../default';
import {composedSet, registerKernels} from '../registry';
import type {KernelSet} from '../registry';
import {composedKernels} from './composition';
import {col2im, conv2d, conv2dFilterGrad, conv2dInputGrad, im2col} from './conv';
import {affine, columnSum, matMul, relu, reluGrad, softmaxLoss} from './dense';
import {currentHeap} from './heap';
import type {Heap} from './heap';
import {batchNorm, batchNormGrad, batchNormInference, layerNorm, layerNormGrad} from './norm';
import {maxPool, maxPoolGather, maxPoolScatter} from './pool';

type AllKernels = RequiredKernels & OptionalKernels;
type OnHeap<K extends keyof AllKernels> = (heap: Heap, ...args: Parameters<AllKernels[K]>) => ReturnType<AllKernels[K]>;

const onHeap: {[K in keyof RequiredKernels]: OnHeap<K>} & {[K in keyof OptionalKernels]?: OnHeap<K>} = {
  conv2d, conv2dInputGrad, conv2dFilterGrad, im2col, col2im, relu, reluGrad, maxPool, maxPoolScatter, maxPoolGather, matMul,
  affine, columnSum, softmaxLoss, batchNorm, batchNormGrad, batchNormInference, layerNorm, layerNormGrad,
};

/** The kernel on the heap where that is open, else the one composed of tfjs operations, if there is one. */
function choose(name: keyof Kernels): (...args: unknown[]) => unknown {
  const own = onHeap[name] as (heap: Heap, ...args: unknown[]) => unknown;
  const composed = composedKernels[name] as ((...args: unknown[]) => unknown) | undefined;
  return (...args) => {
    const heap = currentHeap();
    return heap ? own(heap, ...args) : composed?.(...args) ?? null;
  };
}

const table = {...defaultKernels, ...Object.fromEntries(
    (Object.keys(onHeap) as Array<keyof Kernels>).map(name => [name, choose(name)]))};
const open: KernelSet = {kernels: table, info: () => ({set: 'heap', threads: 1, relaxed: false, reason: ''})};
const closed = composedSet('The memory of the wasm backend is not open to this package.', table);

registerKernels('wasm', () => (currentHeap() ? open : closed));
