import type {LayerVariable} from '@tensorflow/tfjs-layers';

import {isModel, isTimeDistributed} from '../models/graph';
import type {Layer} from '../models/graph';

/** The weights of a layer (of none in it) that training may change, whether or not they are frozen now. */
function trainableKind(layer: Layer): LayerVariable[] {
  if (isModel(layer) || isTimeDistributed(layer)) return [];
  return (layer as unknown as {_trainableWeights: LayerVariable[]})._trainableWeights;
}

/**
 * Whether training leaves a layer as it is: marked itself, by a model around it, or weight by weight as
 * `model.trainable = false` does.
 */
export function isFrozen(layer: Layer, around: readonly Layer[]): boolean {
  if ([...around, layer].some(({trainable}) => !trainable)) return true;
  const weights = trainableKind(layer);
  return weights.length > 0 && weights.every(({trainable}) => !trainable);
}

/** Keras freezes layers, not weights. */
export function checkWholeLayers(op: string, path: string, layer: Layer): void {
  const weights = trainableKind(layer);
  const frozen = weights.filter(({trainable}) => !trainable);
  if (layer.trainable && frozen.length > 0 && frozen.length < weights.length) {
    throw new Error(`${op}: layer '${path}': only ${frozen.map(({originalName}) => `'${originalName}'`).join(', ')} of its ` +
        'weights is frozen. Keras freezes whole layers: set layer.trainable.');
  }
}
