import {referenceOf} from './calls';
import type {Reference} from './calls';
import {show} from '../validate';
import {damaged} from './damaged';
import {isObject} from './dialect';
import type {Generation, JsonObject} from './dialect';

/** Which layers of a graph are models. */
export type ModelNames = ReadonlyMap<string, 'Sequential' | 'Functional' | null>;


/**
 * The calls of a layer in tfjs's form, where a model's own graph counts as its first call.
 * @throws On calls with arguments beside tensors that tfjs does not have.
 */
export function nodesFromKeras(label: string, nodes: unknown, models: ModelNames): unknown[] {
  if (nodes === null || nodes === undefined) return [];
  if (!Array.isArray(nodes)) throw damaged(`${label}: its inbound_nodes are not a list. Got ${show(nodes)}`);
  return nodes.map((node: unknown) => {
    if (Array.isArray(node)) {
      const entries = typeof node[0] === 'string' ? [node] : node as unknown[];
      return entries.map((entry) => fromList(label, entry));
    }
    if (!isObject(node)) throw damaged(`${label}: a call of it is neither a list nor an object. Got ${show(node)}`);
    const {args, kwargs = {}} = node as {args: unknown, kwargs: JsonObject};
    const tensors = tensorsIn(label, args).map(([name, call, output]) =>
      [name, call + (models.get(name) ? 1 : 0), output, callArgs(label, kwargs)]);
    if (tensors.length === 0) {
      throw new Error(`${label}: a call of it has no inputs among its arguments ${show(args)}. Pass them by position in Python.`);
    }
    if (tensorsIn(label, kwargs).length > 0) {
      throw new Error(`${label}: it is called with tensors as named arguments (${Object.keys(kwargs).join(', ')}), which ` +
          'tfjs does not take. Pass them by position in Python.');
    }
    return tensors;
  });
}

/** Keras 2's form is tfjs's. */
function fromList(label: string, entry: unknown): unknown[] {
  const [name, call, output] = referenceOf(label, entry);
  const kwargs = (entry as unknown[])[3];
  return [name, call, output, callArgs(label, (kwargs ?? {}) as JsonObject)];
}

function callArgs(label: string, kwargs: JsonObject): JsonObject {
  const given = Object.entries(kwargs).filter(([, value]) => value !== null && tensorsIn(label, value).length === 0);
  const unknown = given.filter(([name]) => name !== 'training');
  if (unknown.length > 0) {
    throw new Error(`${label}: it is called with ${unknown.map(([name, value]) => `${name}=${show(value)}`).join(', ')}, which ` +
        'tfjs does not take. Leave it out in Python.');
  }
  return Object.fromEntries(given);
}

function tensorsIn(label: string, value: unknown): Reference[] {
  if (Array.isArray(value)) return value.flatMap((part) => tensorsIn(label, part));
  if (!isObject(value)) return [];
  if (value['class_name'] === '__keras_tensor__') {
    return [referenceOf(`${label}: keras_history`, (value['config'] as JsonObject | null)?.['keras_history'])];
  }
  return Object.values(value).flatMap((part) => tensorsIn(label, part));
}

/** The inputs or outputs of a graph. Keras 3 counts a Sequential's calls from 0, as it does those of layers. */
export function referencesFromKeras(value: unknown, models: ModelNames, major: Generation): Reference[] {
  if (Array.isArray(value)) {
    const [name, call, output] = value as Reference;
    if (typeof name !== 'string') return value.flatMap((part) => referencesFromKeras(part, models, major));
    return [[name, call + (major === 3 && models.get(name) === 'Sequential' ? 1 : 0), output]];
  }
  return isObject(value) ? Object.values(value).flatMap((part) => referencesFromKeras(part, models, major)) : [];
}
