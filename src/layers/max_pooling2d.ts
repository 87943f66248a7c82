import {serialization} from '@tensorflow/tfjs-core';
import type {Tensor, Tensor4D} from '@tensorflow/tfjs-core';
import {InputSpec} from '@tensorflow/tfjs-layers';
import type {Shape} from '@tensorflow/tfjs-layers';

import {axesOf, checkPoolPadding, checkWindow} from '../geometry';
import type {CheckedWindow, DataFormat, Padding2D} from '../geometry';
import {maxPool2d} from '../ops';
import type {TieRule} from '../ops';
import {checkChoice} from '../validate';
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
   * Who gets a window's gradient when its maximum stands in several places: 'all' of them in full (the default), the
   * 'first' (as tf.layers does it on tfjs-node and cpu), or each an equal part ('split').
   */
  ties?: TieRule;
  /** Refuse sizes where the windows do not use up the padded input; the default is false. */
  exactFit?: boolean;
}

const argNames = ['poolSize', 'strides', 'padding', 'dataFormat', 'dilationRate', 'ties', 'exactFit'] as const;

/** The layer behind {@link maxPooling2d}. */
export class ExplicitMaxPooling2D extends ExplicitLayer {
  /** @nocollapse */
  static readonly className = 'ExplicitMaxPooling2D';
  protected readonly kind = 'maxPooling2d';
  private readonly window: CheckedWindow;
  private readonly ties: TieRule;

  constructor(args?: MaxPooling2DArgs) {
    super(checkArgs('maxPooling2d', args, argNames));
    const label = layerLabel('maxPooling2d', args?.name);
    const poolSize = args?.poolSize ?? [2, 2];
    this.window = checkWindow(label, 'poolSize', poolSize, args ?? {}, poolSize);
    checkPoolPadding(label, this.window);
    this.ties = checkChoice(label, 'ties', args?.ties ?? 'all', ['all', 'first', 'split'] as const);
    this.inputSpec = [new InputSpec({ndim: 4})];
  }

  override build(inputShape: Shape | Shape[]): void {
    this.computeOutputShape(inputShape);
    this.built = true;
  }

  protected compute(x: Tensor): Tensor {
    const {kernel: poolSize, strides, dilation: dilationRate, padding, dataFormat, exactFit} = this.window;
    return maxPool2d(x as Tensor4D, {poolSize, strides, padding, dilationRate, dataFormat, exactFit, ties: this.ties});
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = onlyShape(this.label, inputShape, 4, 4);
    return windowOutputShape(this.label, this.window, shape, shape[axesOf(this.window.dataFormat).channels]!);
  }

  override getConfig(): serialization.ConfigDict {
    const {kernel: poolSize, strides, dilation: dilationRate, padding, dataFormat, exactFit} = this.window;
    return {...super.getConfig(), poolSize, strides, padding, dataFormat, dilationRate, ties: this.ties, exactFit};
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
