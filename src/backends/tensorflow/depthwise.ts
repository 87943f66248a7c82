import * as tf from '@tensorflow/tfjs-core';
import type {Tensor1D, Tensor4D} from '@tensorflow/tfjs-core';

import type {ConvGeometry} from '../../geometry';
import {nativeOne, windowSizes} from './native_ops';

/** TensorFlow's own kernels want one stride for both axes, no dilation, and padding by a word. */
export function depthwiseConv2d(x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry): Tensor4D {
  return nativeOne('ExplicitDepthwiseConv', [x, w, b], {sizes: windowSizes(g)});
}

export function depthwiseConv2dInputGrad(dout: Tensor4D, w: Tensor4D, g: ConvGeometry): Tensor4D {
  return nativeOne('ExplicitDepthwiseConvInputGrad', [dout, w, tf.tensor1d(g.inSize, 'int32')], {sizes: windowSizes(g)});
}

export function depthwiseConv2dFilterGrad(x: Tensor4D, dout: Tensor4D, g: ConvGeometry): Tensor4D {
  return nativeOne('ExplicitDepthwiseConvFilterGrad', [x, dout], {sizes: windowSizes(g)});
}
