import type {Tensor} from '@tensorflow/tfjs-core';

import {nodeBackend, nodeBinding} from '../../tfjs_private';
import type {NodeAttribute} from '../../tfjs_private';

// Only called once hasNativeOps() has found tfjs-node's backend with its addon.
const binding = () => nodeBinding()!;

export const floats = (name: string, value: number[]): NodeAttribute =>
    ({name, type: binding().TF_ATTR_FLOAT, value});
export const ints = (name: string, value: number[]): NodeAttribute => ({name, type: binding().TF_ATTR_INT, value});
export const int = (name: string, value: number): NodeAttribute => ({name, type: binding().TF_ATTR_INT, value});
export const bool = (name: string, value: boolean): NodeAttribute => ({name, type: binding().TF_ATTR_BOOL, value});
export const text = (name: string, value: string): NodeAttribute => ({name, type: binding().TF_ATTR_STRING, value});

/** Runs one of TensorFlow's own float32 ops, of one output. A graph in which it is recorded asks for its type. */
export function execute<T extends Tensor>(op: string, attributes: NodeAttribute[], inputs: Tensor[]): T {
  const ofFloats = {name: 'T', type: binding().TF_ATTR_TYPE, value: binding().TF_FLOAT};
  return nodeBackend()!.executeSingleOutput(op, [ofFloats, ...attributes], inputs) as T;
}
