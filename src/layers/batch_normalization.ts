import {serialization} from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D} from '@tensorflow/tfjs-core';
import {InputSpec} from '@tensorflow/tfjs-layers';
import type {LayerVariable, Shape} from '@tensorflow/tfjs-layers';

import type {BatchNormBackwardForm} from '../ops';
import {batchNormOptions, forwardChecked} from '../ops/batch_norm';
import {flag, number, readOptions} from '../options';
import type {Checked} from '../options';
import {checkAxes} from '../validate';
import {checkArgs, ExplicitLayer, knownSize, layerLabel, onlyShape} from './explicit_layer';
import type {LayerArgs} from './explicit_layer';
import {isFrozen} from './keep_frozen';
import type {ConstraintIdentifier, InitializerIdentifier, RegularizerIdentifier} from './resolve';
import {WeightArgs, weightConfig} from './weight_args';

/** Arguments of {@link batchNormalization}: those of `tf.layers.batchNormalization`, and `backward`. */
export interface BatchNormalizationArgs extends LayerArgs {
  /** The axis that keeps its own statistics; the default is the last, -1. */
  axis?: number;
  /** Weight of the old moving value; the default is 0.99. */
  momentum?: number;
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
  /** The default is 'zeros'. */
  movingMeanInitializer?: InitializerIdentifier;
  /** The default is 'ones'. */
  movingVarianceInitializer?: InitializerIdentifier;
  /** Penalty on beta, added to the loss. */
  betaRegularizer?: RegularizerIdentifier;
  /** Penalty on gamma, added to the loss. */
  gammaRegularizer?: RegularizerIdentifier;
  /** Applied to beta whenever the layer writes it. */
  betaConstraint?: ConstraintIdentifier;
  /** Applied to gamma whenever the layer writes it. */
  gammaConstraint?: ConstraintIdentifier;
  /** 'simplified' (the default, fast): the closed form; 'staged': node by node. */
  backward?: BatchNormBackwardForm;
}

const options = {
  ...batchNormOptions, epsilon: number(1e-3, 0), momentum: number(0.99, 0, 1), center: flag(true), scale: flag(true),
};

const argNames = [
  ...Object.keys(options), 'betaInitializer', 'gammaInitializer', 'movingMeanInitializer',
  'movingVarianceInitializer', 'betaRegularizer', 'gammaRegularizer', 'betaConstraint', 'gammaConstraint',
];

/** The layer behind {@link batchNormalization}. */
export class ExplicitBatchNormalization extends ExplicitLayer {
  /** @nocollapse */
  static readonly className = 'ExplicitBatchNormalization';
  protected readonly kind = 'batchNormalization';
  private readonly options: Checked<typeof options>;
  private readonly weightArgs: {[name in 'gamma' | 'beta' | 'movingMean' | 'movingVariance']: WeightArgs};
  private gamma: LayerVariable | null = null;
  private beta: LayerVariable | null = null;
  private movingMean: LayerVariable | null = null;
  private movingVariance: LayerVariable | null = null;
  /** A model that is frozen tells its layers through their trainable weights alone; this one is used where none are. */
  private readonly freezeMark = {trainable: true} as LayerVariable;

  constructor(args?: BatchNormalizationArgs) {
    super(checkArgs('batchNormalization', args, argNames));
    const label = layerLabel('batchNormalization', args?.name);
    this.options = readOptions(label, options, args);
    this.weightArgs = {
      beta: new WeightArgs(label, 'beta', args, 'zeros'),
      gamma: new WeightArgs(label, 'gamma', args, 'ones'),
      movingMean: new WeightArgs(label, 'movingMean', args, 'zeros'),
      movingVariance: new WeightArgs(label, 'movingVariance', args, 'ones'),
    };
    this.supportsMasking = true;
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = onlyShape(this.label, inputShape, 2);
    const axis = checkAxes(this.label, this.options.axis, shape.length)[0]!;
    const size = knownSize(this.label, `axis ${axis}`, shape, axis);
    const {gamma, beta, movingMean, movingVariance} = this.weightArgs;
    if (this.options.scale) this.gamma = this.add(gamma, [size]);
    if (this.options.center) this.beta = this.add(beta, [size]);
    if (!this.options.scale && !this.options.center) this._trainableWeights = [this.freezeMark];
    this.movingMean = this.add(movingMean, [size], false);
    this.movingVariance = this.add(movingVariance, [size], false);
    this.inputSpec = [new InputSpec({ndim: shape.length, axes: {[axis]: size}})];
    this.built = true;
  }

  protected compute(x: Tensor, training: boolean): Tensor {
    const [gamma, beta, runningMean, runningVar] =
        [this.gamma, this.beta, this.movingMean, this.movingVariance].map(weight => weight?.read() as Tensor1D ?? null);
    const mode = training && !isFrozen(this) ? 'train' : 'test';
    const result = forwardChecked(
        {x, gamma: gamma!, beta: beta!}, {...this.options, mode, runningMean: runningMean!, runningVar: runningVar!});
    if (mode === 'train') {
      this.movingMean!.write(result.runningMean);
      this.movingVariance!.write(result.runningVar);
    }
    return result.out;
  }

  override get trainableWeights(): LayerVariable[] {
    return super.trainableWeights.filter(weight => weight !== this.freezeMark);
  }

  override set trainableWeights(weights: LayerVariable[]) {
    super.trainableWeights = weights;
  }

  override get nonTrainableWeights(): LayerVariable[] {
    return super.nonTrainableWeights.filter(weight => weight !== this.freezeMark);
  }

  override set nonTrainableWeights(weights: LayerVariable[]) {
    super.nonTrainableWeights = weights;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return onlyShape(this.label, inputShape, 2);
  }

  override getConfig(): serialization.ConfigDict {
    return {
      ...super.getConfig(),
      ...this.options,
      ...weightConfig(Object.values(this.weightArgs), argNames),
    };
  }
}
serialization.registerClass(ExplicitBatchNormalization);

/**
 * Batch normalisation layer, a drop-in for `tf.layers.batchNormalization` on `ops.batchNormForward`. In training
 * it normalises with the statistics of the batch and moves its averages, `momentum * moving + (1 - momentum) * batch`;
 * else, and in training too when it is frozen (`trainable = false` of the layer or of a model around it), it normalises
 * with the averages and leaves them.
 *
 * *Shape*
 * - input, output: any rank of at least 2
 * - weights: `gamma`, `beta`, `moving_mean`, `moving_variance`, each [C], the size of `axis`
 *
 * @throws On bad or unknown arguments; when it is built, on an axis that the input does not have or whose size is unknown.
 *
 * ```js
 * model.add(layers.batchNormalization({scale: false}));
 * ```
 */
export function batchNormalization(args?: BatchNormalizationArgs): ExplicitBatchNormalization {
  return new ExplicitBatchNormalization(args);
}
