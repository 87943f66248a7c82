import * as tf from '@tensorflow/tfjs-core';
import type {serialization, Tensor} from '@tensorflow/tfjs-core';
import type {LayerVariable} from '@tensorflow/tfjs-layers';

import {configOf} from '../catalogue';
import type {ExplicitDropout} from '../layers';
import {innerLayers} from '../layers/parts';
import {tidy} from '../tidy';
import {showShape} from '../validate';
import type {Layer} from './graph';
import {failingAs} from './io/errors';

/** A layer of the same class and configuration, not built yet. */
export function sameLayer(layer: Layer, changes: serialization.ConfigDict = {}): Layer {
  const cls = layer.constructor as serialization.SerializableConstructor<Layer>;
  return failingAs(`the layer '${layer.name}' (${layer.getClassName()}) cannot be rebuilt from its getConfig()`,
      () => cls.fromConfig(cls, {...configOf(layer), ...changes}));
}

/** The weights of a layer in the order in which it made them, whichever of them are trainable. */
export function variablesOf(layer: Layer): LayerVariable[] {
  return [...layer.weights].sort((a, b) => a.id - b.id);
}

const REMEDY = 'Let getConfig return all arguments that the weights depend on.';

/**
 * Gives a layer the weights of another one on the same data, which tfjs copies when either is written, and says of each
 * whether it is trainable.
 * @param convert what becomes of the values, weight by weight; by default they stay
 */
export function copyState(from: Layer, to: Layer, convert = (values: Tensor, _name: string): Tensor => values): void {
  if (to.trainable !== from.trainable) to.trainable = from.trainable;
  const [sources, targets] = [variablesOf(from), variablesOf(to)];
  if (sources.length !== targets.length) {
    throw new Error(`the layer '${from.name}' has ${sources.length} weights, its successor ${targets.length}. ${REMEDY}`);
  }
  tidy(() => targets.forEach((target, i) => {
    const source = sources[i]!;
    shareValues(convert(source.read(), partOf(source)), target);
    if (target.trainable !== source.trainable) target.trainable = source.trainable;
  }));
}

/** A weight's name without its layer's, such as 'kernel'. */
export function partOf(weight: LayerVariable): string {
  return weight.originalName.split('/').at(-1)!;
}

/**
 * Gives a weight these values, on the same data. `write` would apply the constraint again, which moves even values that
 * keep it in their last digits.
 */
export function shareValues(values: Tensor, target: LayerVariable): void {
  const val = target.read() as tf.Variable;
  if (values.size !== val.size) {
    throw new Error(`the weight '${target.originalName}' has the shape ${showShape(values.shape)} here and ` +
        `${showShape(val.shape)} in its successor. ${REMEDY}`);
  }
  val.assign(tf.util.arraysEqual(values.shape, val.shape) ? values : tf.reshape(values, val.shape));
}

/** Frees the weights of layers that will not be used, and what dropout keeps beside them. */
export function freeWeights(layers: Layer[]): void {
  const weights = new Set(layers.flatMap((layer) => layer.weights));
  for (const weight of weights) weight.dispose();
  const freeOthers = (layer: Layer) => {
    (layer as Partial<Pick<ExplicitDropout, 'freeCounter'>>).freeCounter?.();
    innerLayers(layer).forEach(freeOthers);
  };
  layers.forEach(freeOthers);
}
