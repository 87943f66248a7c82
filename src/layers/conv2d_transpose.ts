import {serialization} from '@tensorflow/tfjs-core';
import type {Tensor, Tensor4D} from '@tensorflow/tfjs-core';
import {InputSpec} from '@tensorflow/tfjs-layers';
import type {Shape} from '@tensorflow/tfjs-layers';

import {axesOf, windowSize} from '../geometry';
import type {DataFormat, Padding2D} from '../geometry';
import {conv2dTransposeOptions, transposed, transposedSize} from '../ops/conv2d_transpose';
import {readOptions} from '../options';
import type {Checked} from '../options';
import {checkCount} from '../validate';
import {layerLabel, onlyShape} from './explicit_layer';
import {KernelLayer} from './kernel_layer';
import type {KernelLayerArgs} from './kernel_layer';

/**
 * Arguments of {@link conv2dTranspose}: those of `tf.layers.conv2dTranspose`, any {@link Padding2D}, `outputPadding` and
 * `dilationRate`.
 */
export interface Conv2DTransposeArgs extends KernelLayerArgs {
  /** K, the number of filters. */
  filters: number;
  /** F, the size of a filter: one number or [height, width]. */
  kernelSize: number | [number, number];
  /** S, the step of the filter on the output: one number or [vertical, horizontal]; the default is 1. */
  strides?: number | [number, number];
  /** P, of the convolution that takes the output back; the default is 'valid'. */
  padding?: Padding2D;
  /** Extra rows and columns at the bottom and right; the default is null, see `ops.conv2dTranspose`. */
  outputPadding?: number | [number, number] | null;
  /** The position of the channels; the default is 'channelsLast'. */
  dataFormat?: DataFormat;
  /** D, the distance between neighbouring taps of the filter; the default is 1. */
  dilationRate?: number | [number, number];
}

const argNames = ['filters', 'kernelSize', ...Object.keys(conv2dTransposeOptions)];

/** The layer behind {@link conv2dTranspose}. */
export class ExplicitConv2DTranspose extends KernelLayer {
  /** @nocollapse */
  static readonly className = 'ExplicitConv2DTranspose';
  protected readonly kind = 'conv2dTranspose';
  private readonly filters: number;
  private readonly kernelSize: [number, number];
  private readonly options: Checked<typeof conv2dTransposeOptions>;

  constructor(args: Conv2DTransposeArgs) {
    super('conv2dTranspose', args, argNames);
    const label = layerLabel('conv2dTranspose', args?.name);
    this.filters = checkCount(label, 'filters', args?.filters);
    this.kernelSize = windowSize.check(label, 'kernelSize', args.kernelSize);
    this.options = readOptions(label, conv2dTransposeOptions, args);
    this.inputSpec = [new InputSpec({ndim: 4})];
  }

  override build(inputShape: Shape | Shape[]): void {
    this.buildOnImages(
        inputShape, this.options.dataFormat, channels => [[...this.kernelSize, this.filters, channels]]);
  }

  protected compute(x: Tensor): Tensor {
    const [w, b] = this.readWeights<Tensor4D>();
    return this.activated(null, () => transposed.callChecked({x: x as Tensor4D, w, b}, this.options));
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = onlyShape(this.label, inputShape, 4, 4);
    const axes = axesOf(this.options.dataFormat);
    const sizes = [axes.height, axes.width].map(axis => shape[axis] ?? null);
    const [height, width] = transposedSize(this.label, this.kernelSize, this.options, sizes);
    return this.options.dataFormat === 'channelsLast' ? [shape[0]!, height!, width!, this.filters] :
                                                        [shape[0]!, this.filters, height!, width!];
  }

  override getConfig(): serialization.ConfigDict {
    return {...super.getConfig(), filters: this.filters, kernelSize: this.kernelSize, ...this.options};
  }
}
serialization.registerClass(ExplicitConv2DTranspose);

/**
 * 2-D transposed convolution layer, a drop-in for `tf.layers.conv2dTranspose` on `ops.conv2dTranspose`; it also takes
 * numeric padding, `outputPadding` and dilation.
 *
 * *Shape*
 * - input: [N, H, W, C], or [N, C, H, W] with `dataFormat: 'channelsFirst'`
 * - weights: `kernel` [kh, kw, K, C], `bias` [K]
 * - output: [N, Ho, Wo, K] or [N, K, Ho, Wo], the sizes as `ops.conv2dTranspose` says
 *
 * @throws On bad or unknown arguments; when it is built, on an output size whose convolution does not give the input's.
 *
 * ```js
 * model.add(layers.conv2dTranspose({filters: 8, kernelSize: 3, strides: 2, padding: 'same'}));
 * ```
 */
export function conv2dTranspose(args: Conv2DTransposeArgs): ExplicitConv2DTranspose {
  return new ExplicitConv2DTranspose(args);
}
