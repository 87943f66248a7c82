import type {layers, LayersModel} from '@tensorflow/tfjs-layers';

import {layerFields} from '../tfjs_private';

/** Any layer. */
export type Layer = layers.Layer;

/** True for a model: Sequential, functional, or one inside another. */
export function isModel(layer: Layer): layer is LayersModel {
  const {layers: inside, trainOnBatch} = layer as Partial<LayersModel>;
  return Array.isArray(inside) && typeof trainOnBatch === 'function';
}

/** True for a model that is a plain row of layers. */
export function isSequential(model: object): boolean {
  return typeof (model as {add?: unknown}).add === 'function';
}

/** The layers inside a model, a wrapper, a recurrent layer, or a layer of a user's own that lists them. */
export function innerLayers(layer: Layer): Layer[] {
  const {layers: many, layer: one, forwardLayer, backwardLayer, cell, cells} = layerFields(layer);
  if (Array.isArray(many)) return many;
  return [one, forwardLayer, backwardLayer, cell, ...Array.isArray(cells) ? cells : []].filter((part) => part instanceof Object);
}
