import * as tf from '@tensorflow/tfjs-core';
import type {serialization} from '@tensorflow/tfjs-core';
import type {LayersModel, Sequential, SymbolicTensor} from '@tensorflow/tfjs-layers';

import {layerFields, scopeTensors} from '../../tfjs_private';
import {registerActivations} from '../../topology/activations';
import {damaged} from '../../topology/damaged';
import {own} from '../../topology/dialect';
import {layerTable} from '../../topology/layer_table';
import {MODELS} from '../../topology/from_config';
import type {Topology} from '../../topology/from_config';
import {keepFrozen, markWeights} from '../../layers/keep_frozen';
import {show, showShape} from '../../validate';
import {allLayers, asTensors, oneOrMany, pathOf} from '../graph';
import type {Layer} from '../graph';
import {forceTraining, obeyFreezing} from '../training_mode';
import {withBudget} from './budget';
import type {Budget} from './budget';
import {graphOf, isModelLayer, layersIn} from '../../topology/calls';
import type {Reference, TfjsLayer} from '../../topology/calls';
import {makeOrUndo, textOf} from './errors';
import {freezeParts} from './metadata';

/**
 * Makes the model of a topology, its weights not set yet.
 * @param fast skip the initialisers, for weights that are set right after
 * @param budget what the weights may take
 * @throws If a layer cannot be made, or takes more than the budget; nothing is left behind then.
 */
export function buildModel(label: string, topology: Topology, fast: boolean, budget: Budget): LayersModel {
  const {layer, training, frozenModels} = topology;
  if (!classNamed(layer.className)) {
    throw new Error(`${label}: the model is of the unknown class ${show(layer.className)}. Register it with ` +
        'tf.serialization.registerClass before loading.');
  }
  checkClasses(label, layer);
  keepFrozen();
  registerActivations();
  return makeOrUndo(`${label}: the layers do not make a model`, () => freeOnError(() => withBudget(budget, () => {
    const model = new Builder(label, fast).model(layer);
    markWeights(model, true);  // tf.layers marks those of a layer that is made frozen as trainable
    for (const place of allLayers(model)) {
      const told = training.get(pathOf(place));
      obeyFreezing(place.layer);
      if (told !== undefined) forceTraining(place.layer, told);
    }
    if (frozenModels.length > 0) freezeParts(model, {models: frozenModels, weights: []});
    return model;
  })));
}

/** What the weights of a topology would take, none of them made. */
export function weightBytesOf(label: string, topology: Topology): number {
  const tally = {bytes: 0};
  buildModel(label, topology, true, {bytes: Infinity, reason: '', tally}).layers.forEach((layer) =>
    layer.weights.forEach((weight) => weight.dispose()));
  return tally.bytes;
}

/**
 * Makes the layers and calls them in the order that the check of the graph found. (tfjs-layers' own way loops for ever
 * where a call cannot be made, and numbers the calls of a shared layer by the order in which it comes to make them.)
 */
class Builder {
  constructor(private readonly label: string, private readonly fast: boolean) {}

  model(saved: TfjsLayer): LayersModel {
    if (!MODELS.includes(saved.className)) return this.make(saved) as LayersModel;
    return saved.className === 'Sequential' ? this.sequential(saved) : this.functional(saved);
  }

  private sequential(saved: TfjsLayer): LayersModel {
    const [cls] = classNamed(saved.className)!;
    const model = new (cls as unknown as new (args: object) => Sequential)({name: saved.config['name']});
    for (const part of layersIn(saved)) {
      const layer = this.settled(this.layer(part), model.outputs?.[0]?.shape ?? part.config['batchInputShape'], part);
      named(layer, () => model.add(layer));
      checkPredicts(layer);
    }
    return model;
  }

