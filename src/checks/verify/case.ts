import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import type {OpName} from '../../catalogue';
import {array} from '../../reference';
import type {ReferenceArray} from '../../reference';
import {seeded} from '../grad_check/random';
import type {Evaluation} from './evaluation';

/** What has cases and a tolerance of its own: the ops, and the layers by the op below them. */
export type VerifiedOp = OpName;

/** The cases of ops. */
export type OpChecks = {[op in VerifiedOp]?: {
  /** How far a float32 result may be from float64, as a part of the largest value of its array. float32 rounds by 6e-8. */
  tolerance: number,
  cases: readonly VerifyCase[],
}};

/** One fixed computation on the backend, and what the reference says of it. */
export interface VerifyCase {
  /** Unlike that of every other case. */
  name: string;
  op: VerifiedOp;
  /** How much worse it is conditioned than the op usually is; the default is 1. */
  factor?: number;
  /** Values by name, computed on the current backend; called in a tidy. */
  compute: () => {[value: string]: Tensor};
  /** The same values in float64. */
  expect: () => {[value: string]: ReferenceArray};
}

/** An op of tensors beside the same in float64. */
export interface OpCase {
  op: VerifiedOp;
  title: string;
  factor?: number;
  /** The inputs by name, in the order of the op; null for one that is left out, and has no gradient. */
  inputs: {[name: string]: ReferenceArray | null};
  /** The op, whatever ranks it asks for. */
  f: (...inputs: never[]) => Tensor;
  exact: (...inputs: never[]) => Evaluation;
  /** The upstream gradient; drawn when absent. */
  dout?: (shape: number[]) => ReferenceArray;
}

/** The value and every gradient of an op. */
export function opCase({op, title, factor, inputs, f, exact, dout}: OpCase): VerifyCase {
  const names = Object.keys(inputs).filter(name => inputs[name] !== null);
  const upstream = (shape: number[]): ReferenceArray => (dout ?? (s => random(s, 99)))(shape);
  return {
    name: `${op} ${title}`, op, factor,
    compute: () => {
      const all = Object.values(inputs).map(value => value && toTensor(value));
      const call = (): Tensor => f(...all as never[]);
      const out = call();
      const {grads} = tf.engine().gradients(call, all.filter(tensor => tensor !== null), toTensor(upstream(out.shape)));
      return {out, ...Object.fromEntries(names.map((name, i) => [`d${name}`, grads[i]!]))};
    },
    expect: () => {
      const {out, backward} = exact(...Object.values(inputs) as never[]);
      const gradients = backward(upstream(out.shape)).filter(gradient => gradient !== null);
      return {out, ...Object.fromEntries(names.map((name, i) => [`d${name}`, gradients[i]!]))};
    },
  };
}

/** A float32 tensor of these values. */
export function toTensor({shape, data}: ReferenceArray): Tensor {
  return tf.tensor(Float32Array.from(data), shape, 'float32');
}

function sizeOf(shape: number[]): number {
  return shape.reduce((size, n) => size * n, 1);
}

/** Float32 values between -2 and 2. */
export function random(shape: number[], seed: number): ReferenceArray {
  const next = seeded(seed);
  return array(shape, Array.from({length: sizeOf(shape)}, () => Math.fround(4 * next() - 2)));
}

/** Whole numbers from -1 to 1: ties, and zeros where relu bends. */
export function tied(shape: number[], seed: number): ReferenceArray {
  const next = seeded(seed);
  return array(shape, Array.from({length: sizeOf(shape)}, () => Math.floor(3 * next()) - 1));
}

/** x in float32, each value replaced by f. */
export function changed(x: ReferenceArray, f: (value: number, i: number) => number): ReferenceArray {
  return array(x.shape, Array.from(x.data, (value, i) => Math.fround(f(value, i))));
}

/** x with some values replaced. */
export function withValues(x: ReferenceArray, values: {[at: number]: number}): ReferenceArray {
  return changed(x, (value, i) => values[i] ?? value);
}
