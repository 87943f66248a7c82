import * as tf from '@tensorflow/tfjs-core';
import type {Tensor1D, Tensor4D} from '@tensorflow/tfjs-core';

import type {ConvGeometry} from '../../geometry';
import * as composed from '../default/conv';

/** The bias goes into the convolution's own launch. */
export function conv2d(x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry): Tensor4D {
  if (!b || g.groups > 1) return composed.conv2d(x, w, b, g);
  return run('FusedConv2D', {x, filter: w, bias: b}, {
    ...attrsOf(g), dilations: g.dilation, activation: 'linear', leakyreluAlpha: 0,
  });
}

export function conv2dInputGrad(dout: Tensor4D, w: Tensor4D, g: ConvGeometry): Tensor4D {
  if (!isPlain(g)) return composed.conv2dInputGrad(dout, w, g);
  return run('Conv2DBackpropInput', {dy: dout, filter: w}, {
    ...attrsOf(g), inputShape: [g.batch, ...g.inSize, g.channels],
  });
}

export function conv2dFilterGrad(x: Tensor4D, dout: Tensor4D, g: ConvGeometry): Tensor4D {
  if (!isPlain(g)) return composed.conv2dFilterGrad(x, dout, g);
  return run('Conv2DBackpropFilter', {x, dy: dout}, {
    ...attrsOf(g), filterShape: [...g.kernel, g.channels, g.filters],
  });
}

/** What the gradient kernels of tfjs know: no groups, no dilation, but on GPUs any padding. */
function isPlain(g: ConvGeometry): boolean {
  return g.groups === 1 && g.dilation[0] === 1 && g.dilation[1] === 1;
}

function attrsOf(g: ConvGeometry): object {
  return {
    strides: g.strides, pad: [[0, 0], ...g.padding, [0, 0]], dataFormat: 'NHWC', dimRoundingMode: undefined,
  };
}

function run(kernel: string, inputs: tf.NamedTensorMap, attrs: object): Tensor4D {
  return tf.engine().runKernel(kernel, inputs, attrs as unknown as tf.NamedAttrMap) as Tensor4D;
}
