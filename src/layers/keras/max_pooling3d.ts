import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor5D} from '@tensorflow/tfjs-core';
import type {Shape} from '@tensorflow/tfjs-layers';

import {maxPool2d} from '../../ops/max_pool2d';
import {KerasLayer, shapeOf} from './keras_layer';

type Triple = [number, number, number];

/** Arguments of {@link KerasMaxPooling3D}. */
export interface MaxPooling3DArgs {
  poolSize: number | Triple;
  strides: number | Triple | null;
  /** 'same' only. */
  padding: string;
  dataFormat: 'channelsFirst' | 'channelsLast';
}

const triple = (size: number | Triple): Triple => (typeof size === 'number' ? [size, size, size] : size);

/**
 * Max pooling over three axes with padding 'same': over height and width, then over depth. (tfjs's own is wrong on wasm, which
 * takes 0 for what lies beyond the end, and its gradient on cpu where windows are not square.)
 */
export class KerasMaxPooling3D extends KerasLayer<MaxPooling3DArgs> {
  /** @nocollapse */
  static readonly className = 'KerasMaxPooling3D';

  constructor(args: ConstructorParameters<typeof KerasLayer<MaxPooling3DArgs>>[0]) {
    super(args, {poolSize: 2, strides: null, padding: 'same', dataFormat: 'channelsLast'});
    if (this.args.padding !== 'same') {
      throw new Error("KerasMaxPooling3D: padding must be 'same'. Use tf.layers.maxPooling3d for others.");
    }
  }

  protected compute([x]: Tensor[]): Tensor {
    const isFirst = this.args.dataFormat === 'channelsFirst';
    const last = (isFirst ? tf.transpose(x!, [0, 2, 3, 4, 1]) : x) as Tensor5D;
    const [batch, depth, height, width, channels] = last.shape;
    const [pools, strides] = [triple(this.args.poolSize), this.strides()];
    const [outDepth, outHeight, outWidth] = this.outSizes([depth, height, width]) as Triple;
    const slices = maxPool2d(tf.reshape(last, [batch * depth, height, width, channels]), {
      poolSize: [pools[1], pools[2]], strides: [strides[1], strides[2]], padding: 'same', ties: 'first',
    });
    const columns = maxPool2d(tf.reshape(slices, [batch, depth, outHeight * outWidth, channels]), {
      poolSize: [pools[0], 1], strides: [strides[0], 1], padding: 'same', ties: 'first',
    });
    const out = tf.reshape(columns, [batch, outDepth, outHeight, outWidth, channels]);
    return isFirst ? tf.transpose(out, [0, 4, 1, 2, 3]) : out;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch, ...sizes] = shapeOf(inputShape);
    return this.args.dataFormat === 'channelsFirst' ? [batch!, sizes[0]!, ...this.outSizes(sizes.slice(1))] :
        [batch!, ...this.outSizes(sizes.slice(0, 3)), sizes[3]!];
  }

  private outSizes(spatial: Shape): Shape {
    const strides = this.strides();
    return spatial.map((size, i) => (size === null ? null : Math.ceil(size / strides[i]!)));
  }

  private strides(): Triple {
    return triple(this.args.strides ?? this.args.poolSize);
  }
}
tf.serialization.registerClass(KerasMaxPooling3D);
