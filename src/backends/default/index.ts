import type {Kernels} from '../kernels';
import {col2im, conv2d, conv2dFilterGrad, conv2dInputGrad, im2col} from './conv';
import {affine, columnSum, matMul, relu, reluGrad} from './dense';
import {depthwiseConv2d, depthwiseConv2dFilterGrad, depthwiseConv2dInputGrad} from './depthwise';
import {pools} from './pool';

/** Every required piece from tfjs-core operations alone: right on any backend, and what a backend's own set falls back to. */
export const defaultKernels: Kernels = {
  conv2d, conv2dInputGrad, conv2dFilterGrad, im2col, col2im, relu, reluGrad, ...pools, matMul, affine,
  columnSum, depthwiseConv2d, depthwiseConv2dInputGrad, depthwiseConv2dFilterGrad,
};
