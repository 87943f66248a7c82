import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {registerFlag} from '../../flags';
import type {WindowGeometry} from '../../geometry';
import {nodeBackend, nodeBinding} from '../../tfjs_private';
import {floats, int, ints} from './execute';
import {digest} from './native_version';

const flag = registerFlag('EXPLICIT_LAYERS_NATIVE', () => true);

/** By backend, so that one which was rebuilt is asked again: why its addon is of no use, or '' where it is. */
const found = new WeakMap<object, string>();

/** Why the ops of `native/` are not used now, and what to do; empty where they are. */
export function whyNoNativeOps(): string {
  const backend = nodeBinding() && nodeBackend();
  if (!backend) {
    return 'This backend tensorflow is not that of tfjs-node 4.22, whose addon this package extends. ' +
        'Use @tensorflow/tfjs-node of version 4.22.';
  }
  if (!flag.read()) return `The flag ${flag.name} is off. Set it to true for the faster ops of this package.`;
  let why = found.get(backend);
  if (why === undefined) {
    why = tf.tidy(whyNotThisVersion);
    found.set(backend, why);
  }
  return why;
}

/** Whether TensorFlow has the ops of `native/`: where `setup-node` compiled tfjs-node's addon, and the flag is on. */
export function hasNativeOps(): boolean {
  return whyNoNativeOps() === '';
}

function whyNotThisVersion(): string {
  const remedy = 'Run npx tfjs-explicit-layers setup-node.';
  try {
    const version = native('ExplicitVersion', [])[0]!.dataSync();
    const own = version.length === digest.length && digest.every((part, i) => part === version[i]);
    return own ? '' : `tfjs-node's addon has the faster ops of another version of this package. ${remedy}`;
  } catch {
    return `tfjs-node's addon lacks the faster ops of this package. ${remedy}`;
  }
}

/** What an op of `native/` is given beside its tensors. */
export interface NativeAttributes {
  sizes?: number[];
  numbers?: number[];
  /** How many tensors its lists of tensors hold, by the attribute's name. */
  counts?: {[name: string]: number};
}

/** Runs an op of `native/`; null stands for an optional tensor that is absent. */
export function native(
    op: string, inputs: Array<Tensor | null>, {sizes = [], numbers = [], counts = {}}: NativeAttributes = {},
    outputs = 1): Tensor[] {
  const given = inputs.map(input => input ?? tf.tensor1d([]));
  const lengths = Object.entries(counts).map(([name, count]) => int(name, count));
  return nodeBackend()!.executeMultipleOutputs(
      op, [ints('sizes', sizes), floats('numbers', numbers), ...lengths], given, outputs);
}

/** Runs an op of `native/` that has one output. */
export function nativeOne<T extends Tensor>(
    op: string, inputs: Array<Tensor | null>, attributes?: NativeAttributes): T {
  return native(op, inputs, attributes)[0] as T;
}

/** A window without the sizes of tensors, which `native/window.h` takes from the tensors. */
export function windowSizes(g: WindowGeometry): number[] {
  return [...g.kernel, ...g.strides, ...g.dilation, ...g.padding.flat()];
}
