import type {Reference, TfjsLayer} from './calls';
import {show} from '../validate';
import type {ConvertedLayer} from './converted_layer';
import {damaged} from './damaged';
import {classAndConfig, isObject, own} from './dialect';
import type {Generation, JsonObject} from './dialect';
import {equivalentOf} from './equivalents';
import {nodesFromKeras, referencesFromKeras} from './from_nodes';
import type {ModelNames} from './from_nodes';
import {checkSameMeaning, classWithoutTwin, kerasArg, layerTable} from './layer_table';
import {isOperation, operationFromKeras} from './operations';
import {partFromKeras} from './parts';

/** What a file's configuration comes to. */
export interface Topology {
  layer: TfjsLayer;
  /** Paths of models that are frozen as a whole; '' is the model itself. */
  frozenModels: string[];
  /** Keras's class by a layer's path, which the groups of a file are named by. */
  kerasClasses: Map<string, string>;
  /** Layers and models that are told in their call whether they are in training, by path. */
  training: Map<string, boolean>;
  /** What a user should know about a layer. */
  notes: ConvertedLayer[];
}

/** Arguments of every layer that tell tfjs nothing. */
const COMMON = ['name', 'trainable', 'dtype', 'batch_input_shape', 'batch_shape', 'input_shape', 'seed', 'input_length'];
/** Features of Keras's layers that tfjs does not have, which are off where they are false. */
const OFF = {keepdims: true, sparse: true, ragged: true, autocast: true, dynamic: true, stateful: true};

/**
 * The topology that tfjs makes the same model of.
 * @param major the version of Keras that wrote the file
 * @throws Naming the layer, on what tfjs does not have or computes otherwise.
 */
export function topologyFromKeras(label: string, config: unknown, major: Generation): Topology {
  const reader = new FromKeras(label, major, /"Masking"|"mask_zero":true/.test(JSON.stringify(config)));
  const layer = reader.model(config, []);
  const {frozenModels, kerasClasses, training, notes} = reader;
  return {layer, frozenModels, kerasClasses, training, notes};
}

/** What Keras calls the classes of models. */
export const MODELS = ['Sequential', 'Functional', 'Model'];

class FromKeras {
  readonly frozenModels: string[] = [];
  readonly kerasClasses = new Map<string, string>();
  readonly training = new Map<string, boolean>();
  readonly notes: ConvertedLayer[] = [];

  constructor(
      private readonly label: string, private readonly major: Generation, private readonly hasMasks: boolean) {}

  model(value: unknown, around: string[]): TfjsLayer {
    const found = classAndConfig(value);
    if (!found || !MODELS.includes(found.className)) {
      throw new Error(`${this.label}: the model is of the class ${show(found?.className ?? value).slice(0, 80)}. Only ` +
          'Sequential and Functional models are layers that tfjs can rebuild; build the model from one of these in Python.');
    }
    // The first Keras 2 wrote the layers of a row alone.
    const {config: given} = value as {config: unknown};
    const config = Array.isArray(given) ? {name: 'sequential', layers: given} : found.config;
    const path = [...around, String(config['name'])];
    if (config['trainable'] === false) this.frozenModels.push(path.slice(1).join('/'));
    return found.className === 'Sequential' ? this.sequential(config, path) : this.functional(config, path);
  }

