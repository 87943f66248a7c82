import * as tf from '@tensorflow/tfjs-core';
import type {serialization, Tensor} from '@tensorflow/tfjs-core';
import {layers as builtIn, SymbolicTensor} from '@tensorflow/tfjs-layers';
import type {LayerVariable, Shape} from '@tensorflow/tfjs-layers';

import {remedy} from '../one_core';
import {tidy} from '../tidy';
import {checkOptions, showShape} from '../validate';
import {tellGoneWeights} from './gone_weights';
import {keepFrozen} from './keep_frozen';
import type {WeightArgs} from './weight_args';

/** The arguments that every layer of tf.layers takes. */
export type LayerArgs = NonNullable<ConstructorParameters<typeof builtIn.Layer>[0]>;

type LayerInputs = Parameters<InstanceType<typeof builtIn.Layer>['apply']>[0];

/** What `apply` and `call` take beside the input; `training` is true in `fit`. */
export type Kwargs = Parameters<builtIn.Layer['call']>[1];

const commonArgs =
    ['name', 'trainable', 'dtype', 'inputShape', 'batchInputShape', 'batchSize', 'inputDType', 'weights'] as const;

/**
 * Checks the arguments of a layer before anything is made, even its automatic name.
 * @param kind The factory's name.
 * @param known The layer's own arguments, beside those of every layer.
 * @returns The arguments, an empty object where there are none.
 */
export function checkArgs<A extends LayerArgs>(kind: string, args: A | null | undefined, known: readonly string[]): A {
  const label = layerLabel(kind, args?.name);
  const {activityRegularizer, ...others} = Object(args) as {activityRegularizer?: unknown};
  if (activityRegularizer !== undefined && activityRegularizer !== null) {
    throw new Error(`${label}: activityRegularizer is not supported: tfjs-layers has no activity losses and throws ` +
        'in Layer.apply. Add the penalty to the loss, or use kernelRegularizer or biasRegularizer.');
  }
  checkOptions(label, args && typeof args === 'object' && !Array.isArray(args) ? others : args,
      [...known, ...commonArgs]);
  return args ?? {} as A;
}

/** How error messages call a layer. */
export function layerLabel(kind: string, name: unknown): string {
  return typeof name === 'string' && name !== '' ? `layers.${kind} '${name}'` : `layers.${kind}`;
}

/** What all layers share: one tensor in, one out, and errors that name the layer. */
export abstract class ExplicitLayer extends builtIn.Layer {
  /** The factory's name. */
  protected abstract readonly kind: string;

  constructor(args?: LayerArgs) {
    keepFrozen();
    tellGoneWeights();
    super(args);
  }

  /** The layer's value for a float32 input; runs inside a tidy. */
  protected abstract compute(x: Tensor, training: boolean): Tensor;

  /**
   * tfjs-layers names a layer that has no name after its class, and numbers it: while it does so, ours go by the class of
   * the built-in one, which gives 'conv2d_Conv2D2' and keeps the names of both kinds apart in one model.
   */
  override getClassName(): string {
    const className = super.getClassName();
    return this.name === undefined ? className.replace(/^Explicit/, '') : className;
  }

  /** How error messages call this layer. */
  protected get label(): string {
    return layerLabel(this.kind, this.name);
  }

  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const x = onlyInput(this.label, inputs);
      try {
        return this.compute(asFloat(x), Boolean(kwargs?.['training']));
      } catch (error) {
        throw new Error(`${this.label}: ${error instanceof Error ? error.message : error}`, {cause: error});
      }
    });
  }

  /** tfjs-layers' own check, whose messages say neither the shape nor what to do. */
  protected override assertInputCompatibility(inputs: LayerInputs): void {
    const {shape} = onlyInput(this.label, inputs);
    try {
      super.assertInputCompatibility(inputs);
    } catch (error) {
      const problem = (error instanceof Error ? error.message : String(error)).replace(/^.*?: |\.$/g, '');
      throw new Error(`${this.label}: the input does not fit: ${problem}. Got ${showShape(shape)}. Correct inputShape, ` +
          'or put tf.layers.reshape before the layer.', {cause: error});
    }
  }

  /** Makes a weight of this shape as the arguments say. */
  protected add({name, initializer, regularizer, constraint}: WeightArgs, shape: number[], trainable = true):
      LayerVariable {
    return this.addWeight(name, shape, 'float32', initializer, regularizer!, trainable, constraint!);
  }

  /** Where the argument `weights` does not fit, the weights that `build` has just made go again. */
  override setWeights(weights: Tensor[]): void {
    try {
      super.setWeights(weights);
    } catch (error) {
      if (weights === this.initialWeights) {
        this.weights.forEach(weight => weight.dispose());
        this.trainableWeights = [];
        this.nonTrainableWeights = [];
        this.built = false;
      }
      throw error;
    }
  }

  /** tfjs puts `customObjects` into every config that it loads. */
  static override fromConfig<T extends serialization.Serializable>(
      cls: serialization.SerializableConstructor<T>, config: serialization.ConfigDict): T {
    const {customObjects: _, ...args} = config;
    return new cls(args);
  }
}

const joinFirst = 'Join them first, with tf.layers.concatenate.';

/** Images often come as integers; tf.layers computes with most of them too. */
function asFloat(x: Tensor): Tensor {
  return x.dtype === 'int32' || x.dtype === 'bool' ? tf.cast(x, 'float32') : x;
}

function onlyInput<T extends Tensor | SymbolicTensor>(label: string, inputs: T | T[]): T {
  const list = Array.isArray(inputs) ? inputs : [inputs];
  if (list.length !== 1) throw new Error(`${label}: takes one input tensor. Got ${list.length}. ${joinFirst}`);
  checkOneLayers(label, list[0]);
  return list[0]!;
}

/** Refuses a symbolic tensor whose class is not the one of our tfjs-layers. */
function checkOneLayers(label: string, input: unknown): void {
  if (input instanceof Object && 'sourceLayer' in input && !(input instanceof SymbolicTensor)) {
    throw new Error(`${label}: the input belongs to a model of another copy of @tensorflow/tfjs-layers. ${remedy('layers')}`);
  }
}

/** The shape of a layer's only input, of one of these ranks. */
export function onlyShape(label: string, shape: Shape | Shape[], minRank: number, maxRank = Infinity): Shape {
  const shapes = Array.isArray(shape[0]) ? shape as Shape[] : [shape as Shape];
  if (shapes.length !== 1) throw new Error(`${label}: takes one input tensor. Got ${shapes.length}. ${joinFirst}`);
  const rank = shapes[0]!.length;
  if (rank < minRank || rank > maxRank) {
    throw new Error(`${label}: the input must have rank ${minRank}${maxRank > minRank ? ' or more' : ''}. ` +
        `Got rank ${rank}, ${showShape(shapes[0]!)}. Correct inputShape, or put tf.layers.reshape before the layer.`);
  }
  return shapes[0]!;
}

/** The size of an axis on which weights depend. */
export function knownSize(label: string, axis: string, shape: Shape, position: number): number {
  const size = shape[position];
  if (size === null || size === undefined) {
    throw new Error(`${label}: the size of the ${axis} must be known to make the weights. Got ${showShape(shape)}. ` +
        'Give the first layer an inputShape that holds it.');
  }
  return size;
}
