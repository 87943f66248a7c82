import {layers} from '@tensorflow/tfjs-layers';
import type {LayersModel, SymbolicTensor} from '@tensorflow/tfjs-layers';

import {ownClassName} from '../catalogue';
import {goneMessage, isGoneWeight} from '../layers/gone_weights';
import {isModel} from '../layers/parts';
import type {Layer} from '../layers/parts';
import {show} from '../validate';

export {isModel, isSequential} from '../layers/parts';
export type {Layer} from '../layers/parts';

/** One use of a layer: which symbolic tensors go in and come out. */
export type LayerNode = Layer['inboundNodes'][number];
/** A layer that holds another one, as `tf.layers.timeDistributed` does. */
export type WrapperLayer = Layer & {layer: Layer};

/** Refuses what is not a model, and a model whose weights are gone. */
export function checkModel(op: string, model: unknown): asserts model is LayersModel {
  if (model instanceof Object && isModel(model as Layer)) return checkWeights(op, model as LayersModel);
  throw new Error(`${op}: model must be a tf.Sequential or a tf.LayersModel. Got ${show(model)}. ` +
      'Pass what tf.sequential, tf.model or tf.loadLayersModel (awaited) returned.');
}

/**
 * Refuses what tf.loadGraphModel makes, and the topology that it reads: operations without layers.
 * @param model a model, or the modelTopology of a model.json
 */
export function checkNoGraph(label: string, model: unknown): void {
  if (!(model instanceof Object)) return;
  const isTopology = model instanceof ArrayBuffer || Array.isArray((model as {node?: unknown}).node);
  if (!isTopology && typeof (model as {executeAsync?: unknown}).executeAsync !== 'function') return;
  throw new Error(`${label}: this is a graph model, which has no layers; tf.loadGraphModel loads it and it only predicts. ` +
      'Start from the model of layers that it was made from: tf.loadLayersModel, or importKeras of ' +
      'tfjs-explicit-layers/keras, reads it.');
}

/** Refuses layers whose weights are gone. */
export function checkWeights(op: string, {weights}: Layer): void {
  const gone = weights.find((weight) => isGoneWeight(weight));
  if (gone) throw new Error(`${op}: ${goneMessage(gone)}`);
}

/** True for a wrapper around one layer whose weights are the wrapper's own. */
export function isTimeDistributed(layer: Layer): layer is WrapperLayer {
  return ownClassName(layer) === 'TimeDistributed';
}

/** True for a source of data, which computes nothing. */
export function isInput(layer: Layer): boolean {
  return layer.getClassName() === 'InputLayer';
}

/** The uses of layers that a functional model consists of, in the order in which they were made. */
export function nodesOf(model: LayersModel): LayerNode[] {
  const found = new Set<LayerNode>();
  const visit = ({sourceLayer, nodeIndex}: SymbolicTensor): void => {
    const node = sourceLayer.inboundNodes[nodeIndex]!;
    if (found.has(node)) return;
    found.add(node);
    node.inputTensors.forEach(visit);
  };
  model.outputs.forEach(visit);
  return [...found].sort((a, b) => a.id - b.id);
}

/** What a layer was called with beside tensors, such as `{training: true}`. */
export function callArgsOf(node: LayerNode): {[name: string]: unknown} {
  const plain = (value: unknown): boolean => value === null || typeof value !== 'object' ||
      (Array.isArray(value) ? value.every(plain) : Object.getPrototypeOf(value) === Object.prototype);
  return Object.fromEntries(Object.entries(node.callArgs ?? {}).filter(([key, value]) => key !== 'mask' && plain(value)));
}

/** One symbolic tensor, or the list of them. */
export function asTensors(value: ReturnType<Layer['apply']>): SymbolicTensor[] {
  return (Array.isArray(value) ? value : [value]) as SymbolicTensor[];
}

/** What tfjs takes for a list of one: its only entry. */
export function oneOrMany<T>(list: T[]): T | T[] {
  return list.length === 1 ? list[0]! : list;
}

/** A layer with the models and wrappers around it, from the outermost below the model itself on. */
export interface LayerPlace {
  layer: Layer;
  around: readonly Layer[];
}

/** The layers of a model, those of models and wrappers in it right after these; a shared one where it is first. */
export function allLayers(model: LayersModel): LayerPlace[] {
  const seen = new Set<Layer>();
  const visit = (layer: Layer, around: readonly Layer[]): LayerPlace[] => {
    if (seen.has(layer)) return [];
    seen.add(layer);
    const inside = isModel(layer) ? layer.layers : isTimeDistributed(layer) ? [layer.layer] : [];
    return [{layer, around}, ...inside.flatMap((inner) => visit(inner, [...around, layer]))];
  };
  return model.layers.flatMap((layer) => visit(layer, []));
}

/** Layers that another one keeps in its fields: cells, directions, parts of a layer of a user's own. */
export function partsOf(layer: Layer): Layer[] {
  return Object.values(layer).flat().filter((value) => value instanceof layers.Layer) as Layer[];
}

/** The name of a layer after those of the models and wrappers around it: 'encoder/conv1'. */
export function pathOf({layer, around}: LayerPlace): string {
  return [...around, layer].map(({name}) => name).join('/');
}
