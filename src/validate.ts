import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, TensorLike} from '@tensorflow/tfjs-core';

import {checkOneCore} from './one_core';
import {hasData} from './tfjs_private';

/** `[2,3]`, and `?` where a size is not known yet. */
export function showShape(shape: ReadonlyArray<number | null>): string {
  return `[${shape.map(size => size ?? '?').join(',')}]`;
}

/** A value as it appears in an error message. */
export function show(value: unknown): string {
  if (value instanceof tf.Tensor) return `a ${value.dtype} tensor ${showShape(value.shape)}`;
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'number' || value === undefined) return String(value);
  if (Array.isArray(value)) return `[${value.map(show).join(',')}]`;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return `an object of class ${(value as object).constructor?.name ?? 'Object'}`;  // one that holds itself, or a BigInt
  }
}

/** Refuses options that the op does not know: a misspelt one would otherwise be ignored without a word. */
export function checkOptions(op: string, options: unknown, known: readonly string[]): void {
  if (options === undefined || options === null) return;
  if (typeof options !== 'object' || Array.isArray(options) || options instanceof tf.Tensor) {
    throw new Error(`${op}: options must be an object, as in {name: value}. Got ${show(options)}. ` +
        `Known are ${known.join(', ')}. Pass some of these, or leave it out.`);
  }
  const unknown = Object.keys(options).filter(key => !known.includes(key));
  if (unknown.length > 0) {
    throw new Error(`${op}: unknown option ${unknown.join(', ')}. Known are ${known.join(', ')}. Check its spelling, or ` +
        'remove it.');
  }
}

/** Refuses a value that is not one of the listed words. */
export function checkChoice<T extends string>(op: string, option: string, value: unknown, choices: readonly T[]): T {
  if (!choices.includes(value as T)) {
    throw new Error(`${op}: ${option} must be one of ${choices.map(show).join(', ')}. Got ${show(value)}. Pass one of these.`);
  }
  return value as T;
}

/** Refuses a value that is not true or false. */
export function checkBoolean(op: string, option: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Error(`${op}: ${option} must be true or false. Got ${show(value)}. Pass a boolean.`);
  return value;
}

/** Refuses a number outside [low, high] or one that is not finite. */
export function checkNumber(op: string, option: string, value: unknown, low = -Infinity, high = Infinity): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < low || value > high) {
    const range = high === Infinity ? `a finite number${low === -Infinity ? '' : ` of at least ${low}`}` :
                                      `a number from ${low} to ${high}`;
    throw new Error(`${op}: ${option} must be ${range}. Got ${show(value)}. Pass such a number, or leave it out for the ` +
        'default.');
  }
  return value;
}

/** Refuses what is not a whole number of at least 1. */
export function checkCount(op: string, option: string, value: unknown): number {
  if (!Number.isInteger(value) || (value as number) < 1) {
    throw new Error(`${op}: ${option} must be a whole number of at least 1. Got ${show(value)}. Pass such a number.`);
  }
  return value as number;
}

/**
 * A float32 tensor of one of the ranks given, from a tensor or nested numbers.
 * @throws If the dtype is another (cast it first), the rank does not fit or a size is 0.
 */
export function checkTensor<T extends Tensor = Tensor>(
    op: string, name: string, value: Tensor | TensorLike, ranks?: readonly number[], layout = ''): T {
  if (value instanceof tf.Tensor) checkUsable(op, name, value);
  if (value instanceof tf.Tensor && value.dtype !== 'float32') {
    throw new Error(`${op}: ${name} must be float32. Got ${show(value)}. Cast it with tf.cast(${name}, 'float32').`);
  }
  const tensor = (value instanceof tf.Tensor ? value : fromNumbers(op, name, value)) as T;
  const problem = shapeProblem(tensor, ranks, layout);
  if (problem) {
    if (tensor !== value) tensor.dispose();
    throw new Error(`${op}: ${name} ${problem}`);
  }
  return tensor;
}

/** Refuses a tensor that was freed, or that another copy of tfjs-core made. */
export function checkUsable(op: string, name: string, tensor: Tensor): void {
  checkOneCore(op, name, tensor);
  if (isGone(tensor)) {
    throw new Error(`${op}: ${name} ${showShape(tensor.shape)} is disposed. Keep it with tf.keep, or call ${op} before ` +
        'it is freed.');
  }
}

/** True for a tensor without data. `tf.disposeVariables` frees that of variables and leaves them unmarked. */
export function isGone(tensor: Tensor): boolean {
  return tensor.isDisposed || hasData(tensor) === false;
}

