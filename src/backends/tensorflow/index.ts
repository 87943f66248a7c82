import {defaultKernels} from '../default';
import {composedSet, registerKernels} from '../registry';
import type {KernelSet} from '../registry';
import {conv2d, conv2dFilterGrad, conv2dInputGrad, conv2dRelu, conv2dWeightGrads} from './conv';
import {affine, affineRelu, columnSum, matMul, relu, reluGrad, softmaxLoss} from './dense';
import {depthwiseConv2d, depthwiseConv2dFilterGrad, depthwiseConv2dInputGrad} from './depthwise';
import {dropoutMask} from './dropout';
import {hasNativeOps, whyNoNativeOps} from './native_ops';
import {batchNorm, batchNormGrad, batchNormInference, layerNorm, layerNormGrad, movingAverages} from './norm';
import {pools} from './pool';

/** Ops of `native/` and, where these are the quicker ones, TensorFlow's own, also those that tfjs never calls. */
const native: KernelSet = {
  kernels: {
    im2col: defaultKernels.im2col, col2im: defaultKernels.col2im,
    conv2d, conv2dRelu, conv2dInputGrad, conv2dFilterGrad, conv2dWeightGrads, relu, reluGrad, ...pools, matMul,
    affine, affineRelu, columnSum, softmaxLoss, batchNorm, batchNormGrad, batchNormInference, movingAverages,
    layerNorm, layerNormGrad, depthwiseConv2d, depthwiseConv2dInputGrad, depthwiseConv2dFilterGrad, dropoutMask,
  },
  info: () => ({set: 'native', threads: 1, relaxed: false, reason: ''}),
};

/** Without the addon, operations of tfjs. */
const composed: KernelSet = {...composedSet(''), info: () => composedSet(whyNoNativeOps()).info()};

registerKernels('tensorflow', () => (hasNativeOps() ? native : composed));
