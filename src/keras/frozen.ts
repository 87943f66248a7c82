import {ownTrainable} from '../layers/keep_frozen';
import type {Layer} from '../models/graph';

/** Keras freezes layers, not weights. */
export function checkWholeLayers(op: string, path: string, layer: Layer): void {
  const weights = ownTrainable(layer);
  const frozen = weights.filter(({trainable}) => !trainable);
  if (layer.trainable && frozen.length > 0 && frozen.length < weights.length) {
    throw new Error(`${op}: layer '${path}': only ${frozen.map(({originalName}) => `'${originalName}'`).join(', ')} of its ` +
        'weights is frozen. Keras freezes whole layers: set layer.trainable.');
  }
}
