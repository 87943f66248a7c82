import * as tf from '@tensorflow/tfjs-core';
import {serialization} from '@tensorflow/tfjs-core';
import type {Tensor, Tensor4D} from '@tensorflow/tfjs-core';
import {InputSpec} from '@tensorflow/tfjs-layers';
import type {Shape} from '@tensorflow/tfjs-layers';

import {axesOf, windowOptions} from '../geometry';
import type {DataFormat} from '../geometry';
import type {TieRule} from '../ops';
import {averagePool} from '../ops/average_pool2d';
import {maxPool, maxPool2dOptions} from '../ops/max_pool2d';
import {flag, readOptions} from '../options';
import type {Checked, Option} from '../options';
import {checkArgs, ExplicitLayer, layerLabel, onlyShape} from './explicit_layer';
import type {LayerArgs} from './explicit_layer';

/** Arguments of {@link globalAveragePooling2d}: those of `tf.layers.globalAveragePooling2d` and `keepDims`. */
export interface GlobalAveragePooling2DArgs extends LayerArgs {
  /** The position of the channels; the default is 'channelsLast'. */
  dataFormat?: DataFormat;
  /** Keep height and width as axes of size 1; the default is false. */
  keepDims?: boolean;
}

/** Arguments of {@link globalMaxPooling2d}: those of `tf.layers.globalMaxPooling2d`, `keepDims` and `ties`. */
export interface GlobalMaxPooling2DArgs extends GlobalAveragePooling2DArgs {
  /**
   * Which entries get the gradient when several tie for a channel's maximum: 'all' of them in full (the default, and
   * what tf.layers does), the 'first', or 'split', each an equal share.
   */
  ties?: TieRule;
}

const averageOptions = {dataFormat: windowOptions.dataFormat, keepDims: flag(false)};
const maxOptions = {...averageOptions, ties: maxPool2dOptions.ties};

type PoolOptions = Checked<Omit<typeof maxPool2dOptions, 'ties'>>;

/** One window over the whole of each image. */
abstract class GlobalPoolingLayer<T extends typeof averageOptions & {readonly [name: string]: Option}> extends ExplicitLayer {
  protected readonly options: Checked<T>;

  constructor(kind: string, table: T, args?: LayerArgs) {
    super(checkArgs(kind, args, Object.keys(table)));
    this.options = readOptions(layerLabel(kind, args?.name), table, args);
    this.inputSpec = [new InputSpec({ndim: 4})];
  }

  /** Pools x by this window. */
  protected abstract pool(x: Tensor4D, window: PoolOptions): Tensor;

  private get own(): Checked<typeof averageOptions> {
    return this.options as Checked<typeof averageOptions>;
  }

  protected compute(x: Tensor): Tensor {
    const {dataFormat, keepDims} = this.own;
    const {height, width, channels} = axesOf(dataFormat);
    const size: [number, number] = [x.shape[height]!, x.shape[width]!];
    const out = this.pool(x as Tensor4D, {
      poolSize: size, strides: size, padding: 'valid', dilationRate: [1, 1], dataFormat, exactFit: false,
    });
    return keepDims ? out : tf.reshape(out, [x.shape[0]!, x.shape[channels]!]);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = onlyShape(this.label, inputShape, 4, 4);
    const {dataFormat, keepDims} = this.own;
    const [batch, channels] = [shape[0]!, shape[axesOf(dataFormat).channels]!];
    if (!keepDims) return [batch, channels];
    return dataFormat === 'channelsLast' ? [batch, 1, 1, channels] : [batch, channels, 1, 1];
  }

  override getConfig(): serialization.ConfigDict {
    return {...super.getConfig(), ...this.options};
  }
}

/** The layer behind {@link globalAveragePooling2d}. */
export class ExplicitGlobalAveragePooling2D extends GlobalPoolingLayer<typeof averageOptions> {
  /** @nocollapse */
  static readonly className = 'ExplicitGlobalAveragePooling2D';
  protected readonly kind = 'globalAveragePooling2d';

  constructor(args?: GlobalAveragePooling2DArgs) {
    super('globalAveragePooling2d', averageOptions, args);
  }

  protected pool(x: Tensor4D, window: PoolOptions): Tensor {
    return averagePool.callChecked({x}, window);
  }
}
serialization.registerClass(ExplicitGlobalAveragePooling2D);

/** The layer behind {@link globalMaxPooling2d}. */
export class ExplicitGlobalMaxPooling2D extends GlobalPoolingLayer<typeof maxOptions> {
  /** @nocollapse */
  static readonly className = 'ExplicitGlobalMaxPooling2D';
  protected readonly kind = 'globalMaxPooling2d';

  constructor(args?: GlobalMaxPooling2DArgs) {
    super('globalMaxPooling2d', maxOptions, args);
  }

  protected pool(x: Tensor4D, window: PoolOptions): Tensor {
    return maxPool.callChecked({x}, {...window, ties: this.options.ties});
  }
}
serialization.registerClass(ExplicitGlobalMaxPooling2D);

/**
 * The mean of each channel over the whole image, a drop-in for `tf.layers.globalAveragePooling2d` on
 * `ops.averagePool2d`.
 *
 * *Shape*
 * - input: [N, H, W, C], or [N, C, H, W] with `dataFormat: 'channelsFirst'`; H and W may be unknown
 * - output: [N, C]; [N, 1, 1, C] or [N, C, 1, 1] with `keepDims`
 *
 * @throws On bad or unknown arguments, an input of another rank.
 *
 * ```js
 * model.add(layers.globalAveragePooling2d());
 * ```
 */
export function globalAveragePooling2d(args?: GlobalAveragePooling2DArgs): ExplicitGlobalAveragePooling2D {
  return new ExplicitGlobalAveragePooling2D(args);
}

/**
 * The maximum of each channel over the whole image, a drop-in for `tf.layers.globalMaxPooling2d` on `ops.maxPool2d`.
 *
 * *Shape*
 * - input: [N, H, W, C], or [N, C, H, W] with `dataFormat: 'channelsFirst'`; H and W may be unknown
 * - output: [N, C]; [N, 1, 1, C] or [N, C, 1, 1] with `keepDims`
 *
 * @throws On bad or unknown arguments, an input of another rank.
 *
 * ```js
 * model.add(layers.globalMaxPooling2d({keepDims: true}));
 * ```
 */
export function globalMaxPooling2d(args?: GlobalMaxPooling2DArgs): ExplicitGlobalMaxPooling2D {
  return new ExplicitGlobalMaxPooling2D(args);
}
