import {serialization} from '@tensorflow/tfjs-core';
import type {Tensor, Tensor4D} from '@tensorflow/tfjs-core';
import {InputSpec} from '@tensorflow/tfjs-layers';
import type {Shape} from '@tensorflow/tfjs-layers';

import {windowOf, windowSize} from '../geometry';
import type {DataFormat, Padding2D} from '../geometry';
import {conv2dOptions, conv2dRelu, convolution} from '../ops/conv2d';
import {readOptions} from '../options';
import type {Checked} from '../options';
import {checkCount, showShape} from '../validate';
import {layerLabel, onlyShape} from './explicit_layer';
import {KernelLayer} from './kernel_layer';
import type {KernelLayerArgs} from './kernel_layer';
import {windowOutputShape} from './windows';

/** Arguments of {@link conv2d}: those of `tf.layers.conv2d`, any {@link Padding2D}, `groups` and `exactFit`. */
export interface Conv2DArgs extends KernelLayerArgs {
  /** K, the number of filters. */
  filters: number;
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
  /** The number of groups: each group of channels is convolved with its own filters; the default is 1. */
  groups?: number;
  /** Refuse sizes where the windows do not cover the whole padded input; the default is false. */
  exactFit?: boolean;
}

const argNames = ['filters', 'kernelSize', ...Object.keys(conv2dOptions)];

/** The layer behind {@link conv2d}. */
export class ExplicitConv2D extends KernelLayer {
  /** @nocollapse */
  static readonly className = 'ExplicitConv2D';
  protected readonly kind = 'conv2d';
  private readonly filters: number;
  private readonly kernelSize: [number, number];
  private readonly options: Checked<typeof conv2dOptions>;

  constructor(args: Conv2DArgs) {
    super('conv2d', args, argNames);
    const label = layerLabel('conv2d', args?.name);
    this.filters = checkCount(label, 'filters', args?.filters);
    this.kernelSize = windowSize.check(label, 'kernelSize', args.kernelSize);
    this.options = readOptions(label, conv2dOptions, args);
    const {groups} = this.options;
    if (this.filters % groups !== 0) {
      throw new Error(`${label}: groups (${groups}) must divide filters (${this.filters}). Change one of them.`);
    }
    this.inputSpec = [new InputSpec({ndim: 4})];
  }

  override build(inputShape: Shape | Shape[]): void {
    const {dataFormat, groups} = this.options;
    this.buildOnImages(inputShape, dataFormat, (channels, shape) => {
      if (channels % groups !== 0) {
        throw new Error(`${this.label}: groups (${groups}) must divide the channels of the input (${channels}). ` +
            `Got ${showShape(shape)}. Check dataFormat and groups.`);
      }
      return [[...this.kernelSize, channels / groups, this.filters]];
    });
  }

  protected compute(x: Tensor): Tensor {
    const [w, b] = this.readWeights<Tensor4D>();
    return this.activated(
        () => conv2dRelu(x as Tensor4D, w, b, this.options),
        () => convolution.callChecked({x: x as Tensor4D, w, b}, this.options));
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return windowOutputShape(
        this.label, windowOf(this.kernelSize, this.options), onlyShape(this.label, inputShape, 4, 4), this.filters);
  }

  override getConfig(): serialization.ConfigDict {
    return {...super.getConfig(), filters: this.filters, kernelSize: this.kernelSize, ...this.options};
  }
}
serialization.registerClass(ExplicitConv2D);

/**
 * 2-D convolution layer, a drop-in for `tf.layers.conv2d` on `ops.conv2d`; it also takes whole-number, per-axis
 * and asymmetric padding, strides together with dilation, and groups.
 *
 * *Shape*
 * - input: [N, H, W, C], or [N, C, H, W] with `dataFormat: 'channelsFirst'`
 * - weights: `kernel` [kh, kw, C / groups, K], `bias` [K]
 * - output: [N, Ho, Wo, K] or [N, K, Ho, Wo], Ho = floor((H - F' + 2P) / S) + 1 with F' = D (kh - 1) + 1
 *
 * @throws On bad or unknown arguments; when it is built, on a kernel larger than the padded input or groups that do not
 * divide the channels.
 *
 * ```js
 * const model = tf.sequential();
 * model.add(layers.conv2d({inputShape: [32, 32, 3], filters: 12, kernelSize: 3, padding: 1, activation: 'relu'}));
 * ```
 */
export function conv2d(args: Conv2DArgs): ExplicitConv2D {
  return new ExplicitConv2D(args);
}
