/** Layers that models from Keras files consist of where tf.layers computes otherwise; no part of the public layers. */
export {isConstant, KerasElementwise, operandsOf} from './elementwise';
export type {Constant} from './elementwise';
export {KerasConv3DTranspose} from './conv3d_transpose';
export {KerasCenterCrop, KerasResizing, KerasUpSampling2D} from './images';
export {KerasMaxPooling3D} from './max_pooling3d';
export {isReduction, KerasReduce} from './reduce';
export {KerasLayerScale, KerasNormalization, KerasRescaling, KerasStochasticDepth, KerasUnitNormalization} from './scaling';
