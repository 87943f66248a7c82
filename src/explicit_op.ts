import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {checkOneCore} from './one_core';
import {tidy} from './tidy';

/** The tensors an op works on, by name; null where an optional one is absent. */
export type OpInputs = {[name: string]: Tensor | null};

/** What a forward leaves for its backward, by name; tensors in it are off the tape. */
export type OpCache = {[name: string]: unknown};

/** One backward rule: the upstream gradient in, the gradient of one input out, in that input's shape. */
export type BackwardRule<I extends OpInputs, O, C extends OpCache> =
    (dout: Tensor, inputs: I, cache: C, options: O, wanted: ReadonlyArray<keyof I>) => Tensor;

/**
 * One rule for several inputs at once, for ops whose gradients fall out of the same pass: it returns the `wanted` ones by
 * name.
 */
export type JointBackwardRule<I extends OpInputs, O, C extends OpCache> =
    (dout: Tensor, inputs: I, cache: C, options: O, wanted: ReadonlyArray<keyof I>) => {[name in keyof I]?: Tensor | null};

/** The two halves of a differentiable op. */
export interface ExplicitOpDefinition<I extends OpInputs, O, C extends OpCache> {
  /** Stands in error messages and in the names of scopes. */
  name: string;
  /** Computes the value. `cache` is handed to the rules as it is; its tensors are kept as long as the tape needs them. */
  forward: (inputs: I, options: O) => {out: Tensor, cache?: C};
  /**
   * A rule for each input that has a gradient; inputs without a rule are constants. Weights that are trained together
   * (trainable variables) and have one and the same function here share one run of it; it runs for the others one by
   * one, as it is told. A single function serves all inputs, and runs once for all as soon as one is asked for.
   */
  backward: {[name in keyof I]?: BackwardRule<I, O, C> | JointBackwardRule<I, O, C>} | JointBackwardRule<I, O, C>;
}

/** A differentiable op: its inputs by name and its options in, its value out. */
export type ExplicitOp<I extends OpInputs, O = undefined> = (inputs: I, options?: O) => Tensor;

/** True while tfjs records operations, so that what is computed now may be differentiated later. */
export function isRecording(): boolean {
  return tf.engine().isTapeOn();
}

/**
 * Makes a differentiable op from a forward and one backward rule per input.
 *
 * Every run of a rule gets a node of its own on the tape, so that the rule of an input nobody differentiates (the
 * images of a first layer, a frozen filter) never runs. The rules run recorded when a second derivative is asked for: a
 * rule made of differentiable operations on `dout` and `inputs` can be differentiated again, to any order. Tensors of
 * `cache` are not on the tape; a rule that uses them must turn to its inputs while `isRecording()`.
 *
 * @param definition `name`, `forward` and `backward`.
 * @returns A function of the inputs (by name) and the options that returns `out`.
 * @throws If an input is no tensor, a rule returns no tensor or one of another shape than its input's.
 *
 * ```js
 * const guidedRelu = explicitOp({
 *   name: 'guidedRelu',
 *   forward: ({x}) => ({out: tf.relu(x)}),
 *   backward: {x: (dout, {x}) => tf.mul(tf.relu(dout), tf.step(x))},
 * });
 * const dx = tf.grad(x => guidedRelu({x}))(tf.tensor1d([-1, 2]));
 * ```
 */
export function explicitOp<I extends OpInputs, O = undefined, C extends OpCache = OpCache>(
    definition: ExplicitOpDefinition<I, O, C>): ExplicitOp<I, O> {
  const pair = explicitForward(definition);
  return (inputs, options) => tidy(() => pair(inputs, options).out);
}

/**
 * Like {@link explicitOp}, for callers that need the cache too: `out` is on the tape, the tensors of `cache` are not,
 * and belong to the caller.
 */
export function explicitForward<I extends OpInputs, O = undefined, C extends OpCache = OpCache>(
    definition: ExplicitOpDefinition<I, O, C>): (inputs: I, options?: O) => {out: Tensor, cache: C} {
  checkDefinition(definition);
  const {name, forward} = definition;
  return (inputs, options) => {
    const given = givenInputs(name, inputs);
    return tidy(() => {
      if (isRecording()) return record(definition, inputs, given, options!);
      const {out, cache} = checkedValue(name, forward(inputs, options!));
      return {out: ownTensor(out, Object.values(given)), cache: cache ?? {} as C};
    });
  };
}

type AnyRule<I extends OpInputs, O, C extends OpCache> = BackwardRule<I, O, C> | JointBackwardRule<I, O, C>;

