import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {sidePadding} from '../../geometry';
import type {WindowGeometry} from '../../geometry';

/** An attribute of a TensorFlow op as tfjs-node's binding takes it. */
export interface Attribute {
  name: string;
  type: number;
  value: number | number[] | string | boolean;
}

/** The part of tfjs-node's backend that runs any op of TensorFlow by its name. */
interface NodeBackend {
  binding: {[constant: string]: number};
  executeSingleOutput(name: string, attributes: Attribute[], inputs: Tensor[]): Tensor;
  executeMultipleOutputs(name: string, attributes: Attribute[], inputs: Tensor[], outputs: number): Tensor[];
}

/** The current backend, which has to be tfjs-node's. */
export function backend(): NodeBackend {
  return tf.backend() as unknown as NodeBackend;
}

export const float = (name: string, value: number): Attribute => ({name, type: backend().binding.TF_ATTR_FLOAT!, value});
export const floats = (name: string, value: number[]): Attribute =>
    ({name, type: backend().binding.TF_ATTR_FLOAT!, value});
export const ints = (name: string, value: number[]): Attribute => ({name, type: backend().binding.TF_ATTR_INT!, value});
export const bool = (name: string, value: boolean): Attribute => ({name, type: backend().binding.TF_ATTR_BOOL!, value});
export const text = (name: string, value: string): Attribute => ({name, type: backend().binding.TF_ATTR_STRING!, value});
export const type = (name: string, dtype: 'float32' | 'int32'): Attribute => {
  const {binding} = backend();
  return {name, type: binding.TF_ATTR_TYPE!, value: dtype === 'float32' ? binding.TF_FLOAT! : binding.TF_INT32!};
};

/** Runs a float32 op with one output. */
export function execute<T extends Tensor>(op: string, attributes: Attribute[], inputs: Tensor[]): T {
  return backend().executeSingleOutput(op, [type('T', 'float32'), ...attributes], inputs) as T;
}

/** Runs a float32 op with several outputs. */
export function executeAll(op: string, attributes: Attribute[], inputs: Tensor[], outputs: number): Tensor[] {
  return backend().executeMultipleOutputs(op, [type('T', 'float32'), ...attributes], inputs, outputs);
}

/** 'VALID', 'SAME' or 'EXPLICIT' with its numbers, whichever says the geometry's padding. */
export function paddingAttributes(g: WindowGeometry): Attribute[] {
  const kind = paddingKind(g);
  if (kind !== 'EXPLICIT') return [text('padding', kind)];
  return [text('padding', kind), ints('explicit_paddings', [0, 0, ...g.padding.flat(), 0, 0])];
}

export function paddingKind(g: WindowGeometry): 'VALID' | 'SAME' | 'EXPLICIT' {
  if (g.padding.flat().every(p => p === 0)) return 'VALID';
  const isSame = g.padding.every((sides, i) => {
    const same = sidePadding('same', g.inSize[i]!, g.kernel[i]!, g.strides[i]!, g.dilation[i]!);
    return sides[0] === same[0] && sides[1] === same[1];
  });
  return isSame ? 'SAME' : 'EXPLICIT';
}

/** One pass and one number read tell whether an exact, slower way is needed. */
export function allFinite(x: Tensor): boolean {
  return Number.isFinite(tf.sum(tf.reshape(x, [-1])).dataSync()[0]!);
}
