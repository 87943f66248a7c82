import type {KernelSet} from '../registry';
import {registerKernels} from '../registry';
import {relu, reluGrad} from './activation';
import {col2im, conv2d, conv2dFilterGrad, conv2dInputGrad, im2col} from './conv';
import {affine, columnSum, matMul} from './dense';
import {depthwiseConv2d, depthwiseConv2dFilterGrad, depthwiseConv2dInputGrad} from './depthwise';
import {batchNorm, batchNormGrad, batchNormInference, layerNorm, layerNormGrad} from './norm';
import {pools} from './pool';
import {softmaxLoss} from './softmax_loss';

const cpu: KernelSet = {
  kernels: {
    conv2d, conv2dInputGrad, conv2dFilterGrad, im2col, col2im, relu, reluGrad, ...pools, matMul,
    affine, columnSum, softmaxLoss, batchNorm, batchNormGrad, batchNormInference, layerNorm, layerNormGrad,
    depthwiseConv2d, depthwiseConv2dInputGrad, depthwiseConv2dFilterGrad,
  },
  info: () => ({set: 'cpu', threads: 1, relaxed: false, reason: ''}),
};

registerKernels('cpu', () => cpu);
