import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

/** Tensors in lists and records of any depth, apart from these: `rebuild` puts others in their places. */
export interface Template {
  tensors: Tensor[];
  rebuild(tensors: readonly Tensor[]): unknown;
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

/** Takes a structure apart; a tensor that comes twice has two places. */
export function takeApart(structure: unknown): Template {
  const tensors: Tensor[] = [];
  const build = partOf(structure, tensors);
  return {tensors, rebuild: others => build(others)};
}

function partOf(part: unknown, tensors: Tensor[]): (others: readonly Tensor[]) => unknown {
  if (part instanceof tf.Tensor) {
    const index = tensors.push(part) - 1;
    return others => others[index];
  }
  if (Array.isArray(part)) {
    const builds = part.map(entry => partOf(entry, tensors));
    return others => builds.map(build => build(others));
  }
  if (isRecord(part)) {
    const builds = Object.entries(part).map(([key, entry]) => [key, partOf(entry, tensors)] as const);
    return others => Object.fromEntries(builds.map(([key, build]) => [key, build(others)]));
  }
  return () => part;
}

export function isRecord(part: unknown): part is {[key: string]: unknown} {
  if (part === null || typeof part !== 'object') return false;
  const prototype = Object.getPrototypeOf(part) as unknown;
  return prototype === Object.prototype || prototype === null;
}

/**
 * Shapes, dtypes and the other arguments as a text. A variable, a function and an object of a class stand for
 * themselves; what the object holds in plain sight, which may change, stands beside.
 */
export function signatureOf(structure: unknown): string {
  if (structure instanceof tf.Variable) return `${tensorText(structure)} ${structure.name}`;
  if (structure instanceof tf.Tensor) return tensorText(structure);
  if (Array.isArray(structure)) return `[${structure.map(signatureOf).join(', ')}]`;
  if (isRecord(structure)) {
    return `{${Object.entries(structure).map(([key, part]) => `${JSON.stringify(key)}: ${signatureOf(part)}`).join(', ')}}`;
  }
  if (typeof structure === 'string') return JSON.stringify(structure);
  if (typeof structure === 'symbol') return String(structure);
  if (structure === null || (typeof structure !== 'object' && typeof structure !== 'function')) {
    return Object.is(structure, -0) ? '-0' : String(structure) + (typeof structure === 'bigint' ? 'n' : '');
  }
  return nameOfObject(structure) + contentsOf(structure);
}

function nameOfObject(object: object): string {
  let identity = identities.get(object);
  if (identity === undefined) identities.set(object, identity = ++lastIdentity);
  return `${typeof object === 'function' ? object.name || 'function' : object.constructor?.name}#${identity}`;
}

/** What can change in an object that stays the same one. */
function contentsOf(object: object): string {
  if (typeof object === 'function' || object instanceof tf.Optimizer) return '';  // its numbers are looked after elsewhere
  if (ArrayBuffer.isView(object)) return `[${new Uint8Array(object.buffer, object.byteOffset, object.byteLength)}]`;
  if (object instanceof ArrayBuffer) return `[${new Uint8Array(object)}]`;
  if (object instanceof Date) return `[${object.getTime()}]`;
  if (object instanceof Map || object instanceof Set) return signatureOf([...object] as unknown[]);
  const plain = Object.entries(object).filter(([, value]) => value === null || !['object', 'function'].includes(typeof value));
  return plain.length === 0 ? '' : signatureOf(Object.fromEntries(plain));
}

function tensorText({dtype, shape}: Tensor): string {
  return `${dtype}[${shape}]`;
}
