import {reshape, serialization} from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D, Tensor2D} from '@tensorflow/tfjs-core';
import {InputSpec} from '@tensorflow/tfjs-layers';
import type {LayerVariable, Shape} from '@tensorflow/tfjs-layers';

import {affine} from '../ops';
import {checkBoolean, checkCount} from '../validate';
import {activate} from './activation';
import {checkArgs, ExplicitLayer, knownSize, layerLabel, onlyShape} from './explicit_layer';
import type {LayerArgs} from './explicit_layer';
import {resolveActivation, resolveConstraint, resolveInitializer, resolveRegularizer, serialize} from './resolve';
import type {
  Activation, ActivationIdentifier, Constraint, ConstraintIdentifier, Initializer, InitializerIdentifier, Regularizer,
  RegularizerIdentifier,
} from './resolve';

/** Arguments of {@link dense}: those of `tf.layers.dense`. */
export interface DenseArgs extends LayerArgs {
  /** M, the size of the output. */
  units: number;
  /** Applied to the result; the default is none. */
  activation?: ActivationIdentifier;
  /** Whether an offset is added for each unit; the default is true. */
  useBias?: boolean;
  /** D, short for `inputShape: [D]`. */
  inputDim?: number;
  /** The default is 'glorotNormal'. */
  kernelInitializer?: InitializerIdentifier;
  /** The default is 'zeros'. */
  biasInitializer?: InitializerIdentifier;
  /** Penalty on the weights, added to the loss. */
  kernelRegularizer?: RegularizerIdentifier;
  /** Penalty on the offsets, added to the loss. */
  biasRegularizer?: RegularizerIdentifier;
  /** Applied to the weights whenever the layer writes them. */
  kernelConstraint?: ConstraintIdentifier;
  /** Applied to the offsets whenever the layer writes them. */
  biasConstraint?: ConstraintIdentifier;
}

const argNames = [
  'units', 'activation', 'useBias', 'inputDim', 'kernelInitializer', 'biasInitializer', 'kernelRegularizer',
  'biasRegularizer', 'kernelConstraint', 'biasConstraint',
] as const;

/** The layer behind {@link dense}. */
export class ExplicitDense extends ExplicitLayer {
  /** @nocollapse */
  static readonly className = 'ExplicitDense';
  protected readonly kind = 'dense';
  private readonly units: number;
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

  constructor(args: DenseArgs) {
    super(withInputDim(checkArgs('dense', args, argNames)));
    const label = layerLabel('dense', args?.name);
    this.units = checkCount(label, 'units', args?.units);
    this.activation = resolveActivation(label, args.activation);
    this.useBias = checkBoolean(label, 'useBias', args.useBias ?? true);
    this.kernelInitializer = resolveInitializer(label, 'kernelInitializer', args.kernelInitializer, 'glorotNormal');
    this.biasInitializer = resolveInitializer(label, 'biasInitializer', args.biasInitializer, 'zeros');
    this.kernelRegularizer = resolveRegularizer(label, 'kernelRegularizer', args.kernelRegularizer);
    this.biasRegularizer = resolveRegularizer(label, 'biasRegularizer', args.biasRegularizer);
    this.kernelConstraint = resolveConstraint(label, 'kernelConstraint', args.kernelConstraint);
    this.biasConstraint = resolveConstraint(label, 'biasConstraint', args.biasConstraint);
    this.supportsMasking = true;
    this.inputSpec = [new InputSpec({minNDim: 2})];
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = onlyShape(this.label, inputShape, 2);
    const size = knownSize(this.label, 'last axis', shape, shape.length - 1);
    this.kernel = this.addWeight(
        'kernel', [size, this.units], 'float32', this.kernelInitializer, this.kernelRegularizer!, true,
        this.kernelConstraint!);
    if (this.useBias) {
      this.bias = this.addWeight(
          'bias', [this.units], 'float32', this.biasInitializer, this.biasRegularizer!, true, this.biasConstraint!);
    }
    this.inputSpec = [new InputSpec({minNDim: 2, axes: {[-1]: size}})];
    this.built = true;
  }

  /** ops.affine flattens each example; here it gets the last axis alone. */
  protected compute(x: Tensor): Tensor {
    const rows = x.rank === 2 ? x : reshape(x, [-1, x.shape[x.rank - 1]!]);
    const out = affine(rows, this.kernel!.read() as Tensor2D, (this.bias?.read() ?? null) as Tensor1D | null);
    return activate(this.activation, x.rank === 2 ? out : reshape(out, [...x.shape.slice(0, -1), this.units]));
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return [...onlyShape(this.label, inputShape, 2).slice(0, -1), this.units];
  }

  override getConfig(): serialization.ConfigDict {
    return {
      ...super.getConfig(),
      units: this.units,
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
serialization.registerClass(ExplicitDense);

function withInputDim(args: DenseArgs): LayerArgs {
  if (args.inputDim == null || args.inputShape != null || args.batchInputShape != null) return args;
  const inputDim = checkCount(layerLabel('dense', args.name), 'inputDim', args.inputDim);
  return {...args, batchInputShape: [args.batchSize ?? null, inputDim]};
}

/**
 * Fully connected layer, a drop-in for `tf.layers.dense` on `ops.affine`; with more than two axes it works on the
 * last one.
 *
 * *Shape*
 * - input: [N, ..., D]
 * - weights: `kernel` [D, units], `bias` [units]
 * - output: [N, ..., units]
 *
 * @throws On bad or unknown arguments; when it is built, on an input of rank 1 or of unknown last size.
 *
 * ```js
 * model.add(layers.dense({units: 10}));
 * ```
 */
export function dense(args: DenseArgs): ExplicitDense {
  return new ExplicitDense(args);
}
