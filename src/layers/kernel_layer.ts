import type {serialization, Tensor, Tensor1D} from '@tensorflow/tfjs-core';
import {InputSpec} from '@tensorflow/tfjs-layers';
import type {LayerVariable, Shape} from '@tensorflow/tfjs-layers';

import {axesOf} from '../geometry';
import type {DataFormat} from '../geometry';
import {plainRelu} from '../ops/relu';
import {checkBoolean} from '../validate';
import {checkArgs, ExplicitLayer, knownSize, layerLabel, onlyShape} from './explicit_layer';
import type {LayerArgs} from './explicit_layer';
import {resolve} from './resolve';
import type {
  Activation, ActivationIdentifier, ConstraintIdentifier, InitializerIdentifier, RegularizerIdentifier,
} from './resolve';
import {WeightArgs, weightConfig, weightOptions} from './weight_args';

/** Arguments of a layer that multiplies with kernels and adds a bias: those of `tf.layers`. */
export interface BiasedLayerArgs extends LayerArgs {
  /** Applied to the result; the default is none. */
  activation?: ActivationIdentifier;
  /** Whether each filter or unit has an offset; the default is true. */
  useBias?: boolean;
  /** The default is 'zeros'. */
  biasInitializer?: InitializerIdentifier;
  /** Penalty on the offsets, added to the loss. */
  biasRegularizer?: RegularizerIdentifier;
  /** Applied to the offsets whenever the layer writes them. */
  biasConstraint?: ConstraintIdentifier;
}

/** Arguments of a layer with one kernel. */
export interface KernelLayerArgs extends BiasedLayerArgs {
  /** The default is 'glorotNormal'. */
  kernelInitializer?: InitializerIdentifier;
  /** Penalty on the kernel, added to the loss. */
  kernelRegularizer?: RegularizerIdentifier;
  /** Applied to the kernel whenever the layer writes it. */
  kernelConstraint?: ConstraintIdentifier;
}

/** Arguments of a layer whose channels have filters of their own. */
export interface DepthwiseArgs {
  /** M, the filters of each channel; the default is 1. */
  depthMultiplier?: number;
  /** Initializer of these filters. */
  depthwiseInitializer?: InitializerIdentifier;
  /** Penalty on them, added to the loss. */
  depthwiseRegularizer?: RegularizerIdentifier;
  /** Applied to them whenever the layer writes them. */
  depthwiseConstraint?: ConstraintIdentifier;
}

/** What convolution and dense layers share: kernels, a bias, an activation. */
export abstract class KernelLayer extends ExplicitLayer {
  private readonly activation: Activation;
  private readonly useBias: boolean;
  private readonly kernelArgs: WeightArgs[];
  private readonly biasArgs: WeightArgs;
  private kernels: LayerVariable[] = [];
  private bias: LayerVariable | null = null;

  /**
   * @param known The layer's own arguments, beside those of kernels and bias.
   * @param kernels The kernels in the order of getWeights, with the initializers that they have by default.
   */
  constructor(
      kind: string, args: BiasedLayerArgs, known: readonly string[],
      kernels: {[option: string]: InitializerIdentifier} = {kernel: 'glorotNormal'}) {
    const weights = [...Object.keys(kernels), 'bias'].flatMap(weightOptions);
    super(checkArgs(kind, args, [...known, 'activation', 'useBias', ...weights]));
    const label = layerLabel(kind, args?.name);
    this.activation = resolve(label, 'activation', 'activation', args?.activation);
    this.useBias = checkBoolean(label, 'useBias', args?.useBias ?? true);
    this.kernelArgs = Object.entries(kernels).map(([option, fallback]) =>
      new WeightArgs(label, option, args, fallback, option === 'kernel' ? option : `${option}_kernel`));
    this.biasArgs = new WeightArgs(label, 'bias', args, 'zeros');
  }

  /** Makes the weight of a layer with one kernel; the last axis has an offset for each entry. */
  protected addKernel(shape: number[]): void {
    this.addKernels([shape], shape.at(-1)!);
  }

  /** Makes the weights. */
  protected addKernels(shapes: number[][], offsets: number): void {
    this.kernels = shapes.map((shape, i) => this.add(this.kernelArgs[i]!, shape));
    if (this.useBias) this.bias = this.add(this.biasArgs, [offsets]);
  }

  /**
   * Builds a layer on images: with the kernels for so many channels, and an offset for each channel of the output. Asks for
   * as many channels from now on.
   */
  protected buildOnImages(
      inputShape: Shape | Shape[], dataFormat: DataFormat, kernels: (channels: number, shape: Shape) => number[][]): void {
    const shape = onlyShape(this.label, inputShape, 4, 4);
    const axis = axesOf(dataFormat).channels;
    const channels = knownSize(this.label, 'channel axis', shape, axis);
    const shapes = kernels(channels, shape);
    this.addKernels(shapes, (this.computeOutputShape(shape) as Shape)[axis]!);
    this.inputSpec = [new InputSpec({ndim: 4, axes: {[axis]: channels}})];
    this.built = true;
  }

  /** The only kernel and the offsets, null without. */
  protected readWeights<K extends Tensor>(): [kernel: K, bias: Tensor1D | null] {
    return [this.readKernels<K>()[0]!, this.readBias()];
  }

  protected readKernels<K extends Tensor>(): K[] {
    return this.kernels.map(kernel => kernel.read() as K);
  }

  protected readBias(): Tensor1D | null {
    return (this.bias?.read() ?? null) as Tensor1D | null;
  }

  /** The layer's value: of one op where the activation is relu, else the activation of another op's value. */
  protected activated(withRelu: (() => Tensor) | null, without: () => Tensor): Tensor {
    const name = this.activation.getClassName();
    if (name === 'relu') return withRelu ? withRelu() : plainRelu(without());
    return name === 'linear' ? without() : this.activation.apply(without());
  }

  override getConfig(): serialization.ConfigDict {
    return {
      ...super.getConfig(),
      activation: this.activation.getClassName(),
      useBias: this.useBias,
      ...weightConfig([...this.kernelArgs, this.biasArgs]),
    };
  }
}
