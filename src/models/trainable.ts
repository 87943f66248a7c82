import {ownTrainable} from '../layers/keep_frozen';
import type {Layer} from './graph';

/**
 * Whether training leaves a layer as it is: marked itself, by a model around it, or weight by weight as
 * `model.trainable = false` does.
 */
export function isFrozen(layer: Layer, around: readonly Layer[] = []): boolean {
  if ([...around, layer].some(({trainable}) => !trainable)) return true;
  const weights = ownTrainable(layer);
  return weights.length > 0 && weights.every(({trainable}) => !trainable);
}
