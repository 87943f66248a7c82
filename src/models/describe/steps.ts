import * as tf from '@tensorflow/tfjs-core';
import type {serialization} from '@tensorflow/tfjs-core';
import type {LayersModel, SymbolicTensor} from '@tensorflow/tfjs-layers';

import {show} from '../../validate';
import {isInput, isModel, isSequential, nodesOf} from '../graph';
import type {Layer} from '../graph';
import {checkNoGraph} from '../graph_model';
import {repairKeras3} from '../io/keras3';
import {fromPython} from '../io/python_names';
import type {Json, JsonObject} from '../io/python_names';
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

type LayerConfig = {className: string, name?: string, config: serialization.ConfigDict, inboundNodes?: unknown[]};
type NodeData = [string, number, number][];

/** The steps of a model, of layers in a row that are not built yet, or of a topology. */
export function stepsOf(op: string, model: unknown): Steps {
  const walk = new Walk(op);
  checkNoGraph(op, model);
  if (model instanceof Object && isModel(model as Layer)) walk.whole(model as LayersModel);
  else if (Array.isArray(model) && model.length > 0 && model.every(isLayer)) walk.row(model as Layer[]);
  else if (typeof model === 'object' && model !== null && !Array.isArray(model)) walk.topology(model as JsonObject);
  else {
    throw new Error(`${op}: model must be a tf.Sequential, a tf.LayersModel, a list of layers or the topology of a model. ` +
        `Got ${show(model)}.`);
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

  topology(json: JsonObject): void {
    const whole = (json['modelTopology'] ?? json) as JsonObject;
    checkNoGraph(this.op, whole);
    const inner = whole['model_config'] ?? whole;
    const parsed = repairKeras3(typeof inner === 'string' ? JSON.parse(inner) as Json : inner);
    const model = fromPython(parsed) as unknown as LayerConfig;
    if (!model.className || !model.config) {
      throw new Error(`${this.op}: the topology has no class_name and config. Got ${show(inner).slice(0, 80)}.`);
    }
    this.saved(model, null, '');
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
  private saved({className, config}: LayerConfig, inputs: number[] | null, prefix: string): number[] {
    const layers = (Array.isArray(config) ? config : config['layers']) as LayerConfig[];
    if (className !== 'Sequential') return this.savedGraph(layers, config, inputs, prefix);
    let values = inputs;
    for (const each of layers) {
      if (each.config?.['layers']) {
        values = this.saved(each, values, `${prefix}${each.config['name']}/`);
        continue;
      }
      const layer = this.make(each, prefix);
      values ??= [this.input(`${layer.name}_input`, layer.batchInputShape as Sizes)];
      values = this.layer(layer, values, prefix, 1);
    }
    return values!;
  }

  private savedGraph(
      layers: LayerConfig[], config: serialization.ConfigDict, inputs: number[] | null, prefix: string): number[] {
    const endsOf = (key: string) => {
      const ends = config[key] as unknown[];
      return (typeof ends[0] === 'string' ? [ends] : ends) as NodeData;
    };
    const results = new Map<string, number[][]>();
    const made = new Map<string, Layer | LayerConfig>();
    const left = layers.flatMap((each) => {
      const name = each.name ?? String(each.config['name']);
      results.set(name, []);
      if (each.className === 'InputLayer') {
        const i = endsOf('inputLayers').findIndex(([input]) => input === name);
        const shape = (each.config['batchInputShape'] ?? null) as Sizes | null;
        results.set(name, [[inputs ? inputs[i]! : this.input(name, shape)]]);
        return [];
      }
      made.set(name, each.config['layers'] ? each : this.make(each, prefix));
      if (each.config['layers']) results.get(name)!.push([]);  // a model inside counts its own inputs as its first use
      return (each.inboundNodes ?? []).map((node) => ({name, node: node as NodeData}));
    });
    while (left.length > 0) {
      const next = left.findIndex(({name, node}, i) => node.every(([source, use]) => results.get(source)?.[use]) &&
          left.findIndex((other) => other.name === name) === i);
      if (next < 0) {
        throw new Error(`${this.op}: the inbound_nodes of '${left[0]!.name}' name layers that do not come before it.`);
      }
      const [{name, node}] = left.splice(next, 1) as [{name: string, node: NodeData}];
      const from = node.map(([source, use, tensor]) => results.get(source)![use]![tensor]!);
      const layer = made.get(name)!;
      results.get(name)!.push('className' in layer && !isLayer(layer) ?
        this.saved(layer as LayerConfig, from, `${prefix}${name}/`) : this.layer(layer as Layer, from, prefix, 1));
    }
    return endsOf('outputLayers').map(([name, use, tensor]) => results.get(name)![use]![tensor]!);
  }

  /** A layer of its config; the same one where a model inside is used again. */
  private make(saved: LayerConfig, prefix: string): Layer {
    const path = `${prefix}${saved.config['name'] ?? saved.name}`;
    const layer = this.made.get(path) ?? this.makeNew(saved, path);
    this.made.set(path, layer);
    return layer;
  }

  private makeNew({className, config}: LayerConfig, path: string): Layer {
    const [cls, fromConfig] = tf.serialization.SerializationMap.getMap().classNameMap[className] ?? [];
    if (!cls) {
      throw new Error(`${this.op}: the layer '${path}' is of the unknown class ${show(className)}. Register it with ` +
          'tf.serialization.registerClass first.');
    }
    try {
      return fromConfig!(cls, {...config}) as unknown as Layer;
    } catch (error) {
      throw new Error(`${this.op}: the layer '${path}': ${error instanceof Error ? error.message : error}`, {cause: error});
    }
  }
}
