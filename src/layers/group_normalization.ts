import {serialization} from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import {InputSpec} from '@tensorflow/tfjs-layers';
import type {LayerVariable, Shape} from '@tensorflow/tfjs-layers';

import {channelAxisOf, groupNormalize, groupNormOptions, groupsOf} from '../ops/group_norm';
import {flag, number, readOptions} from '../options';
import type {Checked} from '../options';
import {checkArgs, ExplicitLayer, knownSize, layerLabel, onlyShape} from './explicit_layer';
import type {LayerArgs} from './explicit_layer';
import type {ConstraintIdentifier, InitializerIdentifier, RegularizerIdentifier} from './resolve';
import {WeightArgs, weightConfig} from './weight_args';

/** Arguments of {@link groupNormalization}: those of Keras. */
export interface GroupNormalizationArgs extends LayerArgs {
  /** Into how many groups of neighbours the channels are cut, -1 for one per channel; the default is 32. */
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

const weightNames = ['gamma', 'beta'].flatMap(name => ['Initializer', 'Regularizer', 'Constraint'].map(part => name + part));
const argNames = [...Object.keys(options), ...weightNames];

/** The layer behind {@link groupNormalization}. */
export class ExplicitGroupNormalization extends ExplicitLayer {
  /** @nocollapse */
  static readonly className = 'ExplicitGroupNormalization';
  protected readonly kind = 'groupNormalization';
  private readonly options: Checked<typeof options>;
  private readonly weightArgs: {[name in 'gamma' | 'beta']: WeightArgs};
  private gamma: LayerVariable | null = null;
  private beta: LayerVariable | null = null;

  constructor(args?: GroupNormalizationArgs) {
    super(checkArgs('groupNormalization', args, argNames));
    const label = layerLabel('groupNormalization', args?.name);
    this.options = readOptions(label, options, args);
    this.weightArgs = {
      gamma: new WeightArgs(label, 'gamma', args, 'ones'), beta: new WeightArgs(label, 'beta', args, 'zeros'),
    };
    this.supportsMasking = true;
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = onlyShape(this.label, inputShape, 2);
    const axis = channelAxisOf(this.label, this.options.axis, shape.length);
    const channels = knownSize(this.label, 'channel axis', shape, axis);
    groupsOf(this.label, this.options.groups, channels);
    if (this.options.scale) this.gamma = this.add(this.weightArgs.gamma, [channels]);
    if (this.options.center) this.beta = this.add(this.weightArgs.beta, [channels]);
    this.inputSpec = [new InputSpec({ndim: shape.length, axes: {[axis]: channels}})];
    this.built = true;
  }

  protected compute(x: Tensor): Tensor {
    return groupNormalize.callChecked(
        {x, gamma: this.gamma?.read() ?? null, beta: this.beta?.read() ?? null}, this.options);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return onlyShape(this.label, inputShape, 2);
  }

  override getConfig(): serialization.ConfigDict {
    return {...super.getConfig(), ...this.options, ...weightConfig(Object.values(this.weightArgs), argNames)};
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