/** The runs of rules, each with the inputs that share it and its node. */
function runsOf<I extends OpInputs, O, C extends OpCache>(
    backward: ExplicitOpDefinition<I, O, C>['backward'], given: {[name: string]: Tensor}):
    Array<{rule: AnyRule<I, O, C>, group: string[]}> {
  if (typeof backward === 'function') return [{rule: backward, group: Object.keys(given)}];
  const runs: Array<{rule: AnyRule<I, O, C>, group: string[]}> = [];
  for (const name of Object.keys(given)) {
    const rule = Object.hasOwn(backward, name) ? backward[name] : undefined;
    const shared = runs.find(run => run.rule === rule && [...run.group, name].every(key => isTrained(given[key]!)));
    if (shared) {
      shared.group.push(name);
    } else if (rule) {
      runs.push({rule, group: [name]});
    }
  }
  return runs;
}

/** An optimizer asks for all of these or, of a frozen layer, for none. */
function isTrained(input: Tensor): boolean {
  return input instanceof tf.Variable && input.trainable;
}

/** What a rule returned, by name: a single tensor is the gradient of each of its inputs. */
function byName(found: unknown, group: string[]): {[name: string]: Tensor | null | undefined} {
  const isNamed = found !== null && typeof found === 'object' && !(found instanceof tf.Tensor);
  return (isNamed ? found : Object.fromEntries(group.map(key => [key, found]))) as {[name: string]: Tensor};
}

function record<I extends OpInputs, O, C extends OpCache>(
    {name, forward, backward}: ExplicitOpDefinition<I, O, C>, inputs: I, given: {[name: string]: Tensor},
    options: O): {out: Tensor, cache: C} {
  const held: Tensor[] = [];  // the forward's cache, alive until every node has saved it
  let out: Tensor | undefined;
  let cache = {} as C;

  const run = (): Tensor => {
    const result = checkedValue(name, forward(inputs, options));
    cache = mapTensors(result.cache ?? {} as C, tensor => {
      held.push(tf.keep(tf.clone(tensor)));
      return held[held.length - 1]!;
    });
    return ownTensor(result.out, Object.values(given));
  };

  const node = (rule: AnyRule<I, O, C>, group: string[], first: boolean): Tensor => tf.customGrad((...args: unknown[]) => {
    const save = args.pop() as (tensors: Tensor[]) => void;
    const value = first ? run() : tf.clone(out!);
    save([...Object.values(given), ...held]);
    const gradients = (dout: Tensor | Tensor[], saved: Tensor[]): Tensor[] => {
      const names = Object.keys(given);
      const savedInputs = {...inputs, ...Object.fromEntries(names.map((key, i) => [key, saved[i]]))};
      let next = names.length;
      const savedCache = mapTensors(cache, () => saved[next++]!);
      const upstream = dout as Tensor;
      const found = byName(rule(upstream, savedInputs, savedCache, options, group), group);
      return group.map(key => checkedGradient(name, key, found[key], given[key]!, [upstream, ...saved]))
          .map(dx => tieToInputs(dx, saved.slice(0, names.length)));
    };
    return {value, gradFunc: (dout: Tensor | Tensor[], saved: Tensor[]) => freeingTape(() => gradients(dout, saved))};
  })(...group.map(key => given[key]!));

  try {
    const outs = runsOf(backward, given).map(({rule, group}, i) => {
      const value = node(rule, group, i === 0);
      out ??= value;
      return value;
    });
    if (out === undefined) out = constant(run);
    return {out: outs.length > 1 ? join(outs) : out, cache: mapTensors(cache, tensor => tf.clone(tensor))};
  } finally {
    held.forEach(tensor => tensor.dispose());
  }
}

/**
 * tfjs frees what its tape holds only once every rule has returned. Where one throws and no outer derivative needs the
 * tape, it is freed here.
 */
function freeingTape<T>(rule: () => T): T {
  try {
    return rule();
  } catch (error) {
    const {activeTape, gradientDepth} = tf.engine().state;
    if (gradientDepth === 0) activeTape?.forEach(({saved}) => saved?.forEach(tensor => tensor.dispose()));
    throw error;
  }
}

/** A value computed off the tape: no input has a rule. */
function constant(run: () => Tensor): Tensor {
  return tf.customGrad(() => ({value: run(), gradFunc: () => []}))();
}

