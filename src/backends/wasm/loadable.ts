/** What a page loads when the wasm backend starts, and not before: the kernels, their module and their threads. */
import type {OptionalKernels, RequiredKernels} from '../kernels';
import {col2im, conv2d, conv2dFilterGrad, conv2dInputGrad, im2col} from './conv';
import {affine, columnSum, matMul, relu, reluGrad, softmaxLoss} from './dense';
import {depthwiseConv2d, depthwiseConv2dFilterGrad, depthwiseConv2dInputGrad} from './depthwise';
import type {Heap} from './heap';
import {batchNorm, batchNormGrad, batchNormInference, layerNorm, layerNormGrad} from './norm';
import {averagePool, averagePoolGrad, maxPool, maxPoolGather, maxPoolScatter} from './pool';

export {hasRelaxedSimd, moduleBytes} from './module';
export {Threads} from './threads';
export {boardSize} from './worker_source';

type AllKernels = RequiredKernels & OptionalKernels;
type OnHeap<K extends keyof AllKernels> = (heap: Heap, ...args: Parameters<AllKernels[K]>) => ReturnType<AllKernels[K]>;

export const onHeap: {[K in keyof AllKernels]?: OnHeap<K>} = {
  conv2d, conv2dInputGrad, conv2dFilterGrad, depthwiseConv2d, depthwiseConv2dInputGrad, depthwiseConv2dFilterGrad, im2col,
  col2im, relu, reluGrad, maxPool, maxPoolScatter, maxPoolGather, averagePool, averagePoolGrad, matMul, affine, columnSum,
  softmaxLoss, batchNorm, batchNormGrad, batchNormInference, layerNorm, layerNormGrad,
};
