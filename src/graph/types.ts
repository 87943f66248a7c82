import type {Tensor, Variable} from '@tensorflow/tfjs-core';

import type {NodeAttribute, OpenOptimizer} from '../tfjs_private';

/** How one signature of a step runs. */
export interface GraphStep {
  /** The name of the function, or `train`, `evaluate` or `predict` of a model. */
  step: string;
  /** Shapes and dtypes of the tensors, and other arguments. */
  signature: string;
  runsAs: 'graph' | 'eager';
  /** So many TensorFlow ops are in the graph, or were recorded; 0 where nothing was recorded. */
  ops: number;
  /** Why the step runs as it does. */
  reason: string;
}

/** How the steps of a function or a model run. */
export interface GraphReport {
  steps: GraphStep[];
  toString(): string;
}

/** A value that a step gets from outside, looked up again at each call. */
export type Leaf =
    {kind: 'argument', index: number} |
    {kind: 'variable', variable: Variable} |
    {kind: 'tensor', tensor: Tensor} |
    /** A tensor that an optimizer keeps in a field and may replace: the learning rate of SGD and momentum. */
    {kind: 'field', optimizer: OpenOptimizer, field: string} |
    /** The learning rate of the other optimizers, a number that they make a constant of, times `sign`. */
    {kind: 'learningRate', optimizer: OpenOptimizer, sign: number};

/** A value made of numbers from JavaScript, which must be the same at each call. */
export interface Constant {
  kind: 'constant';
  shape: number[];
  dtype: number;
  bytes: Uint8Array;
  /** The operations of tfjs around it, the outermost first: `dropout`, `randomUniform`. */
  scopes: string[];
}

/** Output number `output` of operation number `operation`. */
export interface OperationOutput {
  kind: 'output';
  operation: number;
  output: number;
}

export interface Fed {
  kind: 'fed';
  leaf: Leaf;
  shape: number[];
  dtype: number;
}

export type Value = Fed | Constant | OperationOutput;

/** One TensorFlow op as it was executed. */
export interface Operation {
  name: string;
  attributes: NodeAttribute[];
  inputs: Value[];
  /** The shape of each output. */
  shapes: number[][];
  scopes: string[];
}

/** What a step did: its operations, and what came of them. */
export interface Recording {
  operations: Operation[];
  outputs: Value[];
  assigned: Array<{variable: Variable, value: Value}>;
  /** Which optimizers ran, and how often each counted an iteration. */
  updates: Array<{optimizer: OpenOptimizer, iterations: number}>;
  /** An optimizer makes its own in the first step; a step that always does cannot be a graph. */
  makesVariables: boolean;
  /** Why the step cannot be run as a graph, whatever another recording says. */
  problem: string | null;
  /** What may make a later call another one although two were the same; it matters where nothing else differs. */
  doubt: string | null;
}