  private functional(saved: TfjsLayer): LayersModel {
    const graph = graphOf(this.label, saved);
    const layers = new Map([...graph.layers].map(([name, layer]) => [name, this.layer(layer)]));
    const tensorOf = ([name, call, output]: Reference): SymbolicTensor => {
      const tensor = layers.get(name)!.inboundNodes[call]!.outputTensors[output];
      if (!tensor) throw damaged(`output ${output} of layer '${name}' is named, which it does not have (counted from 0)`);
      return tensor;
    };
    for (const {name, from, kwargs} of graph.calls) {
      const tensors = this.apart(name, from.map(tensorOf));
      const layer = this.settled(layers.get(name)!, tensors[0]!.shape, graph.layers.get(name)!);
      layers.set(name, layer);
      asTensors(named(layer, () => layer.apply(oneOrMany(tensors), kwargs)));
      checkPredicts(layer);
    }
    const [cls] = classNamed(saved.className)!;
    return new (cls as unknown as new (args: object) => LayersModel)({
      inputs: graph.inputs.map(tensorOf), outputs: graph.outputs.map(tensorOf), name: saved.config['name'],
    });
  }

  /**
   * tf.layers' Flatten takes no rows that are flat, its norms are right for the last of few axes alone, and its Reshape does
   * not say which size it works out.
   */
  private settled(layer: Layer, inputShape: unknown, {className, config}: TfjsLayer): Layer {
    if (!Array.isArray(inputShape)) return layer;
    if (NORMS.includes(className) && !isNormRight(layer, inputShape.length)) {
      return this.make({className: `Explicit${className}`, config: {...config, ...layer.getConfig()}});
    }
    const fields = layerFields(layer);
    if (className === 'TimeDistributed' && fields.layer) {
      fields.layer = this.settled(fields.layer, [inputShape[0], ...inputShape.slice(2)], config['layer'] as TfjsLayer);
    }
    if (layer.getClassName() === 'Flatten' && inputShape.length === 2) {
      const {name, batchInputShape} = config;
      const shape = batchInputShape ? {batchInputShape} : {};
      return this.make({className: 'Activation', config: {name, activation: 'linear', ...shape}});
    }
    settleShape(layer, inputShape);
    return layer;
  }

  /** tfjs frees a tensor too early that a layer is given twice: the second goes through a layer that changes nothing. */
  private apart(name: string, tensors: SymbolicTensor[]): SymbolicTensor[] {
    return tensors.map((tensor, i) => {
      if (tensors.indexOf(tensor) === i) return tensor;
      const same = this.make({className: 'Activation', config: {name: `${name}_again_${i}`, activation: 'linear'}});
      return same.apply(tensor) as SymbolicTensor;
    });
  }

  private layer(saved: TfjsLayer): Layer {
    if (isModelLayer(saved)) return this.model(saved);
    const layer = this.make(saved);
    const entry = own(layerTable, saved.className);
    if (entry) checkArguments(layer, saved, entry.args);
    return layer;
  }

  private make({className, config}: TfjsLayer): Layer {
    const [cls, fromConfig] = classNamed(className)!;
    const called = {name: String(config['name']), getClassName: () => className};
    const layer = named(called, () => fromConfig(cls, {...config} as serialization.ConfigDict, {}, this.fast) as Layer);
    layer.setFastWeightInitDuringBuild(this.fast);
    return layer;
  }
}

const NORMS = ['BatchNormalization', 'LayerNormalization'];

/** Elsewhere tf.layers' throw, or are wrong on some backends. */
function isNormRight(layer: Layer, rank: number): boolean {
  const {axis} = layerFields(layer);
  return rank <= 4 && [axis].flat().every((one) => one === -1 || one === rank - 1);
}

/** Says which layer it was that threw. */
function named<T>(layer: {name: string, getClassName: () => string}, f: () => T): T {
  try {
    return f();
  } catch (error) {
    const message = textOf(error);
    if (message.includes(`'${layer.name}'`)) throw error;
    const kind = layer.getClassName();
    // Our own say what to do.
    const remedy = /^(Explicit|Keras)/.test(kind) ? '' : `${/\.$/.test(message) ? '' : '.'} Change or replace this layer in Python.`;
    throw new Error(`layer '${layer.name}' (${kind}): ${message}${remedy}`, {cause: error});
  }
}

