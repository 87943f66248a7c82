import type {serialization, Tensor, Tensor1D} from '@tensorflow/tfjs-core';
import type {LayerVariable} from '@tensorflow/tfjs-layers';

import {checkBoolean} from '../validate';
import {checkArgs, ExplicitLayer, layerLabel} from './explicit_layer';
import type {LayerArgs} from './explicit_layer';
import {resolveActivation} from './resolve';
import type {
  Activation, ActivationIdentifier, ConstraintIdentifier, InitializerIdentifier, RegularizerIdentifier,
} from './resolve';
import {WeightArgs, weightConfig} from './weight_args';

/** Arguments of a layer that multiplies with a kernel and adds a bias: those of `tf.layers`. */
export interface KernelLayerArgs extends LayerArgs {
  /** Applied to the result; the default is none. */
  activation?: ActivationIdentifier;
  /** Whether an offset is added for each filter or unit; the default is true. */
  useBias?: boolean;
  /** The default is 'glorotNormal'. */
  kernelInitializer?: InitializerIdentifier;
  /** The default is 'zeros'. */
  biasInitializer?: InitializerIdentifier;
  /** Penalty on the kernel, added to the loss. */
  kernelRegularizer?: RegularizerIdentifier;
  /** Penalty on the offsets, added to the loss. */
  biasRegularizer?: RegularizerIdentifier;
  /** Applied to the kernel whenever the layer writes it. */
  kernelConstraint?: ConstraintIdentifier;
  /** Applied to the offsets whenever the layer writes them. */
  biasConstraint?: ConstraintIdentifier;
}

const argNames = [
  'activation', 'useBias', 'kernelInitializer', 'biasInitializer', 'kernelRegularizer', 'biasRegularizer',
  'kernelConstraint', 'biasConstraint',
] as const;

/** What convolution and dense layers share: a kernel, a bias, an activation. */
export abstract class KernelLayer extends ExplicitLayer {
  private readonly activation: Activation;
  private readonly useBias: boolean;
  private readonly kernelArgs: WeightArgs;
  private readonly biasArgs: WeightArgs;
  private kernel: LayerVariable | null = null;
  private bias: LayerVariable | null = null;

  /** @param known The layer's own arguments, beside {@link KernelLayerArgs}. */
  constructor(kind: string, args: KernelLayerArgs, known: readonly string[]) {
    super(checkArgs(kind, args, [...known, ...argNames]));
    const label = layerLabel(kind, args?.name);
    this.activation = resolveActivation(label, args?.activation);
    this.useBias = checkBoolean(label, 'useBias', args?.useBias ?? true);
    this.kernelArgs = new WeightArgs(label, 'kernel', args, 'glorotNormal');
    this.biasArgs = new WeightArgs(label, 'bias', args, 'zeros');
  }

  /** Makes the weights; the last axis of the kernel has an offset for each entry. */
  protected addKernel(shape: number[]): void {
    this.kernel = this.add(this.kernelArgs, shape);
    if (this.useBias) this.bias = this.add(this.biasArgs, shape.slice(-1));
  }

  /** The kernel and the offsets, null without. */
  protected readWeights<K extends Tensor>(): [kernel: K, bias: Tensor1D | null] {
    return [this.kernel!.read() as K, (this.bias?.read() ?? null) as Tensor1D | null];
  }

  /** The layer's value: of one op where the activation is relu, else the activation of another op's value. */
  protected activated(withRelu: () => Tensor, without: () => Tensor): Tensor {
    const name = this.activation.getClassName();
    if (name === 'relu') return withRelu();
    return name === 'linear' ? without() : this.activation.apply(without());
  }

  override getConfig(): serialization.ConfigDict {
    return {
      ...super.getConfig(),
      activation: this.activation.getClassName(),
      useBias: this.useBias,
      ...weightConfig([this.kernelArgs, this.biasArgs], argNames),
    };
  }
}