  private sequential(config: JsonObject, path: string[]): TfjsLayer {
    const parts = (config['layers'] as unknown[] ?? []).map((part) => this.layer(part, path));
    const [first, ...rest] = parts;
    const name = config['name'];
    if (!first) throw new Error(`${this.label}: the model '${path.join('/')}' has no layers. Add some in Python.`);
    if (first.className !== 'InputLayer') {
      if (first.config['batchInputShape'] || MODELS.includes(first.className)) return sequential(name, parts);
      const shape = config['build_input_shape'];
      if (!Array.isArray(shape)) {
        throw new Error(`${this.label}: the model '${path.join('/')}' was saved before its input shape was known. Build it ` +
            'in Python first: model.build((None, ...)).');
      }
      return sequential(name, [{...first, config: {batchInputShape: [null, ...shape.slice(1)], ...first.config}}, ...rest]);
    }
    // tfjs lists an InputLayer among the layers of a row, Keras does not.
    const next = rest[0];
    if (!next || first.config['dtype'] !== 'float32') return sequential(name, parts);
    const {batchInputShape} = first.config;
    if (MODELS.includes(next.className)) {
      const isSame = JSON.stringify(shapeInto(next)) === JSON.stringify(batchInputShape);
      return sequential(name, isSame ? rest : parts);
    }
    return sequential(name, [{...next, config: {...next.config, batchInputShape}}, ...rest.slice(1)]);
  }

  private functional(config: JsonObject, path: string[]): TfjsLayer {
    const parts = config['layers'];
    if (!Array.isArray(parts)) throw damaged(`${this.label}: the model '${path.join('/')}' has no list of layers`);
    const isModelNamed = new Map(parts.filter(isObject).map((part) => [String(part['name']), kindOfModel(part)]));
    const layers = parts.map((part: JsonObject) => {
      if (isObject(part) && isOperation(part, this.major)) return this.operation(part, path, isModelNamed);
      const layer = this.layer(part, path);
      const name = String(part['name'] ?? layer.config['name']);
      const inside = [...path.slice(1), name].join('/');
      const at = `${this.label}: layer '${inside}'`;
      const inboundNodes = nodesFromKeras(at, part['inbound_nodes'], isModelNamed);
      this.noteTraining(at, inside, inboundNodes);
      return {...layer, name, inboundNodes};
    });
    const ends = (key: string) => referencesFromKeras(config[key], isModelNamed, this.major);
    return {className: 'Functional', config: {
      name: config['name'], layers, inputLayers: ends('input_layers'), outputLayers: ends('output_layers'),
    }};
  }

  private operation(part: JsonObject, around: string[], models: ModelNames): TfjsLayer {
    const name = String(part['name'] ?? (part['config'] as JsonObject | null)?.['name']);
    const kind = part['class_name'] === 'TFOpLambda' ? (part['config'] as JsonObject)['function'] : part['class_name'];
    const label = `${this.label}: '${[...around.slice(1), name].join('/')}' (the operation ${String(kind)})`;
    const shift = ([from, call, output]: Reference): Reference =>
      [from, call + (this.major === 3 && models.get(from) ? 1 : 0), output];
    return {...operationFromKeras(label, part, {name, trainable: true}, shift), name};
  }

  /** Keras 3 lets `fit` and `predict` say whether they train, whatever the call says; Keras 2 lets the call say it. */
  private noteTraining(label: string, path: string, nodes: unknown[]): void {
    if (this.major === 3) return;
    const told = new Set(nodes.map((node) => (node as [string, number, number, JsonObject][])[0]?.[3]?.['training']));
    if (told.size > 1) {
      throw new Error(`${label}: its calls differ in training (${[...told].map(show).join(', ')}), which tfjs cannot tell ` +
          'apart. Use two layers in Python.');
    }
    const [training] = told;
    if (training !== undefined) this.training.set(path, Boolean(training));
  }

