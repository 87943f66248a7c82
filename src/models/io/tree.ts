import type {LayersModel} from '@tensorflow/tfjs-layers';

import {classOf} from '../../catalogue';
import {isFrozen, ownTrainable} from '../../layers/keep_frozen';
import {layerFields} from '../../tfjs_private';
import {layerTable} from '../../topology/layer_table';
import {groupName, numbered} from '../../topology/names';
import {isInput, isModel, isSequential, isTimeDistributed} from '../graph';
import type {Layer} from '../graph';
import {variablesOf} from '../layer_copy';

/** A weight that a layer has. */
export type Variable = ReturnType<typeof variablesOf>[number];

/** A layer with weights of its own, or without any, and its group in model.weights.h5. */
export interface LayerGroup {
  layer: Layer;
  /** Names of the models and wrappers around it and its own: 'encoder/conv'. */
  path: string;
  /** 'layers/sequential/layers/conv2d' */
  group: string;
}

/** Keras's class of a layer. */
export function kerasClassOf(layer: Layer): string {
  if (isModel(layer)) return isSequential(layer) ? 'Sequential' : 'Functional';
  const name = classOf(layer);
  return layerTable[name]?.kerasClass ?? name;
}

/**
 * The groups of a model in the order in which Keras numbers classes that come more than once.
 * @param classOf Keras's class of a layer
 */
export function layerGroups(model: LayersModel, classOf = kerasClassOf, group = '', path = ''): LayerGroup[] {
  const number = numbered();
  const layers = isSequential(model) ? model.layers.filter((layer) => !isInput(layer)) : model.layers;
  return layers.flatMap((layer) => groupsOf(
      layer, classOf, `${group}layers/${number(groupName(classOf(layer)))}`, `${path}${layer.name}`));
}

/**
 * The groups of layers with weights by Keras's classes, as a file that the model comes from names them.
 * @param kerasClasses Keras's class by a layer's path
 */
export function fileGroups(model: LayersModel, kerasClasses: ReadonlyMap<string, string>): LayerGroup[] {
  const paths = new Map(layerGroups(model).map(({layer, path}) => [layer, path]));
  return layerGroups(model, (layer) => kerasClasses.get(paths.get(layer)!) ?? '').filter(({layer}) => holdsWeights(layer));
}

function groupsOf(layer: Layer, classOf: (layer: Layer) => string, group: string, path: string): LayerGroup[] {
  const own = {layer, path, group};
  if (isModel(layer)) return [own, ...layerGroups(layer, classOf, `${group}/`, `${path}/`)];
  if (isTimeDistributed(layer)) {
    return [own, ...groupsOf(layer.layer, classOf, `${group}/layer`, `${path}/${layer.layer.name}`)];
  }
  const {forwardLayer, backwardLayer, cell} = layerFields(layer);
  if (forwardLayer && backwardLayer) {
    return [own, ...[['forward_layer', forwardLayer], ['backward_layer', backwardLayer]].flatMap(([word, part]) =>
      groupsOf(part as Layer, classOf, `${group}/${word as string}`, `${path}/${(part as Layer).name}`))];
  }
  return [cell ? {...own, group: `${group}/cell`} : own];
}

/** A layer that has weights itself and not through others in it. */
export function holdsWeights(layer: Layer): boolean {
  return !isModel(layer) && !isTimeDistributed(layer) && !layerFields(layer).forwardLayer;
}

/** The weights of one model by those of another with the same weights, by the paths of their layers. */
export function matchWeights(from: LayersModel, to: LayersModel): Map<Variable, Variable> {
  const places = (model: LayersModel) => layerGroups(model).filter(({layer}) => holdsWeights(layer)).flatMap(({layer, path}) =>
    variablesOf(layer).map((variable, i) => [`${path}/${i}`, variable] as const));
  const targets = new Map(places(to));
  return new Map(places(from).map(([place, variable]) => [variable, targets.get(place)!]));
}

/** The weights in the order of legacy .h5 files: those that train first, then the others. */
export function legacyOrder(layer: Layer, around: readonly Layer[] = []): Variable[] {
  const parts = leaves(layer, around).map(({leaf, frozen}) => {
    const variables = variablesOf(leaf);
    const kind = new Set<Variable>(ownTrainable(leaf));
    return frozen ? {first: [], then: variables} :
                    {first: variables.filter((v) => kind.has(v)), then: variables.filter((v) => !kind.has(v))};
  });
  return [...parts.flatMap(({first}) => first), ...parts.flatMap(({then}) => then)];
}

function leaves(layer: Layer, around: readonly Layer[]): {leaf: Layer, frozen: boolean}[] {
  const inside = [...around, layer];
  if (isModel(layer)) return layer.layers.flatMap((inner) => leaves(inner, inside));
  if (isTimeDistributed(layer)) return leaves(layer.layer, inside);
  return [{leaf: layer, frozen: isFrozen(layer, around)}];
}
