import type {serialization} from '@tensorflow/tfjs-core';
import {input, model as modelOf, models} from '@tensorflow/tfjs-layers';
import type {layers, LayersModel} from '@tensorflow/tfjs-layers';

/** Any layer. */
export type Layer = layers.Layer;

/** True for a layer of this package, also inside a wrapper such as timeDistributed. */
export function isExplicit(layer: Layer): boolean {
  const inner = (layer as {layer?: Layer}).layer;
  return layer.getClassName().startsWith('Explicit') || (inner !== undefined && isExplicit(inner));
}

/** The layers of a model inside a model; undefined for a plain layer. */
export function layersInside(layer: Layer): Layer[] | undefined {
  return (layer as {layers?: Layer[]}).layers;
}

/** Whether training leaves a layer's weights alone: `layer.trainable = false`, or `model.trainable = false` around it. */
export function isFrozen(layer: Layer): boolean {
  const flags = variablesOf(layer).map((weight) => weight.trainable);
  return !layer.trainable || (flags.length > 0 && !flags.includes(true));
}

/** A model with the same topology and weights that shares nothing with the first; the caller disposes it. */
export async function copyModel(original: LayersModel): Promise<LayersModel> {
  const copy = await models.modelFromJSON(original.toJSON(null, false) as {});
  copyState(original, copy);
  return copy;
}

/**
 * A model of one layer: a copy of `layer` on inputs of this shape (without the batch). The caller disposes it.
 * @param changes what the copy's config has otherwise
 */
export function loneModel(layer: Layer, shape: number[], changes: serialization.ConfigDict = {}): LayersModel {
  const cls = layer.constructor as serialization.SerializableConstructor<Layer> & Pick<typeof layers.Layer, 'fromConfig'>;
  const copy = cls.fromConfig(cls, {...layer.getConfig(), ...changes});
  const x = input({shape, name: `${layer.name}_input`});
  const lone = modelOf({inputs: x, outputs: copy.apply(x) as typeof x, name: `${layer.name}_alone`});
  copyState(layer, copy);
  return lone;
}

/** Weights and what of `trainable` the config does not hold: `model.trainable = false` marks only the weights. */
function copyState(from: Layer, to: Layer): void {
  const inside = layersInside(from);
  if (inside) {
    inside.forEach((layer, i) => copyState(layer, layersInside(to)![i]!));
    if (!from.trainable) to.trainable = false;
    return;
  }
  const flags = variablesOf(from).map((weight) => weight.trainable);
  if (from.trainable && flags.includes(false)) variablesOf(to).forEach((weight, i) => { weight.trainable = flags[i]!; });
  to.setWeights(from.getWeights());
}

type Variables = {trainable: boolean}[];

function variablesOf(layer: Layer): Variables {
  return (layer as unknown as {_trainableWeights: Variables})._trainableWeights;
}
