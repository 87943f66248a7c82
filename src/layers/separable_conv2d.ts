import {serialization} from '@tensorflow/tfjs-core';
import type {Tensor, Tensor4D} from '@tensorflow/tfjs-core';
import {InputSpec} from '@tensorflow/tfjs-layers';
import type {Shape} from '@tensorflow/tfjs-layers';

import {windowOf, windowSize} from '../geometry';
import type {DataFormat, Padding2D} from '../geometry';
import {conv2dOptions, conv2dRelu, convolution} from '../ops/conv2d';
import {depthwise, depthwiseConv2dOptions} from '../ops/depthwise_conv2d';
import {channelsLastOrder, inverseOf, permuted} from '../ops/layout';
import {readOptions} from '../options';
import type {Checked} from '../options';
import {checkCount} from '../validate';
import {layerLabel, onlyShape} from './explicit_layer';
import {KernelLayer} from './kernel_layer';
import type {BiasedLayerArgs, DepthwiseArgs} from './kernel_layer';
import type {ConstraintIdentifier, InitializerIdentifier, RegularizerIdentifier} from './resolve';
import {windowOutputShape} from './windows';

/**
 * Arguments of {@link separableConv2d}: those of `tf.layers.separableConv2d`, any {@link Padding2D}, and `exactFit`;
 * `pointwiseInitializer` is honoured.
 */
export interface SeparableConv2DArgs extends BiasedLayerArgs, DepthwiseArgs {
  /** K, the number of filters of the 1x1 convolution. */
  filters: number;
  /** F, the size of a depthwise filter: one number or [height, width]. */
  kernelSize: number | [number, number];
  /** S, the step of the depthwise filter: one number or [vertical, horizontal]; the default is 1. */
  strides?: number | [number, number];
  /** P; the default is 'valid'. */
  padding?: Padding2D;
  /** The position of the channels; the default is 'channelsLast'. */
  dataFormat?: DataFormat;
  /** D, the distance between neighbouring taps of the depthwise filter; the default is 1. */
  dilationRate?: number | [number, number];
  /** Refuse sizes where the windows do not cover the whole padded input; the default is false. */
  exactFit?: boolean;
  /** Initializer of the filters of the 1x1 convolution; the default is 'glorotUniform', as for the depthwise ones. */
  pointwiseInitializer?: InitializerIdentifier;
  /** Penalty on them, added to the loss. */
  pointwiseRegularizer?: RegularizerIdentifier;
  /** Applied to them whenever the layer writes them. */
  pointwiseConstraint?: ConstraintIdentifier;
}

const argNames = ['filters', 'kernelSize', 'depthMultiplier', ...Object.keys(depthwiseConv2dOptions)];

/** The layer behind {@link separableConv2d}. */
export class ExplicitSeparableConv2D extends KernelLayer {
  /** @nocollapse */
  static readonly className = 'ExplicitSeparableConv2D';
  protected readonly kind = 'separableConv2d';
  private readonly filters: number;
  private readonly kernelSize: [number, number];
  private readonly depthMultiplier: number;
  private readonly options: Checked<typeof depthwiseConv2dOptions>;
  /** Both convolutions run on channels that are last: the tensor between them stays as it is. */
  private readonly depthwise: Checked<typeof depthwiseConv2dOptions>;
  private readonly pointwise: Checked<typeof conv2dOptions>;

  constructor(args: SeparableConv2DArgs) {
    super('separableConv2d', args, argNames, {depthwise: 'glorotUniform', pointwise: 'glorotUniform'});
    const label = layerLabel('separableConv2d', args?.name);
    this.filters = checkCount(label, 'filters', args?.filters);
    this.kernelSize = windowSize.check(label, 'kernelSize', args.kernelSize);
    this.depthMultiplier = checkCount(label, 'depthMultiplier', args.depthMultiplier ?? 1);
    this.options = readOptions(label, depthwiseConv2dOptions, args);
    this.depthwise = {...this.options, dataFormat: 'channelsLast'};
    this.pointwise = readOptions(label, conv2dOptions, {});
    this.inputSpec = [new InputSpec({ndim: 4})];
  }

  override build(inputShape: Shape | Shape[]): void {
    const {depthMultiplier, filters} = this;
    this.buildOnImages(inputShape, this.options.dataFormat, channels =>
      [[...this.kernelSize, channels, depthMultiplier], [1, 1, channels * depthMultiplier, filters]]);
  }

  protected compute(input: Tensor): Tensor {
    const order = channelsLastOrder(this.options);
    const [apart, across] = this.readKernels<Tensor4D>();
    const images = order ? permuted<Tensor4D>(input, order) : input as Tensor4D;
    const x = depthwise.callChecked({x: images, w: apart!, b: null}, this.depthwise) as Tensor4D;
    const [w, b] = [across!, this.readBias()];
    const back = (out: Tensor): Tensor => (order ? permuted(out, inverseOf(order)) : out);
    return this.activated(
        () => back(conv2dRelu(x, w, b, this.pointwise)), () => back(convolution.callChecked({x, w, b}, this.pointwise)));
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return windowOutputShape(
        this.label, windowOf(this.kernelSize, this.options), onlyShape(this.label, inputShape, 4, 4), this.filters);
  }

  override getConfig(): serialization.ConfigDict {
    return {
      ...super.getConfig(), filters: this.filters, kernelSize: this.kernelSize, depthMultiplier: this.depthMultiplier,
      ...this.options,
    };
  }
}
serialization.registerClass(ExplicitSeparableConv2D);

/**
 * 2-D separable convolution layer, a drop-in for `tf.layers.separableConv2d`: a depthwise convolution and a 1x1 convolution
 * after it, on `ops.depthwiseConv2d` and `ops.conv2d`. It also takes numeric padding, and strides with dilation.
 *
 * *Shape*
 * - input: [N, H, W, C], or [N, C, H, W] with `dataFormat: 'channelsFirst'`
 * - weights: `depthwise_kernel` [kh, kw, C, M], `pointwise_kernel` [1, 1, C M, K], `bias` [K]
 * - output: [N, Ho, Wo, K] or [N, K, Ho, Wo], Ho = floor((H - F' + 2P) / S) + 1 with F' = D (kh - 1) + 1
 *
 * @throws On bad or unknown arguments; when it is built, on a kernel larger than the padded input.
 *
 * ```js
 * model.add(layers.separableConv2d({filters: 16, kernelSize: 3, padding: 'same', activation: 'relu'}));
 * ```
 */
export function separableConv2d(args: SeparableConv2DArgs): ExplicitSeparableConv2D {
  return new ExplicitSeparableConv2D(args);
}
