import * as tf from '@tensorflow/tfjs-core';
import {metrics as layerMetrics} from '@tensorflow/tfjs-layers';

import * as losses from '../../losses';
import {show} from '../../validate';

/** Functions of the user's by the names under which they are saved. */
export type NamedFunctions = {[name: string]: (...args: never[]) => unknown};

/** What `model.compile` takes as loss or metrics, in a form that JSON holds: functions by name. */
export type Saved = string | null | {function: string} | Saved[] | {outputs: {[output: string]: Saved}};

function knownFunctions(own: NamedFunctions): Map<string, unknown> {
  const all = {losses, 'tf.metrics': layerMetrics, 'tf.losses': tf.losses} as {[group: string]: object};
  const known = Object.entries(all).flatMap(([group, members]) =>
    Object.entries(members).map(([name, member]) => [`${group}.${name}`, member] as const));
  return new Map<string, unknown>([...known, ...Object.entries(own)]);
}

/**
 * Names the functions in a loss or in metrics.
 * @throws On a function that is neither ours, nor tfjs's, nor among those named.
 */
export function nameFunctions(label: string, value: unknown, own: NamedFunctions): Saved {
  const known = [...knownFunctions(own)];
  const name = (part: unknown): Saved => {
    if (part === undefined || part === null || typeof part === 'string') return part ?? null;
    if (Array.isArray(part)) return part.map(name);
    if (typeof part === 'object') {
      return {outputs: Object.fromEntries(Object.entries(part).map(([output, inner]) => [output, name(inner)]))};
    }
    const found = known.find(([, member]) => member === part);
    if (found) return {function: found[0]};
    throw new Error(`${label} is the function ${(part as {name?: string}).name || 'without a name'}, which a file cannot ` +
        'hold. Name it in the option functions, here and in models.load: {functions: {myLoss}}.');
  };
  return name(value);
}

/** Finds the functions again. */
export function findFunctions(label: string, saved: Saved, own: NamedFunctions): unknown {
  const known = knownFunctions(own);
  return eachOf(saved, (part) => {
    if (typeof part === 'string') return part;
    const found = known.get(part.function);
    if (found) return found;
    throw new Error(`${label} is the function ${show(part.function)}. Give it in the option functions: ` +
        `models.load(source, {functions: {${part.function}: ...}}).`);
  });
}

/** What becomes of each loss or metric, alone, in a list or by output as they are saved. */
export function eachOf(saved: Saved, change: (part: string | {function: string}) => unknown): unknown {
  if (saved === null) return null;
  if (Array.isArray(saved)) return saved.map((part) => eachOf(part, change));
  if (typeof saved === 'string' || !('outputs' in saved)) return change(saved);
  return Object.fromEntries(Object.entries(saved.outputs).map(([output, part]) => [output, eachOf(part, change)]));
}
