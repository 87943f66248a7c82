export {affine, affineBackward, affineForward} from './affine';
export type {AffineCache} from './affine';
export {averagePool2d, averagePool2dBackward, averagePool2dForward} from './average_pool2d';
export type {AveragePool2dCache, AveragePool2dOptions} from './average_pool2d';
export {batchNorm, batchNormBackward, batchNormBackwardAlt, batchNormForward} from './batch_norm';
export type {
  BatchNormBackwardForm, BatchNormCache, BatchNormForwardOptions, BatchNormGradients, BatchNormOptions,
} from './batch_norm';
export {conv2d, conv2dBackward, conv2dForward} from './conv2d';
export type {Conv2dCache, Conv2dOptions} from './conv2d';
export {conv2dTranspose, conv2dTransposeBackward, conv2dTransposeForward} from './conv2d_transpose';
export type {Conv2dTransposeCache, Conv2dTransposeOptions} from './conv2d_transpose';
export {depthwiseConv2d, depthwiseConv2dBackward, depthwiseConv2dForward} from './depthwise_conv2d';
export type {DepthwiseConv2dCache, DepthwiseConv2dOptions} from './depthwise_conv2d';
export {convMatrix} from './conv_matrix';
export {col2im, im2col} from './im2col';
export type {Im2colOptions} from './im2col';
export {layerNorm, layerNormBackward, layerNormForward} from './layer_norm';
export type {LayerNormCache, LayerNormOptions} from './layer_norm';
export {maxPool2d, maxPool2dBackward, maxPool2dForward} from './max_pool2d';
export type {MaxPool2dCache, MaxPool2dOptions, TieRule} from './max_pool2d';
export {relu, reluBackward, reluForward} from './relu';
export type {ReluCache, ReluOptions} from './relu';
export {softmaxLoss, softmaxLossBackward, softmaxLossForward} from './softmax_loss';
export type {SoftmaxLossCache, SoftmaxLossOptions} from './softmax_loss';
