import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {backend, floats, ints} from './execute';

/** Which set of ops `native/` holds; its ExplicitVersion gives the same number. */
const VERSION = 2;

const flag = 'EXPLICIT_LAYERS_NATIVE';
tf.env().registerFlag(flag, () => true);

/** By backend, so that one which was made anew is asked again. */
const found = new WeakMap<object, boolean>();

/**
 * Whether TensorFlow has the ops of `native/`: it has them where `setup-node` compiled tfjs-node's addon. Elsewhere, or
 * after `tf.env().set('EXPLICIT_LAYERS_NATIVE', false)`, TensorFlow's own ops are composed.
 */
export function hasNativeOps(): boolean {
  if (!tf.env().getBool(flag)) return false;
  const key = backend();
  let has = found.get(key);
  if (has === undefined) {
    has = tf.tidy(isThisVersion);
    found.set(key, has);
  }
  return has;
}

function isThisVersion(): boolean {
  try {
    return native('ExplicitVersion', [])[0]!.dataSync()[0] === VERSION;
  } catch {
    return false;
  }
}

/** What an op of `native/` is given beside its tensors. */
export interface NativeAttributes {
  sizes?: number[];
  numbers?: number[];
}

/** Runs an op of `native/`; null stands for an optional tensor that is absent. */
export function native(
    op: string, inputs: Array<Tensor | null>, {sizes = [], numbers = []}: NativeAttributes = {}, outputs = 1): Tensor[] {
  const given = inputs.map(input => input ?? tf.tensor1d([]));
  return backend().executeMultipleOutputs(op, [ints('sizes', sizes), floats('numbers', numbers)], given, outputs);
}
