import type {serialization} from '@tensorflow/tfjs-core';
import {input, model as modelOf} from '@tensorflow/tfjs-layers';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {isExplicit} from '../../catalogue';
import {toBuiltIn} from '../../models';
import {asTensors, isTimeDistributed} from '../../models/graph';
import type {Layer} from '../../models/graph';
import {copyState, sameLayer} from '../../models/layer_copy';
import {rebuild} from '../../models/rebuild';

/** True for a layer of this package, also inside timeDistributed. */
export function holdsExplicit(layer: Layer): boolean {
  return isExplicit(layer) || (isTimeDistributed(layer) && holdsExplicit(layer.layer));
}

/** A model with the same layers, weights and names that can train without changing the first. */
export function copyModel(model: LayersModel): LayersModel {
  return rebuild(model, () => null);
}

/**
 * A model of one layer: a copy of `layer` on inputs of this shape (without the batch). The caller disposes it.
 * @param changes what the copy's config has otherwise
 */
export function loneModel(layer: Layer, shape: number[], changes: serialization.ConfigDict = {}): LayersModel {
  const copy = sameLayer(layer, changes);
  const x = input({shape, name: `${layer.name}_input`});
  const lone = modelOf({inputs: x, outputs: asTensors(copy.apply(x)), name: `${layer.name}_alone`});
  copyState(layer, copy);
  return lone;
}

/** The same model of built-in layers. Its own rule for ties takes the place of ours, which the comparison tells. */
export function builtInTwin(model: LayersModel): LayersModel {
  return toBuiltIn(model, {ties: 'ignore'});
}
