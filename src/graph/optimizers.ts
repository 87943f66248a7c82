import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import type {OpenOptimizer} from '../tfjs_private';

type OptimizerClass = {prototype: object};

/** Their learning rate is a tensor in a field, `c`, which `setLearningRate` replaces; the number is not read in a step. */
const withRateTensor: readonly OptimizerClass[] = [tf.SGDOptimizer, tf.MomentumOptimizer];
/** They make a constant of `learningRate` or its negative right after they have read it. */
const withRateNumber: readonly OptimizerClass[] = [
  tf.AdagradOptimizer, tf.AdadeltaOptimizer, tf.AdamOptimizer, tf.AdamaxOptimizer, tf.RMSPropOptimizer];

/** The classes of tfjs whose update is known here. */
export const knownClasses: readonly OptimizerClass[] = [...withRateTensor, ...withRateNumber];

/** Whether an optimizer runs the `applyGradients` of one of these classes. */
function updatesAs(classes: readonly OptimizerClass[], optimizer: OpenOptimizer): boolean {
  let at: object | null = Object.getPrototypeOf(optimizer) as object | null;
  while (at !== null && !Object.hasOwn(at, 'applyGradients')) at = Object.getPrototypeOf(at) as object | null;
  return classes.some(({prototype}) => prototype === at);
}

/** Whether the learning rate is a number that the update is known to read, so that it can be fed. */
export function readsRateNumber(optimizer: OpenOptimizer): boolean {
  return updatesAs(withRateNumber, optimizer) && typeof optimizer.learningRate === 'number';
}

/**
 * All that a step of this optimizer may depend on and that is neither a tensor nor fed: its numbers, switches and
 * which variables it keeps, as a flat list.
 */
export function stateOf(optimizer: OpenOptimizer): unknown[] {
  // Of known classes, the number `learningRate` can change without an effect on the step.
  const skipped = new Set(['iterations_', ...(updatesAs(knownClasses, optimizer) ? ['learningRate'] : [])]);
  const state: unknown[] = [];
  for (const field of Object.keys(optimizer)) {
    if (!skipped.has(field)) state.push(field, ...stateOfField(optimizer[field]));
  }
  return state;
}

function stateOfField(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(stateOfField);
  if (value instanceof tf.Variable || !(value instanceof tf.Tensor)) {
    const inner = (value as {variable?: unknown} | null | undefined)?.variable;
    return [inner instanceof tf.Variable ? inner : value];
  }
  return [];  // looked up again at each call
}

/** The field of one of these optimizers that holds this tensor, and no variable. */
export function fieldOf(
    tensor: Tensor, optimizers: Iterable<OpenOptimizer>): {optimizer: OpenOptimizer, field: string} | null {
  for (const optimizer of optimizers) {
    const field = Object.keys(optimizer).find(name => isSameTensor(optimizer[name], tensor));
    if (field !== undefined) return {optimizer, field};
  }
  return null;
}

function isSameTensor(value: unknown, tensor: Tensor): boolean {
  return value instanceof tf.Tensor && !(value instanceof tf.Variable) && value.dataId === tensor.dataId;
}

/** Whether these are the same objects and numbers. */
export function sameState(before: readonly unknown[], now: readonly unknown[]): boolean {
  return before.length === now.length && before.every((value, i) => Object.is(value, now[i]));
}
