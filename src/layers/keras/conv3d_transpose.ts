import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor4D} from '@tensorflow/tfjs-core';
import {layers as builtIn} from '@tensorflow/tfjs-layers';

import type {DataFormat} from '../../geometry';
import {conv2dTransposeOptions, transposed} from '../../ops/conv2d_transpose';
import {readOptions} from '../../options';
import {tidy} from '../../tidy';
import type {Kwargs} from '../explicit_layer';
import {withChannelsLast} from './keras_layer';

/** What tf.layers' class, which is not exported, holds beside what every layer does. */
interface Conv3DTranspose {
  kernelSize: number[];
  strides: number[];
  padding: 'same' | 'valid';
  dataFormat: DataFormat;
  kernel: {read(): Tensor};
  bias: {read(): Tensor} | null;
  activation: {apply(x: Tensor): Tensor} | null;
}

type Base = new (args: Parameters<typeof builtIn.conv3dTranspose>[0]) => Conv3DTranspose & InstanceType<typeof builtIn.Layer>;
/** Of a layer with a name: one without takes the first of those that tf.layers gives. */
const Conv3DTransposeLayer = /* @__PURE__ */ (() =>
  builtIn.conv3dTranspose({filters: 1, kernelSize: 1, name: 'its_class'}).constructor as unknown as Base)();

/**
 * tf.layers' transposed convolution over three axes, computed by one over height and width for each slice of the kernel.
 * (tfjs's own gives other values on wasm, and has no gradient on any backend. On webgpu this does not train either.)
 */
export class KerasConv3DTranspose extends Conv3DTransposeLayer {
  /** @nocollapse */
  static readonly className = 'KerasConv3DTranspose';

  /** Of the convolution of one slice. */
  private readonly options = readOptions('KerasConv3DTranspose', conv2dTransposeOptions,
      {strides: this.strides.slice(1), padding: this.padding});

  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor {
    // There tfjs's own values are right, and those of slices put together are not.
    if (tf.getBackend() === 'webgpu') return super.call(inputs, kwargs) as Tensor;
    return tidy(() => {
      const [given] = [inputs].flat();
      const value = withChannelsLast(given!, this.dataFormat, (x) => {
        const sums = this.convolved(x);
        return this.bias === null ? sums : tf.add(sums, this.bias.read());
      });
      return this.activation === null ? value : this.activation.apply(value);
    });
  }

  private convolved(x: Tensor): Tensor {
    const [batch, depth, height, width, channels] = x.shape as [number, number, number, number, number];
    const [size, stride, padding] = [this.kernelSize[0]!, this.strides[0]!, this.padding];
    const images = tf.reshape(x, [batch * depth, height, width, channels]) as Tensor4D;
    const kernel = this.kernel.read();
    const [area, ...shape] = kernel.shape;
    const parts = tf.split(tf.reshape(kernel, [area!, shape.reduce((product, length) => product * length, 1)]), area!);
    let image: number[] = [];
    // In as few axes as each step needs: some backends pad no more than four.
    const placed = parts.map((part, k) => {
      const w = tf.reshape(part, shape as [number, number, number, number]);
      const slices = transposed.callChecked({x: images, w, b: null}, this.options);
      image = slices.shape.slice(1);
      const row = image.reduce((product, length) => product * length, 1);
      // Slice d of x adds to slice d * stride + k of the result.
      const apart = tf.pad(tf.reshape(slices, [batch * depth, 1, row]), [[0, 0], [0, stride - 1], [0, 0]]);
      return tf.pad(tf.reshape(apart, [batch, depth * stride, row]), [[0, 0], [k, size - 1 - k], [0, 0]]);
    });
    const more = Math.max(size - stride, 0);
    const [first, length] = padding === 'same' ? [Math.floor(more / 2), depth * stride] : [0, depth * stride + more];
    const whole = placed.reduce((sum, part) => tf.add(sum, part));
    return tf.reshape(tf.slice(whole, [0, first, 0], [batch, length, -1]), [batch, length, ...image]);
  }
}
tf.serialization.registerClass(KerasConv3DTranspose as never);
