import {serialization} from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {Shape} from '@tensorflow/tfjs-layers';

import {channelAxisOf, groupNormalize, groupNormOptions, groupsOf} from '../ops/group_norm';
import {flag, number} from '../options';
import type {Checked} from '../options';
import {knownSize} from './explicit_layer';
import type {LayerArgs} from './explicit_layer';
import type {ConstraintIdentifier, InitializerIdentifier, RegularizerIdentifier} from './resolve';
import {ScaledNorm} from './scaled_norm';
import {weightOptions} from './weight_args';

/** Arguments of {@link groupNormalization}: those of Keras. */
export interface GroupNormalizationArgs extends LayerArgs {
  /** The number of groups that the channels are split into, -1 for one per channel; the default is 32. */
  groups?: number;
  /** The axis of the channels; the default is the last, -1. */
  axis?: number;
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
  /** Applied to beta whenever the layer writes it. */
  betaConstraint?: ConstraintIdentifier;
  /** Applied to gamma whenever the layer writes it. */
  gammaConstraint?: ConstraintIdentifier;
}

const options = {
  ...groupNormOptions, groups: {...groupNormOptions.groups, default: 32}, epsilon: number(1e-3, 0), center: flag(true),
  scale: flag(true),
};

/** The layer behind {@link groupNormalization}. */
export class ExplicitGroupNormalization extends ScaledNorm<Checked<typeof options>> {
  /** @nocollapse */
  static readonly className = 'ExplicitGroupNormalization';
  protected readonly kind = 'groupNormalization';
  protected readonly leastRank = 2;

  constructor(args?: GroupNormalizationArgs) {
    super('groupNormalization', args, options, ['gamma', 'beta'].flatMap(weightOptions));
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = this.computeOutputShape(inputShape);
    const axis = channelAxisOf(this.label, this.options.axis, shape.length);
    groupsOf(this.label, this.options.groups, knownSize(this.label, 'channel axis', shape, axis));
    this.addScale(shape, [axis], () => 'channel axis');
  }

  protected compute(x: Tensor): Tensor {
    return groupNormalize.callChecked(this.inputsFor(x), this.options);
  }
}
serialization.registerClass(ExplicitGroupNormalization);

/**
 * Group normalisation on `ops.groupNorm`, as Keras has it and tf.layers does not: each group of channels of each example
 * is normalised by its own mean and variance, in training and testing alike.
 *
 * *Shape*
 * - input, output: any of rank 2 or more
 * - weights: `gamma` [C], `beta` [C]
 *
 * @throws On bad or unknown arguments; when it is built, on an axis that the input does not have or that is the batch's, and
 * on groups that do not divide the channels.
 *
 * ```js
 * model.add(layers.groupNormalization({groups: 4}));
 * ```
 */
export function groupNormalization(args?: GroupNormalizationArgs): ExplicitGroupNormalization {
  return new ExplicitGroupNormalization(args);
}
