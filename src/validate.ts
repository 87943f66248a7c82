import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, TensorLike} from '@tensorflow/tfjs-core';

/** `[2,3]`, and `?` where a size is not known yet. */
export function showShape(shape: ReadonlyArray<number | null>): string {
  return `[${shape.map(size => size ?? '?').join(',')}]`;
}

/** A value as it should stand in an error message. */
export function show(value: unknown): string {
  if (value instanceof tf.Tensor) return `a ${value.dtype} tensor ${showShape(value.shape)}`;
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'number' || value === undefined) return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

/** Refuses options that the op does not know: a misspelt one would otherwise be ignored without a word. */
export function checkOptions(op: string, options: unknown, known: readonly string[]): void {
  if (options === undefined || options === null) return;
  if (typeof options !== 'object' || Array.isArray(options) || options instanceof tf.Tensor) {
    throw new Error(`${op}: options must be an object. Got ${show(options)}.`);
  }
  const unknown = Object.keys(options).filter(key => !known.includes(key));
  if (unknown.length > 0) {
    throw new Error(`${op}: unknown option ${unknown.join(', ')}. Known are ${known.join(', ')}.`);
  }
}

/** Refuses a value that is not one of the listed words. */
export function checkChoice<T extends string>(op: string, option: string, value: unknown, choices: readonly T[]): T {
  if (!choices.includes(value as T)) {
    throw new Error(`${op}: ${option} must be one of ${choices.map(show).join(', ')}. Got ${show(value)}.`);
  }
  return value as T;
}

/** Refuses a value that is not true or false. */
export function checkBoolean(op: string, option: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Error(`${op}: ${option} must be true or false. Got ${show(value)}.`);
  return value;
}

/** Refuses a number outside [low, high], NaN included. */
export function checkNumber(op: string, option: string, value: unknown, low = -Infinity, high = Infinity): number {
  if (typeof value !== 'number' || !(value >= low && value <= high)) {
    const range = high === Infinity ? (low === -Infinity ? 'a number' : `a number of at least ${low}`) :
                                      `a number from ${low} to ${high}`;
    throw new Error(`${op}: ${option} must be ${range}. Got ${show(value)}.`);
  }
  return value;
}

/** Refuses what is not a whole number of at least 1. */
export function checkCount(op: string, option: string, value: unknown): number {
  if (!Number.isInteger(value) || (value as number) < 1) {
    throw new Error(`${op}: ${option} must be a whole number of at least 1. Got ${show(value)}.`);
  }
  return value as number;
}

/**
 * A float32 tensor of one of the ranks given, from a tensor or nested numbers.
 * @throws If the dtype is another (cast it first), the rank does not fit or a size is 0.
 */
export function checkTensor<T extends Tensor>(
    op: string, name: string, value: T | TensorLike, ranks?: readonly number[], layout = ''): T {
  if (value instanceof tf.Tensor && value.dtype !== 'float32') {
    throw new Error(`${op}: ${name} must be float32. Got ${show(value)}. Cast it with tf.cast(${name}, 'float32').`);
  }
  if (value === null || value === undefined || typeof value === 'string') {
    throw new Error(`${op}: ${name} must be a tensor. Got ${show(value)}.`);
  }
  if (value instanceof tf.Tensor && value.isDisposed) {
    throw new Error(`${op}: ${name} is disposed. Keep it with tf.keep, or call ${op} before it is freed.`);
  }
  const tensor = value instanceof tf.Tensor ? value : tf.tensor(value as TensorLike, undefined, 'float32') as T;
  if (ranks && !ranks.includes(tensor.rank)) {
    if (tensor !== value) tensor.dispose();
    throw new Error(`${op}: ${name} must have rank ${ranks.join(' or ')}${layout && ` (${layout})`}. ` +
        `Got rank ${tensor.rank}, ${showShape(tensor.shape)}.`);
  }
  if (tensor.size === 0) {
    if (tensor !== value) tensor.dispose();
    throw new Error(`${op}: ${name} is empty: ${showShape(tensor.shape)}. Every size must be at least 1.`);
  }
  return tensor;
}

/** The positions of the axes counted from 0, distinct, in increasing order. */
export function checkAxes(op: string, axis: number | number[], rank: number): number[] {
  const axes = Array.isArray(axis) ? axis : [axis];
  const positions = axes.map(a => (a < 0 ? a + rank : a));
  if (positions.length === 0 || positions.some(a => !Number.isInteger(a) || a < 0 || a >= rank)) {
    throw new Error(`${op}: axis must name axes of x from ${-rank} to ${rank - 1}. Got ${show(axis)}.`);
  }
  if (new Set(positions).size !== positions.length) {
    throw new Error(`${op}: axis names an axis of x twice: ${show(axis)}. Name each axis once.`);
  }
  return positions.sort((a, b) => a - b);
}

/** gamma or beta: null, or a float32 tensor of exactly this shape. */
export function checkScale(
    op: string, name: string, value: Tensor | TensorLike | null | undefined, shape: number[]): Tensor | null {
  if (value === null || value === undefined) return null;
  const tensor = checkTensor(op, name, value);
  if (!tf.util.arraysEqual(tensor.shape, shape)) {
    throw new Error(`${op}: ${name} must have the shape of the normalised axes, ${showShape(shape)}. ` +
        `Got ${showShape(tensor.shape)}.`);
  }
  return tensor;
}
