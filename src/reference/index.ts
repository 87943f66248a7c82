/**
 * The document's functions as plain float64 loops, in its own layout: images [N, C, H, W], filters [F, C, HH, WW].
 * They are the yardstick that the ops are measured by, and nothing here is fast. Arrays are
 * {@link ReferenceArray}; make one with {@link array}.
 */
export {array} from './array';
export type {ReferenceArray} from './array';
export type {Pad, Pair, Window, WindowOptions} from './window';
export {convBackward, convForward} from './conv';
export type {ConvCache, ConvOptions} from './conv';
export {depthwiseConvBackward, depthwiseConvForward} from './depthwise_conv';
export type {DepthwiseConvCache} from './depthwise_conv';
export {convTransposeBackward, convTransposeForward} from './conv_transpose';
export type {ConvTransposeCache, ConvTransposeOptions} from './conv_transpose';
export {col2im, im2col} from './im2col';
export type {Im2colOptions} from './im2col';
export {reluBackward, reluForward} from './relu';
export type {ReluCache, ReluOptions} from './relu';
export {averagePoolBackward, averagePoolForward} from './average_pool';
export type {AveragePoolCache} from './average_pool';
export {maxPoolBackward, maxPoolForward} from './max_pool';
export type {MaxPoolCache, MaxPoolOptions, Ties} from './max_pool';
export type {PoolWindowOptions} from './pool_window';
export {affineBackward, affineForward} from './affine';
export type {AffineCache} from './affine';
export {softmaxLoss} from './softmax_loss';
export type {Labels} from './softmax_loss';
export {batchNormBackward, batchNormBackwardAlt, batchNormForward} from './batch_norm';
export type {BatchNormCache, BatchNormOptions, NormGradients} from './batch_norm';
export {layerNormBackward, layerNormForward} from './layer_norm';
export type {LayerNormCache, LayerNormOptions} from './layer_norm';
export {groupNormBackward, groupNormForward} from './group_norm';
export type {GroupNormCache, GroupNormOptions} from './group_norm';
