import {serialization} from '@tensorflow/tfjs-core';

import type {DataFormat, Padding2D} from '../geometry';
import {averagePool, averagePool2dOptions} from '../ops/average_pool2d';
import type {LayerArgs} from './explicit_layer';
import {PoolingLayer} from './pooling_layer';

/**
 * Arguments of {@link averagePooling2d}: those of `tf.layers.averagePooling2d`, any {@link Padding2D}, `dilationRate` and
 * `exactFit`.
 */
export interface AveragePooling2DArgs extends LayerArgs {
  /** F, the size of a window: one number or [height, width]; the default is [2, 2]. */
  poolSize?: number | [number, number];
  /** S, the step of the window; the default is `poolSize`. */
  strides?: number | [number, number];
  /** P, which is not counted; the default is 'valid'. */
  padding?: Padding2D;
  /** The position of the channels; the default is 'channelsLast'. */
  dataFormat?: DataFormat;
  /** D, the distance between neighbouring taps of the window; the default is 1. */
  dilationRate?: number | [number, number];
  /** Refuse sizes where the windows do not cover the whole padded input; the default is false. */
  exactFit?: boolean;
}

/** The layer behind {@link averagePooling2d}. */
export class ExplicitAveragePooling2D extends PoolingLayer {
  /** @nocollapse */
  static readonly className = 'ExplicitAveragePooling2D';
  protected readonly kind = 'averagePooling2d';

  constructor(args?: AveragePooling2DArgs) {
    super('averagePooling2d', averagePool2dOptions, averagePool, args);
  }
}
serialization.registerClass(ExplicitAveragePooling2D);

/**
 * 2-D average-pooling layer, a drop-in for `tf.layers.averagePooling2d` on `ops.averagePool2d`.
 *
 * *Shape*
 * - input: [N, H, W, C], or [N, C, H, W] with `dataFormat: 'channelsFirst'`
 * - output: the same layout, Ho = floor((H - F' + 2P) / S) + 1 with F' = D (F - 1) + 1
 *
 * @throws On bad or unknown arguments, padding as large as the window; when it is built, on a window larger than the
 * padded input.
 *
 * ```js
 * model.add(layers.averagePooling2d({poolSize: 3, strides: 2}));
 * ```
 */
export function averagePooling2d(args?: AveragePooling2DArgs): ExplicitAveragePooling2D {
  return new ExplicitAveragePooling2D(args);
}
