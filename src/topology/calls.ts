import {show} from '../validate';
import {damaged} from './damaged';

/** A layer in the words of tfjs-layers. */
export interface TfjsLayer {
  className: string;
  config: {[key: string]: unknown};
  name?: string;
  inboundNodes?: unknown;
}

/** A tensor by layer, call of the layer, and output of the call. */
export type Reference = [layer: string, call: number, output: number];

/** One call of a layer of a graph. */
export interface Call {
  layer: TfjsLayer;
  name: string;
  from: Reference[];
  /** Arguments beside tensors. */
  kwargs: {[name: string]: unknown};
}

/** A graph whose calls can be made one after the other. */
export interface Graph {
  layers: ReadonlyMap<string, TfjsLayer>;
  calls: Call[];
  inputs: Reference[];
  outputs: Reference[];
}

/** True for Sequential and functional models, as a topology calls them. */
export function isModelLayer({config}: TfjsLayer): boolean {
  return Array.isArray(config) || Array.isArray(config?.['layers']);
}

/** The layers that a Sequential or functional model of a topology lists. */
export function layersIn({config}: TfjsLayer): TfjsLayer[] {
  return (Array.isArray(config) ? config : config['layers']) as TfjsLayer[];
}

/**
 * The calls of a functional model in an order in which they can be made, calls of one layer in their own order.
 * tfjs-layers itself waits for ever for a call that cannot be made.
 *
 * @throws Naming the layer: on a call that names a layer, a call or an output that does not exist, calls in a circle, two
 * layers of one name, a list that is none.
 */
export function graphOf(label: string, model: TfjsLayer): Graph {
  const layers = new Map<string, TfjsLayer>();
  for (const layer of layersIn(model)) {
    const name = layer?.name ?? layer?.config?.['name'];
    if (typeof name !== 'string') throw damaged(`${label}: a layer of the graph has no name: ${show(layer).slice(0, 80)}`);
    if (layers.has(name)) throw new Error(`${label}: two layers of one graph are called '${name}'. Rename one.`);
    layers.set(name, layer);
  }
  const calls = new Map([...layers].map(([name, layer]) => [name, callsOf(label, name, layer)]));
  const check = (who: string, [name, call, output]: Reference) => {
    const layer = layers.get(name);
    if (!layer) throw damaged(`${label}: ${who} names the layer '${name}', which is not in the graph`);
    const isThere = (part: string, number: number, count: number) => {
      if (number < count) return;
      throw damaged(`${label}: ${who} names ${part} ${number} of layer '${name}', which has ${count} (counted from 0)`);
    };
    isThere('call', call, firstCall(layer) + calls.get(name)!.length);
    isThere('output', output, outputsOf(layer));
  };
  for (const [name, list] of calls) {
    for (const {from} of list) from.forEach((reference) => check(`layer '${name}'`, reference));
  }
  const ends = (key: string) => {
    const list = endsOf(label, key, model.config[key]);
    list.forEach((reference) => check(key, reference));
    return list;
  };
  return {layers, calls: inOrder(label, layers, calls), inputs: ends('inputLayers'), outputs: ends('outputLayers')};
}

/** A model's own graph counts as its first call, and so does what an InputLayer gives. */
function firstCall(layer: TfjsLayer): number {
  return layer.className === 'InputLayer' || isModelLayer(layer) ? 1 : 0;
}

function callsOf(label: string, name: string, layer: TfjsLayer): Call[] {
  const nodes = layer.inboundNodes ?? [];
  if (!Array.isArray(nodes)) throw damaged(`${label}: the inbound_nodes of layer '${name}' are not a list. Got ${show(nodes)}`);
  return nodes.map((node: unknown) => {
    if (!Array.isArray(node)) throw damaged(`${label}: a call of layer '${name}' is not a list of tensors. Got ${show(node)}`);
    const entries = (node.length > 0 && typeof node[0] === 'string' ? [node] : node) as unknown[][];
    const from = entries.map((entry) => referenceOf(`${label}: layer '${name}'`, entry));
    const [kwargs] = entries.map((entry) => entry[3]).filter((value) => value !== null && value !== undefined);
    return {layer, name, from, kwargs: {...kwargs as object}};
  }).filter(({from}) => from.length > 0);
}

function endsOf(label: string, key: string, value: unknown): Reference[] {
  if (!Array.isArray(value) || value.length === 0) throw damaged(`${label}: ${key} must list tensors. Got ${show(value)}`);
  return (typeof value[0] === 'string' ? [value] : value).map((entry) => referenceOf(`${label}: ${key}`, entry));
}

/** @throws If it is not [layer, call, output]. */
export function referenceOf(label: string, value: unknown): Reference {
  const [name, call, output] = Array.isArray(value) ? value as unknown[] : [];
  const isCount = (number: unknown) => Number.isSafeInteger(number) && number as number >= 0;
  if (typeof name !== 'string' || !isCount(call) || !isCount(output)) {
    throw damaged(`${label}: a tensor must be [layer's name, number of the call, number of the output]. Got ${show(value)}`);
  }
  return [name, call as number, output as number];
}

/** How many outputs a layer has; infinitely many where only the layer itself knows. */
function outputsOf(layer: TfjsLayer): number {
  if (layer.className === 'InputLayer') return 1;
  if (!isModelLayer(layer)) return Infinity;
  const ends = layer.config['outputLayers'];
  return Array.isArray(ends) ? (typeof ends[0] === 'string' ? 1 : ends.length) : 1;
}

function inOrder(label: string, layers: ReadonlyMap<string, TfjsLayer>, calls: ReadonlyMap<string, Call[]>): Call[] {
  const made = new Map([...layers].map(([name, layer]) => [name, firstCall(layer)]));
  const left = new Map([...calls].map(([name, list]) => [name, [...list]]));
  const isReady = (call: Call | undefined) => call?.from.every(([source, number]) => made.get(source)! > number) ?? false;
  const ordered: Call[] = [];
  for (let before = -1; before < ordered.length;) {
    before = ordered.length;
    for (const [name, list] of left) {
      while (isReady(list[0])) {
        ordered.push(list.shift()!);
        made.set(name, made.get(name)! + 1);
      }
    }
  }
  const waiting = [...left].filter(([, list]) => list.length > 0).map(([name]) => `'${name}'`);
  if (waiting.length > 0) {
    throw damaged(`${label}: the inbound_nodes of ${waiting.slice(0, 5).join(', ')} go in a circle: each waits for what ` +
        'comes after it');
  }
  return ordered;
}

/** Checks all graphs of a topology, those in models and wrappers inside too. */
export function checkGraphs(label: string, layer: TfjsLayer): void {
  if (typeof layer !== 'object' || layer === null || !layer.config) return;
  if (isModelLayer(layer)) {
    const inner = layersIn(layer);
    if (!Array.isArray(layer.config) && (layer.config['outputLayers'] !== undefined || layer.className !== 'Sequential') &&
        inner.some((each) => each?.inboundNodes !== undefined)) {
      graphOf(label, layer);
    }
    inner.forEach((each) => checkGraphs(label, each));
  }
  for (const key of ['layer', 'forwardLayer', 'backwardLayer', 'cell']) {
    if (!Array.isArray(layer.config)) checkGraphs(label, layer.config[key] as TfjsLayer);
  }
}
