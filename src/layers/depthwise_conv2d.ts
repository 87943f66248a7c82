import {serialization} from '@tensorflow/tfjs-core';
import type {Tensor, Tensor4D} from '@tensorflow/tfjs-core';
import {InputSpec} from '@tensorflow/tfjs-layers';
import type {Shape} from '@tensorflow/tfjs-layers';

import {axesOf, windowOf, windowSize} from '../geometry';
import type {DataFormat, Padding2D} from '../geometry';
import {depthwise, depthwiseConv2dOptions} from '../ops/depthwise_conv2d';
import {readOptions} from '../options';
import type {Checked} from '../options';
import {checkCount} from '../validate';
import {layerLabel, onlyShape} from './explicit_layer';
import {KernelLayer} from './kernel_layer';
import type {BiasedLayerArgs, DepthwiseArgs} from './kernel_layer';
import {windowOutputShape} from './windows';

/**
 * Arguments of {@link depthwiseConv2d}: those of `tf.layers.depthwiseConv2d`, any {@link Padding2D}, a `dilationRate` that
 * is honoured, and `exactFit`.
 */
export interface DepthwiseConv2DArgs extends BiasedLayerArgs, DepthwiseArgs {
  /** F, the size of a filter: one number or [height, width]. */
  kernelSize: number | [number, number];
  /** S, the step of the filter: one number or [vertical, horizontal]; the default is 1. */
  strides?: number | [number, number];
  /** P; the default is 'valid'. */
  padding?: Padding2D;
  /** The position of the channels; the default is 'channelsLast'. */
  dataFormat?: DataFormat;
  /** D, the distance between neighbouring taps of the filter; the default is 1. */
  dilationRate?: number | [number, number];
  /** Refuse sizes where the windows do not cover the whole padded input; the default is false. */
  exactFit?: boolean;
}

const argNames = ['kernelSize', 'depthMultiplier', ...Object.keys(depthwiseConv2dOptions)];

/** The layer behind {@link depthwiseConv2d}. */
export class ExplicitDepthwiseConv2D extends KernelLayer {
  /** @nocollapse */
  static readonly className = 'ExplicitDepthwiseConv2D';
  protected readonly kind = 'depthwiseConv2d';
  private readonly kernelSize: [number, number];
  private readonly depthMultiplier: number;
  private readonly options: Checked<typeof depthwiseConv2dOptions>;

  constructor(args: DepthwiseConv2DArgs) {
    super('depthwiseConv2d', args, argNames, {depthwise: 'glorotNormal'});
    const label = layerLabel('depthwiseConv2d', args?.name);
    this.kernelSize = windowSize.check(label, 'kernelSize', args?.kernelSize);
    this.depthMultiplier = checkCount(label, 'depthMultiplier', args.depthMultiplier ?? 1);
    this.options = readOptions(label, depthwiseConv2dOptions, args);
    this.inputSpec = [new InputSpec({ndim: 4})];
  }

  override build(inputShape: Shape | Shape[]): void {
    this.buildOnImages(
        inputShape, this.options.dataFormat, channels => [[...this.kernelSize, channels, this.depthMultiplier]]);
  }

  protected compute(x: Tensor): Tensor {
    const [w, b] = this.readWeights<Tensor4D>();
    return this.activated(null, () => depthwise.callChecked({x: x as Tensor4D, w, b}, this.options));
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = onlyShape(this.label, inputShape, 4, 4);
    const channels = shape[axesOf(this.options.dataFormat).channels] ?? null;
    return windowOutputShape(
        this.label, windowOf(this.kernelSize, this.options), shape, channels && channels * this.depthMultiplier);
  }

  override getConfig(): serialization.ConfigDict {
    return {
      ...super.getConfig(), kernelSize: this.kernelSize, depthMultiplier: this.depthMultiplier, ...this.options,
    };
  }
}
serialization.registerClass(ExplicitDepthwiseConv2D);

/**
 * 2-D depthwise convolution layer, a drop-in for `tf.layers.depthwiseConv2d` on `ops.depthwiseConv2d`: each channel has
 * its own filters. It also takes whole-number, per-axis and asymmetric padding, unequal strides, and dilation, which
 * `tf.layers` ignores.
 *
 * *Shape*
 * - input: [N, H, W, C], or [N, C, H, W] with `dataFormat: 'channelsFirst'`
 * - weights: `depthwise_kernel` [kh, kw, C, M], `bias` [C M]
 * - output: [N, Ho, Wo, C M] or [N, C M, Ho, Wo], Ho = floor((H - F' + 2P) / S) + 1 with F' = D (kh - 1) + 1
 *
 * @throws On bad or unknown arguments; when it is built, on a kernel larger than the padded input.
 *
 * ```js
 * model.add(layers.depthwiseConv2d({kernelSize: 3, padding: 'same', activation: 'relu'}));
 * ```
 */
export function depthwiseConv2d(args: DepthwiseConv2DArgs): ExplicitDepthwiseConv2D {
  return new ExplicitDepthwiseConv2D(args);
}