function shapeProblem({rank, shape, size}: Tensor, ranks: readonly number[] | undefined, layout: string): string | null {
  if (ranks && !ranks.includes(rank)) {
    return `must have rank ${ranks.join(' or ')}${layout && ` (${layout})`}. Got rank ${rank}, ${showShape(shape)}. ` +
        'Reshape it with tf.reshape.';
  }
  return size === 0 ? `is empty: ${showShape(shape)}. Pass one whose sizes are all at least 1.` : null;
}

/** A float32 tensor of nested numbers; refuses what is anything else. */
export function fromNumbers(op: string, name: string, value: TensorLike): Tensor {
  const shape: number[] = [];
  for (let part: unknown = value; isList(part); part = part[0]) shape.push(part.length);
  if (!isRegular(value, shape)) {
    throw new Error(`${op}: ${name} must be a tensor or nested numbers of one shape. Got ${show(value)}. Pass one of these.`);
  }
  return tf.tensor(value, undefined, 'float32');
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);
}

/** tfjs itself takes lists of different lengths, and then has too many or too few values. */
function isRegular(value: unknown, [size, ...inner]: number[]): boolean {
  if (size === undefined) return typeof value === 'number' || typeof value === 'boolean';
  return isList(value) && value.length === size && Array.from(value).every(part => isRegular(part, inner));
}

/**
 * The gradient that a backward is given.
 * @throws If it is no float32 tensor of the shape of the forward's `out`.
 */
export function checkDout<T extends Tensor>(op: string, dout: T | TensorLike, shape: number[]): T {
  const tensor = checkTensor<T>(op, 'dout', dout);
  if (!tf.util.arraysEqual(tensor.shape, shape)) {
    if (tensor !== dout) tensor.dispose();
    throw new Error(`${op}: dout must have the shape of out, ${showShape(shape)}. Got ${showShape(tensor.shape)}. Pass ` +
        'the gradient of the loss with respect to out.');
  }
  return tensor;
}

/** Refuses what the matching forward did not return. */
export function checkCache(op: string, forward: string, cache: unknown, made: string): void {
  if (cache === null || typeof cache !== 'object' || (cache as {op?: unknown}).op !== made) {
    throw new Error(`${op}: cache must be the one that ${forward} returned. Got ` +
        `${cache !== null && typeof cache === 'object' ? `{${Object.keys(cache).join(', ')}}` : show(cache)}. ` +
        'Pass `cache` of its result.');
  }
  const kept = cache as {[name: string]: unknown, shapes?: {[name: string]: number[]}};
  for (const [name, shape] of Object.entries(kept.shapes ?? {})) {
    const tensor = kept[name];
    if (tensor instanceof tf.Tensor && tf.util.arraysEqual(tensor.shape, shape)) continue;
    throw new Error(`${op}: cache.${name} must have the shape that ${forward} left, ${showShape(shape)}. Got ` +
        `${tensor instanceof tf.Tensor ? showShape(tensor.shape) : show(tensor)}. Pass \`cache\` of its result as it is.`);
  }
}

/** Refuses what does not name one axis; whether x has it is seen later. */
export function checkAxis(op: string, option: string, value: unknown): number {
  if (!Number.isInteger(value)) {
    throw new Error(`${op}: ${option} must be one whole number. Got ${show(value)}. Name the axis of the channels.`);
  }
  return value as number;
}

/** Refuses what does not name one axis or several; whether x has them is seen later. */
export function checkAxisList(op: string, option: string, value: unknown): number | number[] {
  const axes: unknown[] = Array.isArray(value) ? value : [value];
  if (axes.length === 0 || !axes.every(Number.isInteger)) {
    throw new Error(`${op}: ${option} must be a whole number or a list of them. Got ${show(value)}. Name the axes to ` +
        'normalise.');
  }
  return Array.isArray(value) ? [...value] as number[] : value as number;
}

/** The positions of the axes counted from 0, distinct, in increasing order. */
export function checkAxes(op: string, axis: number | number[], rank: number): number[] {
  const axes = Array.isArray(axis) ? axis : [axis];
  const positions = axes.map(a => (a < 0 ? a + rank : a));
  if (positions.length === 0 || positions.some(a => !Number.isInteger(a) || a < 0 || a >= rank)) {
    throw new Error(`${op}: axis must name axes of x, whole numbers from ${-rank} to ${rank - 1}. Got ${show(axis)}. ` +
        'Name axes of x; negative ones count from the end.');
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
        `Got ${showShape(tensor.shape)}. Reshape it, or make one of that shape.`);
  }
  return tensor;
}
