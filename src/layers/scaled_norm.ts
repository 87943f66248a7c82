import type {serialization, Tensor} from '@tensorflow/tfjs-core';
import {InputSpec} from '@tensorflow/tfjs-layers';
import type {LayerVariable, Shape} from '@tensorflow/tfjs-layers';

import {readOptions} from '../options';
import type {Option} from '../options';
import {checkArgs, ExplicitLayer, knownSize, layerLabel, onlyShape} from './explicit_layer';
import type {LayerArgs} from './explicit_layer';
import {WeightArgs, weightConfig} from './weight_args';

/** A norm without averages over batches: the same in training and testing, scaled by gamma and shifted by beta. */
export abstract class ScaledNorm<O extends {center: boolean, scale: boolean}> extends ExplicitLayer {
  /** The lowest rank of an input. */
  protected abstract readonly leastRank: number;
  protected readonly options: O;
  private readonly argNames: readonly string[];
  private readonly weightArgs: {[name in 'beta' | 'gamma']: WeightArgs};
  private gamma: LayerVariable | null = null;
  private beta: LayerVariable | null = null;

  /**
   * @param options the layer's options beside those of its weights
   * @param weightOptions the options of gamma and beta that it takes
   */
  constructor(
      kind: string, args: LayerArgs | undefined, options: {readonly [name in keyof O]: Option<O[name]>},
      weightOptions: readonly string[]) {
    const argNames = [...Object.keys(options), ...weightOptions];
    super(checkArgs(kind, args, argNames));
    const label = layerLabel(kind, args?.name);
    this.options = readOptions(label, options as {[name: string]: Option}, args) as unknown as O;
    this.argNames = argNames;
    this.weightArgs = {
      beta: new WeightArgs(label, 'beta', args, 'zeros'), gamma: new WeightArgs(label, 'gamma', args, 'ones'),
    };
    this.supportsMasking = true;
  }

  /** Makes gamma and beta of the sizes of these axes of the input, and asks for these sizes from now on. */
  protected addScale(shape: Shape, axes: readonly number[], axisName: (axis: number) => string): void {
    const sizes = axes.map(axis => knownSize(this.label, axisName(axis), shape, axis));
    if (this.options.scale) this.gamma = this.add(this.weightArgs.gamma, sizes);
    if (this.options.center) this.beta = this.add(this.weightArgs.beta, sizes);
    const known = Object.fromEntries(axes.map((axis, i) => [axis, sizes[i]!]));
    this.inputSpec = [new InputSpec({ndim: shape.length, axes: known})];
    this.built = true;
  }

  /** What the op takes beside its options. */
  protected inputsFor(x: Tensor): {x: Tensor, gamma: Tensor | null, beta: Tensor | null} {
    return {x, gamma: this.gamma?.read() ?? null, beta: this.beta?.read() ?? null};
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return onlyShape(this.label, inputShape, this.leastRank);
  }

  override getConfig(): serialization.ConfigDict {
    return {...super.getConfig(), ...this.options, ...weightConfig(Object.values(this.weightArgs), this.argNames)};
  }
}
