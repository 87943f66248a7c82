import * as tf from '@tensorflow/tfjs-core';
import type {serialization} from '@tensorflow/tfjs-core';
import type {LayersModel, SymbolicTensor} from '@tensorflow/tfjs-layers';

import {show} from '../../validate';
import {checkNoGraph, isInput, isModel, isSequential, nodesOf} from '../graph';
import type {Layer} from '../graph';
import {graphOf, isModelLayer, layersIn} from '../../topology/calls';
import type {Reference, TfjsLayer} from '../../topology/calls';
import {damaged} from '../../topology/damaged';
import {failingAs} from '../io/errors';
import {readTopology} from '../io/topology';
import type {Sizes} from '../rebuild';

/** One use of a layer: values go in, values come out, each with a number of its own. */
export interface Step {
  /** The layer's name after those of the models around it. */
  path: string;
  layer: Layer;
  from: number[];
  to: number[];
  /** True from the second use of a layer on, which has no weights of its own. */
  again: boolean;
}

/** A model as steps in an order in which they can be taken. */
export interface Steps {
  /** The values that are given, and their shapes, null where nothing says. */
  inputs: {value: number, name: string, shape: Sizes | null}[];
  steps: Step[];
}

/** The steps of a model, of layers in a row that are not built yet, or of a topology. */
export function stepsOf(op: string, model: unknown): Steps {
  const walk = new Walk(op);
  checkNoGraph(op, model);
  if (model instanceof Object && isModel(model as Layer)) walk.whole(model as LayersModel);
  else if (Array.isArray(model) && model.length > 0 && model.every(isLayer)) walk.row(model as Layer[]);
  else if (typeof model === 'object' && model !== null && !Array.isArray(model)) walk.topology(model);
  else {
    throw new Error(`${op}: model must be a tf.Sequential, a tf.LayersModel, a list of layers or the topology of a model. ` +
        `Got ${show(model)}. Pass one of these; await what loads it.`);
  }
  return walk;
}

function isLayer(value: unknown): boolean {
  return typeof (value as Partial<Layer> | null)?.computeOutputShape === 'function';
}

class Walk implements Steps {
  readonly inputs: Steps['inputs'] = [];
  readonly steps: Step[] = [];
  private values = 0;
  private readonly seen = new Set<Layer>();
  private readonly made = new Map<string, Layer>();

  constructor(private readonly op: string) {}

  whole(model: LayersModel): void {
    if (model.inputs.length === 0) throw new Error(`${this.op}: the model '${model.name}' has no layers yet. Add some first.`);
    this.model(model, model.inputs.map(({shape, sourceLayer}) => this.input(sourceLayer.name, shape as Sizes)), '');
  }

  row(layers: readonly Layer[]): void {
    let value = this.input('input', (layers[0]!.batchInputShape ?? null) as Sizes | null);
    for (const layer of layers) value = this.layer(layer, [value], '', 1)[0]!;
  }

  topology(json: {modelTopology?: unknown}): void {
    this.saved(readTopology(this.op, json.modelTopology ?? json).layer, null, '');
  }

  private input(name: string, shape: Sizes | null): number {
    const value = this.values++;
    this.inputs.push({value, name, shape});
    return value;
  }

  private layer(layer: Layer, from: number[], prefix: string, outputs: number): number[] {
    if (isModel(layer)) return this.model(layer, from, `${prefix}${layer.name}/`);
    if (isInput(layer)) return from;
    const to = Array.from({length: outputs}, () => this.values++);
    this.steps.push({path: `${prefix}${layer.name}`, layer, from, to, again: this.seen.has(layer)});
    this.seen.add(layer);
    return to;
  }

  private model(model: LayersModel, inputs: number[], prefix: string): number[] {
    if (isSequential(model)) {
      return model.layers.reduce((values, layer) => this.layer(layer, values, prefix, 1), inputs);
    }
    const values = new Map<SymbolicTensor, number>(model.inputs.map((tensor, i) => [tensor, inputs[i]!]));
    for (const node of nodesOf(model)) {
      if (node.inboundLayers.length === 0) continue;
      const from = node.inputTensors.map((tensor) => values.get(tensor)!);
      const to = this.layer(node.outboundLayer, from, prefix, node.outputTensors.length);
      node.outputTensors.forEach((tensor, i) => values.set(tensor, to[i]!));
    }
    return model.outputs.map((tensor) => values.get(tensor)!);
  }

  /** A model in a file; its layers are made one by one, and no weights at all. */
  private saved(model: TfjsLayer, inputs: number[] | null, prefix: string): number[] {
    if (model.className !== 'Sequential') return this.savedGraph(model, inputs, prefix);
    let values = inputs;
    for (const each of layersIn(model)) {
      if (isModelLayer(each)) {
        values = this.saved(each, values, `${prefix}${each.config['name']}/`);
        continue;
      }
      const layer = this.make(each, prefix);
      values ??= [this.input(`${layer.name}_input`, layer.batchInputShape as Sizes)];
      values = this.layer(layer, values, prefix, 1);
    }
    return values!;
  }

  private savedGraph(model: TfjsLayer, inputs: number[] | null, prefix: string): number[] {
    const graph = graphOf(this.op, model);
    const results = new Map([...graph.layers].map(([name, layer]) => {
      if (layer.className !== 'InputLayer') return [name, isModelLayer(layer) ? [[]] : []] as [string, number[][]];
      const i = graph.inputs.findIndex(([input]) => input === name);
      const shape = (layer.config['batchInputShape'] ?? null) as Sizes | null;
      return [name, [[inputs ? inputs[i]! : this.input(name, shape)]]] as [string, number[][]];
    }));
    const valueOf = ([name, call, output]: Reference) => {
      const value = results.get(name)![call]![output];
      if (value === undefined) throw damaged(`${this.op}: output ${output} of layer '${name}' is named, which it does not have`);
      return value;
    };
    for (const {name, layer, from} of graph.calls) {
      const values = from.map(valueOf);
      results.get(name)!.push(isModelLayer(layer) ? this.saved(layer, values, `${prefix}${name}/`) :
        this.layer(this.make(layer, prefix), values, prefix, 1));
    }
    return graph.outputs.map(valueOf);
  }

  /** A layer of its config; the same one where a model inside is used again. */
  private make(saved: TfjsLayer, prefix: string): Layer {
    const path = `${prefix}${String(saved.config['name'] ?? saved.name)}`;
    const layer = this.made.get(path) ?? this.makeNew(saved, path);
    this.made.set(path, layer);
    return layer;
  }

  private makeNew({className, config}: TfjsLayer, path: string): Layer {
    const [cls, fromConfig] = tf.serialization.SerializationMap.getMap().classNameMap[className] ?? [];
    if (!cls) {
      throw new Error(`${this.op}: the layer '${path}' is of the unknown class ${show(className)}. Register it with ` +
          'tf.serialization.registerClass first.');
    }
    return failingAs(`${this.op}: the layer '${path}'`, () =>
      fromConfig!(cls, {...config} as serialization.ConfigDict) as unknown as Layer);
  }
}
