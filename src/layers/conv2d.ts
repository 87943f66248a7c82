import {serialization} from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D, Tensor4D} from '@tensorflow/tfjs-core';
import {InputSpec} from '@tensorflow/tfjs-layers';
import type {LayerVariable, Shape} from '@tensorflow/tfjs-layers';

import {axesOf, checkWindow} from '../geometry';
import type {CheckedWindow, DataFormat, Padding2D} from '../geometry';
import {conv2d as conv2dOp} from '../ops';
import {checkBoolean, checkCount, showShape} from '../validate';
import {activate} from './activation';
import {checkArgs, ExplicitLayer, knownSize, layerLabel, onlyShape} from './explicit_layer';
import type {LayerArgs} from './explicit_layer';
import {resolveActivation, resolveConstraint, resolveInitializer, resolveRegularizer, serialize} from './resolve';
import type {
  Activation, ActivationIdentifier, Constraint, ConstraintIdentifier, Initializer, InitializerIdentifier, Regularizer,
  RegularizerIdentifier,
} from './resolve';
import {windowOutputShape} from './windows';

/** Arguments of {@link conv2d}: those of `tf.layers.conv2d`, any {@link Padding2D}, `groups` and `exactFit`. */
export interface Conv2DArgs extends LayerArgs {
  /** K, the number of filters. */
  filters: number;
  /** F, the size of a filter: one number or [height, width]. */
  kernelSize: number | [number, number];
  /** S, the step of the filter: one number or [vertical, horizontal]; the default is 1. */
  strides?: number | [number, number];
  /** P; the default is 'valid'. */
  padding?: Padding2D;
  /** Where the channels stand; the default is 'channelsLast'. */
  dataFormat?: DataFormat;
  /** D, the distance of neighbouring taps of the filter; the default is 1. */
  dilationRate?: number | [number, number];
  /** Into how many parts channels and filters are split; the default is 1. */
  groups?: number;
  /** Refuse sizes where the windows do not use up the padded input; the default is false. */
  exactFit?: boolean;
  /** Applied to the result; the default is none. */
  activation?: ActivationIdentifier;
  /** Whether an offset is added for each filter; the default is true. */
  useBias?: boolean;
  /** The default is 'glorotNormal'. */
  kernelInitializer?: InitializerIdentifier;
  /** The default is 'zeros'. */
  biasInitializer?: InitializerIdentifier;
  /** Penalty on the filters, added to the loss. */
  kernelRegularizer?: RegularizerIdentifier;
  /** Penalty on the offsets, added to the loss. */
  biasRegularizer?: RegularizerIdentifier;
  /** Applied to the filters whenever the layer writes them. */
  kernelConstraint?: ConstraintIdentifier;
  /** Applied to the offsets whenever the layer writes them. */
  biasConstraint?: ConstraintIdentifier;
}

const argNames = [
  'filters', 'kernelSize', 'strides', 'padding', 'dataFormat', 'dilationRate', 'groups', 'exactFit', 'activation',
  'useBias', 'kernelInitializer', 'biasInitializer', 'kernelRegularizer', 'biasRegularizer', 'kernelConstraint',
  'biasConstraint',
] as const;

/** The layer behind {@link conv2d}. */
export class ExplicitConv2D extends ExplicitLayer {
  /** @nocollapse */
  static readonly className = 'ExplicitConv2D';
  protected readonly kind = 'conv2d';
  private readonly filters: number;
  private readonly window: CheckedWindow;
  private readonly groups: number;
  private readonly activation: Activation;
  private readonly useBias: boolean;
  private readonly kernelInitializer: Initializer;
  private readonly biasInitializer: Initializer;
  private readonly kernelRegularizer: Regularizer | null;
  private readonly biasRegularizer: Regularizer | null;
  private readonly kernelConstraint: Constraint | null;
  private readonly biasConstraint: Constraint | null;
  private kernel: LayerVariable | null = null;
  private bias: LayerVariable | null = null;

  constructor(args: Conv2DArgs) {
    super(checkArgs('conv2d', args, argNames));
    const label = layerLabel('conv2d', args?.name);
    this.filters = checkCount(label, 'filters', args?.filters);
    this.window = checkWindow(label, 'kernelSize', args.kernelSize, args);
    this.groups = checkCount(label, 'groups', args.groups ?? 1);
    if (this.filters % this.groups !== 0) {
      throw new Error(`${label}: groups (${this.groups}) must divide filters (${this.filters}). Change one of them.`);
    }
    this.activation = resolveActivation(label, args.activation);
    this.useBias = checkBoolean(label, 'useBias', args.useBias ?? true);
    this.kernelInitializer = resolveInitializer(label, 'kernelInitializer', args.kernelInitializer, 'glorotNormal');
    this.biasInitializer = resolveInitializer(label, 'biasInitializer', args.biasInitializer, 'zeros');
    this.kernelRegularizer = resolveRegularizer(label, 'kernelRegularizer', args.kernelRegularizer);
    this.biasRegularizer = resolveRegularizer(label, 'biasRegularizer', args.biasRegularizer);
    this.kernelConstraint = resolveConstraint(label, 'kernelConstraint', args.kernelConstraint);
    this.biasConstraint = resolveConstraint(label, 'biasConstraint', args.biasConstraint);
    this.inputSpec = [new InputSpec({ndim: 4})];
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = onlyShape(this.label, inputShape, 4, 4);
    const channelAxis = axesOf(this.window.dataFormat).channels;
    const channels = knownSize(this.label, 'channel axis', shape, channelAxis);
    if (channels % this.groups !== 0) {
      throw new Error(`${this.label}: groups (${this.groups}) must divide the channels of the input (${channels}). ` +
          `Got ${showShape(shape)}. Check dataFormat and groups.`);
    }
    this.computeOutputShape(shape);
    this.kernel = this.addWeight(
        'kernel', [...this.window.kernel, channels / this.groups, this.filters], 'float32', this.kernelInitializer,
        this.kernelRegularizer!, true, this.kernelConstraint!);
    if (this.useBias) {
      this.bias = this.addWeight(
          'bias', [this.filters], 'float32', this.biasInitializer, this.biasRegularizer!, true, this.biasConstraint!);
    }
    this.inputSpec = [new InputSpec({ndim: 4, axes: {[channelAxis]: channels}})];
    this.built = true;
  }

  protected compute(x: Tensor): Tensor {
    const {strides, dilation: dilationRate, padding, dataFormat, exactFit} = this.window;
    const out = conv2dOp(
        x as Tensor4D, this.kernel!.read() as Tensor4D, (this.bias?.read() ?? null) as Tensor1D | null,
        {strides, padding, dilationRate, groups: this.groups, dataFormat, exactFit});
    return activate(this.activation, out);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return windowOutputShape(this.label, this.window, onlyShape(this.label, inputShape, 4, 4), this.filters);
  }

  override getConfig(): serialization.ConfigDict {
    const {kernel: kernelSize, strides, dilation: dilationRate, padding, dataFormat, exactFit} = this.window;
    return {
      ...super.getConfig(),
      filters: this.filters, kernelSize, strides, padding, dataFormat, dilationRate, groups: this.groups, exactFit,
      activation: this.activation.getClassName(),
      useBias: this.useBias,
      kernelInitializer: serialize(this.kernelInitializer),
      biasInitializer: serialize(this.biasInitializer),
      kernelRegularizer: serialize(this.kernelRegularizer),
      biasRegularizer: serialize(this.biasRegularizer),
      kernelConstraint: serialize(this.kernelConstraint),
      biasConstraint: serialize(this.biasConstraint),
    };
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
