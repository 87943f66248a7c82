import type {Json, JsonObject} from './python_names';
import {explicitRectifier} from './rectifier';

/**
 * A topology that Keras 3 wrote in the words of Keras 2, which tfjs-layers reads: `batch_shape` of input layers, dtype
 * policies, the `inbound_nodes` of functional models, module names around classes. A convolution in groups, and a ReLU
 * with a slope or a threshold, which tf.layers takes for layers without, become explicit layers. Others pass through as
 * they are.
 */
export function repairKeras3(value: Json, siblings: Models = new Map()): Json {
  if (Array.isArray(value)) return value.map((part) => repairKeras3(part, siblings));
  if (value === null || typeof value !== 'object') return value;
  if (value['class_name'] === 'DTypePolicy') return computeType(value['config'] as JsonObject);
  const repaired: JsonObject = {};
  const models = modelsAmong(value['layers']) ?? siblings;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'inbound_nodes' && Array.isArray(inner)) repaired[key] = inner.map((node) => nodeOf(node, siblings));
    else if (key === 'input_layers' || key === 'output_layers') repaired[key] = listOfEnds(inner, models);
    else if (!onlyKeras3.has(key)) repaired[key] = repairKeras3(inner, models);
  }
  return withKeras2Words(repaired);
}

/** Which layers of a graph that Keras 3 wrote are models. tfjs counts a model's own graph as its first call. */
type Models = ReadonlyMap<Json, 'Sequential' | 'Functional'>;

/** Null where it is no list of layers. */
function modelsAmong(layers: Json | undefined): Models | null {
  if (!Array.isArray(layers)) return null;
  const parts = layers as JsonObject[];
  const isKeras3 = parts.some((part) => [part?.['inbound_nodes'] ?? []].flat().some((node) => !Array.isArray(node)));
  const models = parts.filter((part) =>
    isKeras3 && ['Sequential', 'Functional', 'Model'].includes(String(part['class_name'])));
  return new Map(models.map((part) =>
    [part['name'] ?? null, part['class_name'] === 'Sequential' ? 'Sequential' : 'Functional']));
}

/** A single end stands without a list around it: ['input', 0, 0]. A Sequential's calls are counted from 0 here too. */
function listOfEnds(ends: Json, models: Models): Json {
  if (!Array.isArray(ends)) return ends;
  const list = (typeof ends[0] === 'string' ? [ends] : ends) as Json[][];
  return list.map(([layer, use, tensor, ...rest]) =>
    [layer!, Number(use) + (models.get(layer!) === 'Sequential' ? 1 : 0), tensor!, ...rest]);
}

/** What says where a class comes from, or how it was built: tfjs goes by names. */
const onlyKeras3 = new Set(['module', 'registered_name', 'build_config', 'compile_config', 'synchronized', 'renorm']);

function computeType(policy: JsonObject): Json {
  const name = String(policy?.['name'] ?? 'float32');
  return name.startsWith('mixed_') ? 'float32' : name;
}

function withKeras2Words(value: JsonObject): JsonObject {
  const config = value['config'];
  if (config === null || typeof config !== 'object' || Array.isArray(config)) return value;
  const {batch_shape: batchShape, ...rest} = config;
  const changed = batchShape === undefined ? rest : {batch_input_shape: batchShape, ...rest};
  // tfjs would take its own default for a word that it does not know.
  if (value['class_name'] === 'LeakyReLU' && changed['alpha'] === undefined && changed['negative_slope'] !== undefined) {
    changed['alpha'] = changed['negative_slope'];
  }
  // Keras 2 writes the axis of a batch norm as a list of one.
  if (value['class_name'] === 'BatchNormalization' && Array.isArray(changed['axis']) && changed['axis'].length === 1) {
    changed['axis'] = changed['axis'][0]!;
  }
  return explicitLayer(value, changed) ?? {...value, config: changed};
}

/** The explicit layer that computes what tf.layers' of this class would not; null where it would. */
function explicitLayer(value: JsonObject, config: JsonObject): JsonObject | null {
  if (value['class_name'] === 'Conv2D' && (config['groups'] ?? 1) !== 1) {
    return {...value, class_name: 'ExplicitConv2D', config};
  }
  if (value['class_name'] !== 'ReLU') return null;
  const {max_value: maxValue, negative_slope: negativeSlope, threshold, ...rest} = config;
  const rectifier = explicitRectifier(maxValue, negativeSlope, threshold);
  return rectifier && {...value, class_name: 'ExplicitReLU', config: {...rest, ...rectifier}};
}

/** `{args, kwargs}` with tensors by their history as `[[layer, node, tensor, kwargs], ...]`. */
function nodeOf(node: Json, models: Models): Json {
  if (Array.isArray(node) || node === null || typeof node !== 'object') return node;
  const {args, kwargs} = node as {args?: Json, kwargs?: JsonObject};
  const plain = Object.fromEntries(Object.entries(kwargs ?? {}).filter(([key, value]) => value !== null && key !== 'mask' &&
      historiesIn(value).length === 0)) as JsonObject;
  return [...historiesIn(args ?? []), ...historiesIn(kwargs ?? {})]
      .map(([layer, use, tensor]) => [layer!, Number(use) + (models.has(layer!) ? 1 : 0), tensor!, plain]) as Json;
}

/** The histories of all tensors in it, in order. */
function historiesIn(value: Json): Json[][] {
  if (Array.isArray(value)) return value.flatMap(historiesIn);
  if (value === null || typeof value !== 'object') return [];
  if (value['class_name'] === '__keras_tensor__') return [(value['config'] as JsonObject)['keras_history'] as Json[]];
  return Object.values(value).flatMap(historiesIn);
}
