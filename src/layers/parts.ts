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

/** The layers inside a model, a wrapper or a recurrent layer. */
export function innerLayers(layer: Layer): Layer[] {
  if (isModel(layer)) return layer.layers;
  const {layer: one, forwardLayer, backwardLayer, cell, cells} = layerFields(layer);
  return [one, forwardLayer, backwardLayer, cell, ...Array.isArray(cells) ? cells : []].filter((part) => part instanceof Object);
}
