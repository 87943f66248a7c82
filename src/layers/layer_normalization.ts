import {serialization} from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {Shape} from '@tensorflow/tfjs-layers';

import {layerNormOptions, normalize} from '../ops/layer_norm';
import {flag, number} from '../options';
import type {Checked} from '../options';
import {checkAxes} from '../validate';
import type {LayerArgs} from './explicit_layer';
import type {InitializerIdentifier, RegularizerIdentifier} from './resolve';
import {ScaledNorm} from './scaled_norm';

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

const weightOptions = ['betaInitializer', 'gammaInitializer', 'betaRegularizer', 'gammaRegularizer'];

/** The layer behind {@link layerNormalization}. */
export class ExplicitLayerNormalization extends ScaledNorm<Checked<typeof options>> {
  /** @nocollapse */
  static readonly className = 'ExplicitLayerNormalization';
  protected readonly kind = 'layerNormalization';
  protected readonly leastRank = 1;

  constructor(args?: LayerNormalizationArgs) {
    super('layerNormalization', args, options, weightOptions);
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = this.computeOutputShape(inputShape);
    this.addScale(shape, checkAxes(this.label, this.options.axis, shape.length), axis => `axis ${axis}`);
  }

  protected compute(x: Tensor): Tensor {
    return normalize.callChecked(this.inputsFor(x), this.options);
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
