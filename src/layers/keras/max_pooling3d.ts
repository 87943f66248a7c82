import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor5D} from '@tensorflow/tfjs-core';
import type {Shape} from '@tensorflow/tfjs-layers';

import {outputLength} from '../../geometry';
import type {DataFormat} from '../../geometry';
import {maxPool, maxPool2dOptions} from '../../ops/max_pool2d';
import {readOptions} from '../../options';
import type {Checked} from '../../options';
import {show} from '../../validate';
import {KerasLayer, shapeOf, withChannelsLast} from './keras_layer';

const AXES = ['depth', 'height', 'width'] as const;
type Triple = [number, number, number];

/** Arguments of {@link KerasMaxPooling3D}. */
export interface MaxPooling3DArgs {
  poolSize: number | Triple;
  strides: number | Triple | null;
  padding: 'same' | 'valid';
  dataFormat: DataFormat;
}

const triple = (size: number | Triple): Triple => (typeof size === 'number' ? [size, size, size] : size);

/**
 * Max pooling over three axes: over height and width, then over depth. (tfjs's own on wasm never finds less than 0, and its
 * gradient on cpu is wrong where windows are not square.)
 */
export class KerasMaxPooling3D extends KerasLayer<MaxPooling3DArgs> {
  /** @nocollapse */
  static readonly className = 'KerasMaxPooling3D';
  static readonly defaults: MaxPooling3DArgs = {poolSize: 2, strides: null, padding: 'same', dataFormat: 'channelsLast'};

  /** Of the windows over height and width, and over depth. */
  private readonly slices: Checked<typeof maxPool2dOptions>;
  private readonly columns: Checked<typeof maxPool2dOptions>;

  constructor(args: ConstructorParameters<typeof KerasLayer<MaxPooling3DArgs>>[0]) {
    super(args);
    const {padding} = this.args;
    if (padding !== 'same' && padding !== 'valid') {
      throw new Error(`KerasMaxPooling3D: padding must be 'same' or 'valid'. Got ${show(padding)}. Change it in Python.`);
    }
    const [pools, strides] = [triple(this.args.poolSize), this.strides()];
    const windows = (poolSize: [number, number], step: [number, number]) =>
      readOptions('KerasMaxPooling3D', maxPool2dOptions, {poolSize, strides: step, padding, ties: 'first'});
    this.slices = windows([pools[1], pools[2]], [strides[1], strides[2]]);
    this.columns = windows([pools[0], 1], [strides[0], 1]);
  }

  protected compute([x]: Tensor[]): Tensor {
    return withChannelsLast(x!, this.args.dataFormat, (last: Tensor5D) => this.pooled(last));
  }

  private pooled(x: Tensor5D): Tensor {
    const [batch, depth, height, width, channels] = x.shape;
    const [outDepth, outHeight, outWidth] = this.outSizes([depth, height, width]) as Triple;
    const slices = maxPool.callChecked({x: tf.reshape(x, [batch * depth, height, width, channels])}, this.slices);
    const columns = maxPool.callChecked(
        {x: tf.reshape(slices, [batch, depth, outHeight * outWidth, channels])}, this.columns);
    return tf.reshape(columns, [batch, outDepth, outHeight, outWidth, channels]);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch, ...sizes] = shapeOf(inputShape);
    return this.args.dataFormat === 'channelsFirst' ? [batch!, sizes[0]!, ...this.outSizes(sizes.slice(1))] :
        [batch!, ...this.outSizes(sizes.slice(0, 3)), sizes[3]!];
  }

  private outSizes(spatial: Shape): Shape {
    const [pools, strides] = [triple(this.args.poolSize), this.strides()];
    return AXES.map((axis, i) => outputLength('KerasMaxPooling3D', axis, spatial[i]!, {
      kernel: pools[i]!, stride: strides[i]!, dilation: 1, padding: this.args.padding, exactFit: false,
    }));
  }

  private strides(): Triple {
    return triple(this.args.strides ?? this.args.poolSize);
  }
}
tf.serialization.registerClass(KerasMaxPooling3D);
