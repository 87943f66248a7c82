export {averagePooling2d, ExplicitAveragePooling2D} from './average_pooling2d';
export type {AveragePooling2DArgs} from './average_pooling2d';
export {batchNormalization, ExplicitBatchNormalization} from './batch_normalization';
export type {BatchNormalizationArgs} from './batch_normalization';
export {conv1d, ExplicitConv1D} from './conv1d';
export type {Conv1DArgs, Padding1D} from './conv1d';
export {conv2d, ExplicitConv2D} from './conv2d';
export type {Conv2DArgs} from './conv2d';
export {conv2dTranspose, ExplicitConv2DTranspose} from './conv2d_transpose';
export type {Conv2DTransposeArgs} from './conv2d_transpose';
export {dense, ExplicitDense} from './dense';
export type {DenseArgs} from './dense';
export {dropout, ExplicitDropout} from './dropout';
export type {DropoutArgs} from './dropout';
export {depthwiseConv2d, ExplicitDepthwiseConv2D} from './depthwise_conv2d';
export type {DepthwiseConv2DArgs} from './depthwise_conv2d';
export type {LayerArgs} from './explicit_layer';
export {
  ExplicitGlobalAveragePooling2D, ExplicitGlobalMaxPooling2D, globalAveragePooling2d, globalMaxPooling2d,
} from './global_pooling2d';
export type {GlobalAveragePooling2DArgs, GlobalMaxPooling2DArgs} from './global_pooling2d';
export {ExplicitGroupNormalization, groupNormalization} from './group_normalization';
export type {GroupNormalizationArgs} from './group_normalization';
export {ExplicitLayerNormalization, layerNormalization} from './layer_normalization';
export type {LayerNormalizationArgs} from './layer_normalization';
export {ExplicitMaxPooling2D, maxPooling2d} from './max_pooling2d';
export type {MaxPooling2DArgs} from './max_pooling2d';
export {ExplicitReLU, reLU} from './re_lu';
export type {ReLUArgs} from './re_lu';
export {ExplicitSeparableConv2D, separableConv2d} from './separable_conv2d';
export type {SeparableConv2DArgs} from './separable_conv2d';
export type {
  ActivationIdentifier, ConstraintIdentifier, InitializerIdentifier, RegularizerIdentifier,
} from './resolve';
