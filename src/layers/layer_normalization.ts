import {serialization} from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import {InputSpec} from '@tensorflow/tfjs-layers';
import type {LayerVariable, Shape} from '@tensorflow/tfjs-layers';

import {layerNormOptions, normalize} from '../ops/layer_norm';
import {flag, number, readOptions} from '../options';
import type {Checked} from '../options';
import {checkAxes} from '../validate';
import {checkArgs, ExplicitLayer, knownSize, layerLabel, onlyShape} from './explicit_layer';
import type {LayerArgs} from './explicit_layer';
import type {InitializerIdentifier, RegularizerIdentifier} from './resolve';
import {WeightArgs, weightConfig} from './weight_args';

/** Arguments of {@link layerNormalization}: those of `tf.layers.layerNormalization`. */
export interface LayerNormalizationArgs extends LayerArgs {
  /** The axes that are normalised together, in any order; the default is the last, -1. */
  axis?: number | number[];
  /** Added to the variance; the default is 1e-3. */
  epsilon?: number;
  /** Whether beta is added; the default is true. */
  center?: boolean;
  /** Whether the result is multiplied by gamma; the default is true. */
  scale?: boolean;
  /** The default is 'zeros'. */
  betaInitializer?: InitializerIdentifier;
  /** The default is 'ones'. */
  gammaInitializer?: InitializerIdentifier;
  /** Penalty on beta, added to the loss. */
  betaRegularizer?: RegularizerIdentifier;
  /** Penalty on gamma, added to the loss. */
  gammaRegularizer?: RegularizerIdentifier;
}

const options = {...layerNormOptions, epsilon: number(1e-3, 0), center: flag(true), scale: flag(true)};

const argNames = [
  ...Object.keys(options), 'betaInitializer', 'gammaInitializer', 'betaRegularizer', 'gammaRegularizer',
];

/** The layer behind {@link layerNormalization}. */
export class ExplicitLayerNormalization extends ExplicitLayer {
  /** @nocollapse */
  static readonly className = 'ExplicitLayerNormalization';
  protected readonly kind = 'layerNormalization';
  private readonly options: Checked<typeof options>;
  private readonly weightArgs: {[name in 'gamma' | 'beta']: WeightArgs};
  private gamma: LayerVariable | null = null;
  private beta: LayerVariable | null = null;

  constructor(args?: LayerNormalizationArgs) {
    super(checkArgs('layerNormalization', args, argNames));
    const label = layerLabel('layerNormalization', args?.name);
    this.options = readOptions(label, options, args);
    this.weightArgs = {
      beta: new WeightArgs(label, 'beta', args, 'zeros'), gamma: new WeightArgs(label, 'gamma', args, 'ones'),
    };
    this.supportsMasking = true;
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = onlyShape(this.label, inputShape, 1);
    const axes = checkAxes(this.label, this.options.axis, shape.length);
    const sizes = axes.map(axis => knownSize(this.label, `axis ${axis}`, shape, axis));
    if (this.options.scale) this.gamma = this.add(this.weightArgs.gamma, sizes);
    if (this.options.center) this.beta = this.add(this.weightArgs.beta, sizes);
    const known = Object.fromEntries(axes.map((axis, i) => [axis, sizes[i]!]));
    this.inputSpec = [new InputSpec({ndim: shape.length, axes: known})];
    this.built = true;
  }

  protected compute(x: Tensor): Tensor {
    return normalize.callChecked(
        {x, gamma: this.gamma?.read() ?? null, beta: this.beta?.read() ?? null}, this.options);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return onlyShape(this.label, inputShape, 1);
  }

  override getConfig(): serialization.ConfigDict {
    return {
      ...super.getConfig(),
      ...this.options,
      ...weightConfig(Object.values(this.weightArgs), argNames),
    };
  }
}
serialization.registerClass(ExplicitLayerNormalization);

/**
 * Layer normalisation, a drop-in for `tf.layers.layerNormalization` on `ops.layerNorm`: each example is
 * normalised by its own mean and variance over the axes of `axis`, in training and testing alike.
 *
 * *Shape*
 * - input, output: any
 * - weights: `gamma`, `beta`, each with the sizes of the normalised axes in increasing order
 *
 * @throws On bad or unknown arguments; when it is built, on an axis that the input does not have, that is named twice or
 * whose size is unknown.
 *
 * ```js
 * model.add(layers.layerNormalization({axis: [1, 2, 3]}));
 * ```
 */
export function layerNormalization(args?: LayerNormalizationArgs): ExplicitLayerNormalization {
  return new ExplicitLayerNormalization(args);
}