  private layer(part: unknown, around: string[]): TfjsLayer {
    const found = classAndConfig(part);
    const name = String(found?.config['name'] ?? (part as JsonObject | null)?.['name']);
    const path = [...around, name];
    const label = `${this.label}: layer '${path.slice(1).join('/')}' (${found?.className})`;
    if (!found) throw damaged(`${label} has no class_name`);
    const {className, config} = found;
    this.kerasClasses.set(path.slice(1).join('/'), className);
    checkOrigin(label, part as JsonObject);
    if (MODELS.includes(className)) return this.model(part, around);
    if (className === 'InputLayer') return inputLayer(label, config);
    const common = {name, trainable: config['trainable'] ?? true, ...inputShape(config)};
    this.checkDtype(label, path, className, config['dtype']);
    if (className === 'TimeDistributed') {
      return {className, config: {...common, layer: this.layer(config['layer'], path)}};
    }
    if (className === 'Bidirectional') return this.bidirectional(label, config, common, path);
    const args = (entryClass: string, honoured: readonly string[] = []) => this.arguments(label, entryClass, config, honoured);
    const equivalent = equivalentOf({className, config, common, major: this.major, args});
    if (equivalent) {
      const {note, ...layer} = equivalent;
      if (note) this.notes.push({name: path.slice(1).join('/'), from: className, to: layer.className, note});
      return layer;
    }
    if (!own(layerTable, className)) {
      throw new Error(`${label}: tfjs has no layer of this class that computes the same. Replace it in Python before saving.`);
    }
    return {className: classWithoutTwin(className) ?? className, config: {...common, ...args(className)}};
  }

  private bidirectional(label: string, config: JsonObject, common: JsonObject, path: string[]): TfjsLayer {
    const {layer, backward_layer: backward, merge_mode: mergeMode, ...rest} = config;
    const words = (value: unknown): string => JSON.stringify(Object.entries(classAndConfig(value)?.config ?? {}).filter(([key]) =>
      !['name', 'go_backwards', 'seed', 'zero_output_for_mask'].includes(key) && !key.endsWith('_initializer')).sort(),
    (key, part: unknown) => (key === 'shared_object_id' ? undefined : part));
    if (backward !== undefined && backward !== null && words(backward) !== words(layer)) {
      throw new Error(`${label}: backward_layer is not the mirror image of layer, which tfjs's Bidirectional has alone. ` +
          'Leave backward_layer out in Python.');
    }
    checkOthers(label, 'Bidirectional', rest, {});
    const inner = this.layer(layer, path);
    inner.config['name'] = String(inner.config['name']).replace(/^forward_/, '');  // tfjs puts it there itself
    this.kerasClasses.set([...path.slice(1), inner.config['name']].join('/'), inner.className);
    return {className: 'Bidirectional', config: {...common, layer: inner, mergeMode: mergeMode ?? null}};
  }

  /** tfjs computes in float32. */
  private checkDtype(label: string, path: string[], className: string, dtype: unknown): void {
    const name = dtypeName(dtype);
    if (name.startsWith('mixed_')) {
      this.notes.push({name: path.slice(1).join('/'), from: className, to: className, note: `computes in float32, not ${name}`});
    } else if (/float/.test(name)) checkFloat32(label, name);
  }

  /**
   * The arguments in tf.layers' words.
   * @param honoured Keras's arguments that the caller sees to
   * @throws Naming an argument that the table says nothing of.
   */
  private arguments(label: string, className: string, config: JsonObject, honoured: readonly string[]): JsonObject {
    const {args, neutral = {}} = own(layerTable, className)!;
    const argOf = new Map(args.map((arg) => [kerasArg(className, arg, this.major), arg]));
    if (className === 'LeakyReLU') ['alpha', 'negative_slope'].forEach((arg) => argOf.set(arg, 'alpha'));
    const mapped: JsonObject = {};
    const others: JsonObject = {};
    for (const [key, value] of Object.entries(config)) {
      const arg = argOf.get(key);
      if (arg !== undefined) mapped[arg] = this.value(label, className, arg, value);
      else if (!honoured.includes(key)) others[key] = value;
    }
    // A Bidirectional sets it, and it says what comes out where the input is masked.
    if (!this.hasMasks) delete others['zero_output_for_mask'];
    checkOthers(label, className, others, neutral);
    checkSameMeaning(label, className, mapped);
    return Object.fromEntries(Object.entries(mapped).filter(([, value]) => value !== null));
  }