/** tf.layers' Reshape leaves the size that it works out open wherever the batch is, so that no Dense could follow. */
function settleShape(layer: Layer, inputShape: unknown[]): void {
  const fields = layerFields(layer), {targetShape} = fields;
  if (layer.getClassName() !== 'Reshape' || !targetShape) return;
  const sizes = inputShape.slice(1) as (number | null)[];
  const known = targetShape.filter((size): size is number => size !== null && size > 0);
  const count = (list: readonly (number | null)[]) => list.reduce<number>((product, size) => product * size!, 1);
  const size = count(sizes) / count(known);
  if (sizes.includes(null) || known.length !== targetShape.length - 1 || !Number.isInteger(size)) return;
  fields.targetShape = targetShape.map((given) => (known.includes(given!) ? given! : size));
}

/** tf.layers' classes take no notice of arguments that they do not know. */
function checkArguments(layer: Layer, {className, config}: TfjsLayer, args: readonly string[]): void {
  const known = {...layer.getConfig(), ...common};
  const unknown = Object.entries(config).find(([key, value]) =>
    value !== null && value !== undefined && value !== false && !args.includes(key) && !Object.hasOwn(known, key));
  if (unknown) {
    throw new Error(`the layer '${layer.name}' (${className}) has the argument ${unknown[0]} (${show(unknown[1])}), which ` +
        "tfjs's layer of this class does not know. Remove it, or use a layer that computes it.");
  }
}

const common = {
  name: true, trainable: true, dtype: true, batchInputShape: true, inputShape: true, batchSize: true, inputDType: true,
  seed: true, noiseShape: true, updatable: true, weights: true, inputLength: true,
};

/** A softmax of tf.layers takes the last axis alone, and says so when it is called. */
function checkPredicts(layer: Layer): void {
  if (layer.getClassName() !== 'Softmax') return;
  const axis = layer.getConfig()['axis'];
  const [shape] = layer.inboundNodes.map((node) => node.inputTensors[0]!.shape);
  if (axis !== -1 && axis !== shape!.length - 1) {
    throw new Error(`layer '${layer.name}' (Softmax): axis is ${show(axis)}, of an input ${showShape(shape as number[])}; tfjs ` +
        'only has a softmax along the last axis. Permute the axes before it in Python.');
  }
}

/** Frees what f made when it throws: tfjs-layers leaves initial values behind when a variable cannot be made of them. */
function freeOnError<T>(f: () => T): T {
  const engine = tf.engine();
  engine.startScope('models');
  const made = scopeTensors();
  if (!made) {
    engine.endScope();
    return f();
  }
  let kept: tf.Tensor[] = [];
  try {
    const result = f();
    kept = [...made];
    return result;
  } finally {
    engine.endScope(kept);
  }
}

type AnyClass = serialization.SerializableConstructor<serialization.Serializable>;
type MakeLayer = (
  cls: AnyClass, config: serialization.ConfigDict, customObjects: object, fastWeightInit: boolean) => unknown;

function classNamed(name: string): [AnyClass, MakeLayer] | undefined {
  return own(tf.serialization.SerializationMap.getMap().classNameMap, name) as unknown as [AnyClass, MakeLayer] | undefined;
}

/** Finds a class that nobody registered, before any layer is made. */
function checkClasses(label: string, {config}: TfjsLayer, around = ''): void {
  const parts = Array.isArray(config) ? config : config['layers'] ?? [config['layer']];
  for (const part of parts as (TfjsLayer | undefined)[]) {
    if (!part?.className) continue;
    const path = `${around}${part.config?.['name'] ?? part.name ?? part.className}`;
    if (!classNamed(part.className)) {
      throw new Error(`${label}: the layer '${path}' is of the unknown class ${show(part.className)}. Register it with ` +
          'tf.serialization.registerClass before loading.');
    }
    if (part.config) checkClasses(label, part, `${path}/`);
  }
}
