import {serialization} from '@tensorflow/tfjs-core';
import type {Tensor, Tensor4D} from '@tensorflow/tfjs-core';
import {InputSpec} from '@tensorflow/tfjs-layers';
import type {Shape} from '@tensorflow/tfjs-layers';

import {axesOf, checkPoolPadding, windowOf} from '../geometry';
import type {DataFormat, Padding2D} from '../geometry';
import type {TieRule} from '../ops';
import {maxPool, maxPool2dOptions} from '../ops/max_pool2d';
import {readOptions} from '../options';
import type {Checked} from '../options';
import {checkArgs, ExplicitLayer, layerLabel, onlyShape} from './explicit_layer';
import type {LayerArgs} from './explicit_layer';
import {windowOutputShape} from './windows';

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
  /** Where the channels stand; the default is 'channelsLast'. */
  dataFormat?: DataFormat;
  /** D, the distance of neighbouring taps of the window; the default is 1. */
  dilationRate?: number | [number, number];
  /**
   * Who gets a window's gradient when its maximum is in several places: 'all' of them in full (the default), the
   * 'first' (as tf.layers does it on tfjs-node and cpu), or each an equal part ('split').
   */
  ties?: TieRule;
  /** Refuse sizes where the windows do not use up the padded input; the default is false. */
  exactFit?: boolean;
}

/** The layer behind {@link maxPooling2d}. */
export class ExplicitMaxPooling2D extends ExplicitLayer {
  /** @nocollapse */
  static readonly className = 'ExplicitMaxPooling2D';
  protected readonly kind = 'maxPooling2d';
  private readonly options: Checked<typeof maxPool2dOptions>;

  constructor(args?: MaxPooling2DArgs) {
    super(checkArgs('maxPooling2d', args, Object.keys(maxPool2dOptions)));
    const label = layerLabel('maxPooling2d', args?.name);
    this.options = readOptions(label, maxPool2dOptions, {...args, poolSize: args?.poolSize ?? [2, 2]});
    checkPoolPadding(label, windowOf(this.options.poolSize, this.options));
    this.inputSpec = [new InputSpec({ndim: 4})];
  }

  override build(inputShape: Shape | Shape[]): void {
    this.computeOutputShape(inputShape);
    this.built = true;
  }

  protected compute(x: Tensor): Tensor {
    return maxPool.callChecked({x: x as Tensor4D}, this.options);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = onlyShape(this.label, inputShape, 4, 4);
    const window = windowOf(this.options.poolSize, this.options);
    return windowOutputShape(this.label, window, shape, shape[axesOf(window.dataFormat).channels]!);
  }

  override getConfig(): serialization.ConfigDict {
    return {...super.getConfig(), ...this.options};
  }
}
serialization.registerClass(ExplicitMaxPooling2D);

/**
 * 2-D max-pooling layer, a drop-in for `tf.layers.maxPooling2d` on `ops.maxPool2d`, but for tied maxima: each of
 * them gets the gradient in full unless `ties` says otherwise.
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
