import type {LayerVariable} from '@tensorflow/tfjs-layers';

import {trainableWeightsOf} from '../tfjs_private';
import {isModel, isTimeDistributed} from './graph';
import type {Layer} from './graph';

/** The weights of a layer, and of none in it, that training may change, whether or not they are frozen now. */
export function trainableKind(layer: Layer): readonly LayerVariable[] {
  if (isModel(layer) || isTimeDistributed(layer)) return [];
  return trainableWeightsOf(layer) ?? layer.trainableWeights;
}

/**
 * Whether training leaves a layer as it is: marked itself, by a model around it, or weight by weight as
 * `model.trainable = false` does.
 */
export function isFrozen(layer: Layer, around: readonly Layer[] = []): boolean {
  if ([...around, layer].some(({trainable}) => !trainable)) return true;
  const weights = trainableKind(layer);
  return weights.length > 0 && weights.every(({trainable}) => !trainable);
}
