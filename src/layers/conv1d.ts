import {reshape, serialization} from '@tensorflow/tfjs-core';
import type {Tensor, Tensor3D, Tensor4D} from '@tensorflow/tfjs-core';
import {InputSpec} from '@tensorflow/tfjs-layers';
import type {Shape} from '@tensorflow/tfjs-layers';

import {axisWindow, outputLength, windowOf} from '../geometry';
import {conv2dOptions, conv2dRelu, convolution} from '../ops/conv2d';
import {readOptions} from '../options';
import type {Checked} from '../options';
import {checkCount, show, showShape} from '../validate';
import {knownSize, layerLabel, onlyShape} from './explicit_layer';
import {KernelLayer} from './kernel_layer';
import type {KernelLayerArgs} from './kernel_layer';

/**
 * Zeros at the ends of a sequence: 'valid' (none), 'same' (TensorFlow's), 'causal' (D (F - 1) before it, so that no output
 * sees what comes later), P at both ends, or [left, right].
 */
export type Padding1D = 'valid' | 'same' | 'causal' | number | [number, number];

/** Arguments of {@link conv1d}: those of `tf.layers.conv1d`, any {@link Padding1D}, and `groups`. */
export interface Conv1DArgs extends KernelLayerArgs {
  /** K, the number of filters. */
  filters: number;
  /** F, the size of a filter. */
  kernelSize: number | [number];
  /** S, the step of the filter; the default is 1. */
  strides?: number | [number];
  /** P; the default is 'valid'. */
  padding?: Padding1D;
  /** D, the distance between neighbouring taps of the filter; the default is 1. */
  dilationRate?: number | [number];
  /** The number of groups: each group of channels is convolved with its own filters; the default is 1. */
  groups?: number;
}

const argNames = ['filters', 'kernelSize', 'strides', 'padding', 'dilationRate', 'groups'];

/** The layer behind {@link conv1d}. */
export class ExplicitConv1D extends KernelLayer {
  /** @nocollapse */
  static readonly className = 'ExplicitConv1D';
  protected readonly kind = 'conv1d';
  private readonly filters: number;
  private readonly kernelSize: number;
  private readonly padding: Padding1D;
  /** Of the convolution of an image one row high. */
  private readonly options: Checked<typeof conv2dOptions>;

  constructor(args: Conv1DArgs) {
    super('conv1d', args, argNames);
    const label = layerLabel('conv1d', args?.name);
    const only = (name: string, value: unknown) =>
      checkCount(label, name, Array.isArray(value) && value.length === 1 ? value[0] : value);
    this.filters = checkCount(label, 'filters', args?.filters);
    this.kernelSize = only('kernelSize', args.kernelSize);
    const strides = only('strides', args.strides ?? 1);
    const dilation = only('dilationRate', args.dilationRate ?? 1);
    const groups = checkCount(label, 'groups', args.groups ?? 1);
    const padding = checkPadding(label, args.padding ?? 'valid');
    if (this.filters % groups !== 0) {
      throw new Error(`${label}: groups (${groups}) must divide filters (${this.filters}). Change one of them.`);
    }
    this.padding = padding;
    const ends = padding === 'causal' ? [dilation * (this.kernelSize - 1), 0] : padding;
    this.options = readOptions(label, conv2dOptions, {
      strides: [1, strides], dilationRate: [1, dilation], groups, padding: typeof ends === 'string' ? ends : [[0, 0], ends],
    });
    this.inputSpec = [new InputSpec({ndim: 3})];
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = onlyShape(this.label, inputShape, 3, 3);
    const channels = knownSize(this.label, 'channel axis', shape, 2);
    const {groups} = this.options;
    if (channels % groups !== 0) {
      throw new Error(`${this.label}: groups (${groups}) must divide the channels of the input (${channels}). ` +
          `Got ${showShape(shape)}. Change groups.`);
    }
    this.computeOutputShape(shape);
    this.addKernel([this.kernelSize, channels / groups, this.filters]);
    this.inputSpec = [new InputSpec({ndim: 3, axes: {2: channels}})];
    this.built = true;
  }

  /** A sequence is an image one row high. */
  protected compute(input: Tensor): Tensor {
    const [kernel, b] = this.readWeights<Tensor3D>();
    const [batch, length, channels] = (input as Tensor3D).shape;
    const x = reshape(input, [batch, 1, length, channels]) as Tensor4D;
    const w = reshape(kernel, [1, ...kernel.shape]) as Tensor4D;
    const out = this.activated(
        () => conv2dRelu(x, w, b, this.options), () => convolution.callChecked({x, w, b}, this.options));
    return reshape(out, [batch, out.shape[2]!, this.filters]);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch, length] = onlyShape(this.label, inputShape, 3, 3);
    const window = axisWindow(windowOf([1, this.kernelSize], this.options), 1);
    return [batch!, outputLength(this.label, 'width', length ?? null, window), this.filters];
  }

  override getConfig(): serialization.ConfigDict {
    const {strides, dilationRate, groups} = this.options;
    return {
      ...super.getConfig(), filters: this.filters, kernelSize: [this.kernelSize], strides: [strides[1]],
      padding: this.padding, dilationRate: [dilationRate[1]], groups,
    };
  }
}
serialization.registerClass(ExplicitConv1D);

function checkPadding(label: string, padding: unknown): Exclude<Padding1D, number> {
  if (padding === 'valid' || padding === 'same' || padding === 'causal') return padding;
  const ends = Array.isArray(padding) ? padding : [padding, padding];
  if (ends.length !== 2 || !ends.every((size) => Number.isInteger(size) && (size as number) >= 0)) {
    throw new Error(`${label}: padding must be 'valid', 'same', 'causal', a whole number of at least 0 or [left, right]. ` +
        `Got ${show(padding)}. Pass one of these.`);
  }
  return [ends[0], ends[1]] as [number, number];
}

/**
 * 1-D convolution layer, a drop-in for `tf.layers.conv1d` on `ops.conv2d`; it also takes 'causal' and numeric padding,
 * strides with dilation, and groups.
 *
 * *Shape*
 * - input: [N, W, C]
 * - weights: `kernel` [F, C / groups, K], `bias` [K]
 * - output: [N, Wo, K], Wo = floor((W - F' + 2P) / S) + 1 with F' = D (F - 1) + 1
 *
 * @throws On bad or unknown arguments; when it is built, on a kernel larger than the padded input or groups that do not
 * divide the channels.
 *
 * ```js
 * model.add(layers.conv1d({inputShape: [100, 8], filters: 16, kernelSize: 3, padding: 'causal', dilationRate: 2}));
 * ```
 */
export function conv1d(args: Conv1DArgs): ExplicitConv1D {
  return new ExplicitConv1D(args);
}