/** The value of the first of several equal tensors; the gradient flows to each of them in full. */
function join(outs: Tensor[]): Tensor {
  return tf.customGrad((...args: unknown[]) => ({
    value: tf.clone(args[0] as Tensor),
    gradFunc: (dout: Tensor | Tensor[]) => outs.map(() => dout as Tensor),
  }))(...outs);
}

/**
 * Links a gradient to the op's inputs with derivative zero while it is recorded: a second derivative that vanishes
 * by structure (of a convolution by its input, of relu) is then zeros instead of an error.
 */
function tieToInputs(dx: Tensor, inputs: Tensor[]): Tensor {
  if (!isRecording()) return dx;
  const linked = inputs.filter(input => input.dtype === 'float32');
  return tf.customGrad((...args: unknown[]) => ({
    value: tf.clone(args[0] as Tensor),
    gradFunc: (d: Tensor | Tensor[]) => [d as Tensor, ...linked.map(input => tf.zeros(input.shape))],
  }))(dx, ...linked);
}

/** A tensor handed out must not be one that somebody else may dispose. */
function ownTensor(out: Tensor, others: Tensor[]): Tensor {
  return others.includes(out) ? tf.clone(out) : out;
}

function mapTensors<C extends OpCache>(cache: C, f: (tensor: Tensor) => Tensor): C {
  return Object.fromEntries(Object.entries(cache).map(
      ([key, value]) => [key, value instanceof tf.Tensor ? f(value) : value])) as C;
}

function givenInputs(name: string, inputs: OpInputs): {[name: string]: Tensor} {
  if (inputs == null || typeof inputs !== 'object' || inputs instanceof tf.Tensor) {
    throw new Error(`${name}: expected the inputs by name, as in ${name}({x}). Got ${describe(inputs)}.`);
  }
  const given: {[name: string]: Tensor} = {};
  for (const [key, value] of Object.entries(inputs)) {
    if (value == null) continue;
    if (!(value instanceof tf.Tensor)) {
      throw new Error(`${name}: input ${key} must be a tensor or null. Got ${describe(value)}.`);
    }
    checkOneCore(name, `input ${key}`, value);
    given[key] = value;
  }
  return given;
}

function checkedValue<C extends OpCache>(name: string, value: {out: Tensor, cache?: C}): {out: Tensor, cache?: C} {
  if (!(value?.out instanceof tf.Tensor)) {
    throw new Error(`${name}: forward must return {out: a tensor, cache}. Got ` +
        `${value instanceof tf.Tensor || value == null ? describe(value) : `out ${describe(value.out)}`}.`);
  }
  return value;
}

function checkedGradient(
    name: string, key: string, dx: Tensor | null | undefined, input: Tensor, others: Tensor[]): Tensor {
  if (!(dx instanceof tf.Tensor)) {
    throw new Error(`${name}: the backward rule of ${key} must return a tensor. Got ${describe(dx)}.`);
  }
  if (!tf.util.arraysEqual(dx.shape, input.shape)) {
    throw new Error(`${name}: the backward rule of ${key} must return the shape of ${key}, ` +
        `[${input.shape}]. Got [${dx.shape}].`);
  }
  return ownTensor(dx, others);
}

function checkDefinition(definition: {name: string, forward: unknown, backward: unknown}): void {
  if (definition === null || typeof definition !== 'object') {
    throw new Error(`explicitOp: expected {name, forward, backward}. Got ${describe(definition)}.`);
  }
  const {name, forward, backward} = definition;
  const known = ['name', 'forward', 'backward'];
  const unknown = Object.keys(definition).filter(key => !known.includes(key));
  if (unknown.length > 0) {
    throw new Error(`explicitOp: unknown field ${unknown.join(', ')}. Known are ${known.join(', ')}.`);
  }
  if (typeof name !== 'string' || name === '') {
    throw new Error(`explicitOp: name must be a non-empty string. Got ${describe(name)}.`);
  }
  if (typeof forward !== 'function') {
    throw new Error(`explicitOp: forward of ${name} must be a function. Got ${describe(forward)}.`);
  }
  const isRules = backward != null && typeof backward === 'object' &&
      Object.values(backward).every(rule => typeof rule === 'function');
  if (typeof backward !== 'function' && !isRules) {
    throw new Error(`explicitOp: backward of ${name} must be a function per input, as in ` +
        `{x: (dout, {x}) => ...}. Got ${describe(backward)}.`);
  }
}

function describe(value: unknown): string {
  if (value instanceof tf.Tensor) return `a tensor [${value.shape}]`;
  return value === null || typeof value !== 'object' ? String(value) : `a value of type ${value.constructor?.name}`;
}
