import {serialization} from '@tensorflow/tfjs-core';

import type {DataFormat, Padding2D} from '../geometry';
import type {TieRule} from '../ops';
import {maxPool, maxPool2dOptions} from '../ops/max_pool2d';
import type {LayerArgs} from './explicit_layer';
import {PoolingLayer} from './pooling_layer';

/**
 * Arguments of {@link maxPooling2d}: those of `tf.layers.maxPooling2d`, any {@link Padding2D}, `dilationRate`, `ties`
 * and `exactFit`.
 */
export interface MaxPooling2DArgs extends LayerArgs {
  /** F, the size of a window: one number or [height, width]; the default is [2, 2]. */
  poolSize?: number | [number, number];
  /** S, the step of the window; the default is `poolSize`. */
  strides?: number | [number, number];
  /** P, which counts as minus infinity; the default is 'valid'. */
  padding?: Padding2D;
  /** The position of the channels; the default is 'channelsLast'. */
  dataFormat?: DataFormat;
  /** D, the distance between neighbouring taps of the window; the default is 1. */
  dilationRate?: number | [number, number];
  /**
   * Which entries get a window's gradient when several tie for its maximum: 'all' of them in full (the default), the
   * 'first' (as in tf.layers on tfjs-node and cpu), or 'split', each an equal share.
   */
  ties?: TieRule;
  /** Refuse sizes where the windows do not cover the whole padded input; the default is false. */
  exactFit?: boolean;
}

/** The layer behind {@link maxPooling2d}. */
export class ExplicitMaxPooling2D extends PoolingLayer {
  /** @nocollapse */
  static readonly className = 'ExplicitMaxPooling2D';
  protected readonly kind = 'maxPooling2d';

  constructor(args?: MaxPooling2DArgs) {
    super('maxPooling2d', maxPool2dOptions, maxPool, args);
  }
}
serialization.registerClass(ExplicitMaxPooling2D);

/**
 * 2-D max-pooling layer, a drop-in for `tf.layers.maxPooling2d` on `ops.maxPool2d`, except for tied maxima: each of
 * them gets the full gradient unless `ties` says otherwise.
 *
 * *Shape*
 * - input: [N, H, W, C], or [N, C, H, W] with `dataFormat: 'channelsFirst'`
 * - output: the same layout, Ho = floor((H - F' + 2P) / S) + 1 with F' = D (F - 1) + 1
 *
 * @throws On bad or unknown arguments, padding as large as the window; when it is built, on a window larger than the
 * padded input.
 *
 * ```js
 * model.add(layers.maxPooling2d({poolSize: 3, strides: 2}));
 * ```
 */
export function maxPooling2d(args?: MaxPooling2DArgs): ExplicitMaxPooling2D {
  return new ExplicitMaxPooling2D(args);
}