  private value(label: string, className: string, arg: string, value: unknown): unknown {
    // Keras 2 lists the axes that it counted from the front.
    if (arg === 'axis' && className === 'BatchNormalization' && Array.isArray(value)) {
      if (value.length !== 1) throw new Error(`${label}: axis is ${show(value)}, tfjs takes one axis. Change it in Python.`);
      return value[0];
    }
    return partFromKeras(label, arg, value, this.major);
  }
}

function sequential(name: unknown, layers: TfjsLayer[]): TfjsLayer {
  return {className: 'Sequential', config: {name, layers}};
}

/** What comes into a model. */
function shapeInto({className, config}: TfjsLayer): unknown {
  const layers = config['layers'] as TfjsLayer[];
  if (className === 'Sequential') {
    return MODELS.includes(layers[0]!.className) ? shapeInto(layers[0]!) : layers[0]!.config['batchInputShape'];
  }
  const [[name]] = config['inputLayers'] as [[string]];
  return layers.find((layer) => layer.name === name)?.config['batchInputShape'];
}

function kindOfModel(part: JsonObject): 'Sequential' | 'Functional' | null {
  const {className} = classAndConfig(part) ?? {className: ''};
  return className === 'Sequential' ? 'Sequential' : MODELS.includes(className) ? 'Functional' : null;
}

/** Arguments that tfjs does not have must be absent, or have a value that changes nothing. */
function checkOthers(
    label: string, className: string, others: JsonObject, neutral: {readonly [arg: string]: readonly unknown[]}): void {
  for (const [key, value] of Object.entries(others)) {
    const isNeutral = value === null || value === undefined || COMMON.includes(key) || key.endsWith('_initializer') ||
        (own(neutral, key) ?? (own(OFF, key) ? [false] : [])).some((other) => JSON.stringify(other) === JSON.stringify(value));
    if (!isNeutral) {
      throw new Error(`${label}: ${key} is ${show(value)}, which tfjs's ${className} does not have. Change it in Python.`);
    }
  }
}

function inputShape(config: JsonObject): JsonObject {
  const shape = config['batch_input_shape'] ?? config['batch_shape'];
  return Array.isArray(shape) ? {batchInputShape: shape} : {};
}

function inputLayer(label: string, config: JsonObject): TfjsLayer {
  for (const key of ['sparse', 'ragged', 'optional']) {
    if (config[key]) throw new Error(`${label}: ${key} inputs are unknown to tfjs. Change it in Python.`);
  }
  const {batchInputShape} = inputShape(config);
  if (!batchInputShape) throw damaged(`${label}: its batch_shape is missing`);
  const dtype = dtypeName(config['dtype']);
  if (/^b?float/.test(dtype)) checkFloat32(label, dtype);
  const known = ['float32', 'int32', 'bool', 'string'].includes(dtype) ? dtype : 'int32';
  return {className: 'InputLayer', config: {name: config['name'], batchInputShape, dtype: known, sparse: false}};
}

function checkFloat32(label: string, dtype: string): void {
  if (dtype !== 'float32') throw new Error(`${label}: it computes in ${dtype}, tfjs in float32. Make it of float32 in Python.`);
}

function dtypeName(dtype: unknown): string {
  const policy = classAndConfig(dtype);
  return String(policy?.config['name'] ?? policy?.className ?? 'float32');
}

/** A function that Keras recorded as a layer, `a + b` say, is none of the layers of that name. */
function checkOrigin(label: string, {module, registered_name: registered}: JsonObject): void {
  if (typeof module === 'string' && /\bops\b/.test(module)) {
    throw new Error(`${label}: this is an operation of ${module}, no layer. Use a layer instead, keras.layers.Add for +, say.`);
  }
  if (typeof registered === 'string' && registered.includes('>')) {
    throw new Error(`${label}: this is a class of your own (${registered}), of which tfjs knows nothing. Replace it in Python.`);
  }
}
