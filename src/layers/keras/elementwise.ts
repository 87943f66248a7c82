import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {Shape} from '@tensorflow/tfjs-layers';

import {show} from '../../validate';
import {KerasLayer} from './keras_layer';

/** Names are in camel case, which topologies are read in. Of two tensors, or of a tensor and a constant, shapes broadcast. */
const binary: {[op: string]: (a: Tensor, b: Tensor) => Tensor} = {
  add: tf.add, subtract: tf.sub, multiply: tf.mul, divide: tf.div, power: tf.pow, maximum: tf.maximum, minimum: tf.minimum,
  squaredDifference: tf.squaredDifference,
};

/** Of one tensor; `alpha` is the slope, where there is one. */
const unary: {[op: string]: (x: Tensor, args: ElementwiseArgs) => Tensor} = {
  negative: tf.neg, absolute: tf.abs, exp: tf.exp, expm1: tf.expm1, log: tf.log, log1p: tf.log1p, sqrt: tf.sqrt,
  rsqrt: tf.rsqrt, square: tf.square, reciprocal: tf.reciprocal, sin: tf.sin, cos: tf.cos, tan: tf.tan, tanh: tf.tanh,
  sigmoid: tf.sigmoid, sign: tf.sign, floor: tf.floor, ceil: tf.ceil, round: tf.round, erf: tf.erf, softplus: tf.softplus,
  relu: tf.relu, relu6: tf.relu6, selu: tf.selu, identity: (x) => tf.clone(x),
  elu: (x, {alpha}) => (alpha === 1 ? tf.elu(x) : tf.add(tf.relu(x), tf.mul(alpha, tf.expm1(tf.minimum(x, 0))))),
  leakyRelu: (x, {alpha}) => tf.leakyRelu(x, alpha),
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  clip: (x, {min, max}) => {
    const above = min === null ? x : tf.maximum(x, min);
    return max === null ? tf.clone(above) : tf.minimum(above, max);
  },
  softsign: (x) => tf.div(x, tf.add(tf.abs(x), 1)),
  hardSigmoid: (x) => tf.div(tf.relu6(tf.add(x, 3)), 6),
  hardSilu: (x) => tf.mul(x, tf.div(tf.relu6(tf.add(x, 3)), 6)),
  gelu: (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1)),
  /** The approximation that Keras's ops.gelu is by default. */
  geluTanh: (x) => tf.mul(tf.mul(x, 0.5),
      tf.add(tf.tanh(tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.mul(x, tf.square(x)))))), 1)),
  softmax: (x) => tf.softmax(x), logSoftmax: (x) => tf.logSoftmax(x),
};

/** The names of all operations. */
export const operations: readonly string[] = [...Object.keys(binary), ...Object.keys(unary)];

/** Numbers in lists of lists. */
export type Constant = number | Constant[];

/** Arguments of {@link KerasElementwise}. */
export interface ElementwiseArgs {
  op: string;
  /** The operand that is not a tensor; null where all are. */
  constant: Constant | null;
  /** Whether it is the first operand: `3 - x`. */
  constantFirst: boolean;
  alpha: number;
  /** Of clip; null for none. */
  min: number | null;
  max: number | null;
}

/** How many operands an operation has; undefined where there is none of that name. */
export function operandsOf(op: string): 1 | 2 | undefined {
  return Object.hasOwn(binary, op) ? 2 : Object.hasOwn(unary, op) ? 1 : undefined;
}

/** An operation that a Keras file lists among its layers, `a + b` or `x / 255` say: entry by entry, shapes broadcast. */
export class KerasElementwise extends KerasLayer<ElementwiseArgs> {
  /** @nocollapse */
  static readonly className = 'KerasElementwise';
  static readonly defaults: ElementwiseArgs =
    {op: 'identity', constant: null, constantFirst: false, alpha: 1, min: null, max: null};

  constructor(args: ConstructorParameters<typeof KerasLayer<ElementwiseArgs>>[0]) {
    super(args);
    const {op, constant} = this.args;
    if (operandsOf(op) === undefined) {
      throw new Error(`KerasElementwise: op must be one of ${operations.join(', ')}. Got ${show(op)}. Change it in Python.`);
    }
    if (constant !== null && !isConstant(constant)) {
      throw new Error(`KerasElementwise: constant must be a number, or a list of numbers. Got ${show(constant)}. Change it in ` +
          'Python.');
    }
    this.supportsMasking = true;
  }

  protected compute(inputs: Tensor[]): Tensor {
    const {op, constant, constantFirst} = this.args;
    const floats = inputs.map((x) => tf.cast(x, 'float32'));
    if (operandsOf(op) === 1) return unary[op]!(floats[0]!, this.args);
    // One tensor may be both operands: x * x.
    const other = constant === null ? floats[1] ?? floats[0]! : tf.tensor(constant as number[], undefined, 'float32');
    return constantFirst ? binary[op]!(other, floats[0]!) : binary[op]!(floats[0]!, other);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shapes = (Array.isArray(inputShape[0]) ? inputShape : [inputShape]) as Shape[];
    const {constant} = this.args;
    const all = constant === null ? shapes : [...shapes, sizesOf(constant)];
    return all.reduce((a, b) => broadcast(this.name, a, b));
  }
}
tf.serialization.registerClass(KerasElementwise);

/** True for a number, and for lists of such of one length. */
export function isConstant(value: unknown): value is Constant {
  if (!Array.isArray(value)) return typeof value === 'number' && Number.isFinite(value);
  if (value.length === 0 || !value.every(isConstant)) return false;
  const [first, ...others] = value.map((one) => String(sizesOf(one)));
  return others.every((sizes) => sizes === first);
}

function sizesOf(value: Constant): number[] {
  return Array.isArray(value) ? [value.length, ...sizesOf(value[0]!)] : [];
}

function broadcast(name: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const sizes = (shape: Shape, i: number) => (i < rank - shape.length ? 1 : shape[i - rank + shape.length]!);
  return Array.from({length: rank}, (_, i) => {
    const [one, other] = [sizes(a, i), sizes(b, i)];
    if (one === 1) return other;
    if (other === 1 || one === other) return one;
    if (one === null || other === null) return one ?? other;
    throw new Error(`layer '${name}' (KerasElementwise): the shapes ${show(a)} and ${show(b)} do not broadcast. Reshape one of ` +
        'them in Python.');
  });
}
