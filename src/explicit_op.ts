import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {freeingTape} from './abandoned_tape';
import {checkOneCore} from './one_core';
import {beforeGradient, isTapeOn, sharingClones, tellsWhatIsAsked} from './tfjs_private';
import {tidy} from './tidy';

/** The tensors an op works on, by name; null where an optional one is absent. */
export type OpInputs = {[name: string]: Tensor | null};

/** The inputs of an op that does not say which it takes: each of them is there. */
export type GivenInputs = {[name: string]: Tensor};

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

/** One rule that some of the inputs share: it runs once for those of them that are differentiated. */
export interface SharedBackwardRule<I extends OpInputs, O, C extends OpCache> {
  rule: JointBackwardRule<I, O, C> | BackwardRule<I, O, C>;
  /** The inputs whose gradients it returns. */
  of: ReadonlyArray<keyof I & string>;
}

/** A rule for each input that has a gradient, and one that some of them share. */
export type BackwardRules<I extends OpInputs, O, C extends OpCache> =
    {[name in keyof I]?: BackwardRule<I, O, C> | JointBackwardRule<I, O, C>} &
    {shared?: SharedBackwardRule<I, O, C> | undefined};

/** The two halves of a differentiable op. */
export interface ExplicitOpDefinition<I extends OpInputs, O, C extends OpCache> {
  /** Used in error messages and in the names of scopes. */
  name: string;
  /** Computes the value. `cache` is handed to the rules as it is; its tensors are kept as long as the tape needs them. */
  forward: (inputs: I, options: O) => {out: Tensor, cache?: C};
  /**
   * A rule for each input that has a gradient; inputs without a rule are constants. Each rule runs for its own input, and
   * only if that is differentiated. Gradients that fall out of the same pass have one rule under `shared`,
   * `{x: rule, shared: {rule, of: ['w', 'b']}}`: it runs once, for those of its inputs that are differentiated. A single
   * function serves all inputs, and runs once for all as soon as one is asked for.
   */
  backward: BackwardRules<I, O, C> | JointBackwardRule<I, O, C>;
}

/** A differentiable op: its inputs by name and its options in, its value out. */
export type ExplicitOp<I extends OpInputs, O = undefined> = (inputs: I, options?: O) => Tensor;

/**
 * True while tfjs records operations, so that what is computed now may be differentiated later. Where tfjs does not say,
 * it counts as recording: rules then take the formulas that can be differentiated.
 */
export function isRecording(): boolean {
  return isTapeOn() ?? true;
}

/**
 * Makes a differentiable op from a forward and one backward rule per input.
 *
 * The op is one node on the tape, and the rule of an input that nobody differentiates (the images of a first layer, a
 * frozen filter) never runs. The rules run recorded when a second derivative is asked for: a
 * rule made of differentiable operations on `dout` and `inputs` can be differentiated again, to any order. Tensors of
 * `cache` are not on the tape; a rule that uses them must compute from its inputs while `isRecording()`.
 *
 * @param definition `name`, `forward` and `backward`.
 * @returns A function of the inputs (by name) and the options that returns `out`.
 * @throws If an input is not a tensor, a rule returns no tensor or one of another shape than its input's.
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
export function explicitOp<I extends OpInputs = GivenInputs, O = undefined, C extends OpCache = OpCache>(
    definition: ExplicitOpDefinition<I, O, C>): ExplicitOp<I, O> {
  checkDefinition(definition);
  const compute = connect(definition);
  return (inputs, options) => {
    checkInputs(definition.name, inputs);
    return tidy(() => compute(inputs, options!, false).out);
  };
}

/** `out` on the tape, and the cache, if it is wanted, off it. */
export type Compute<I extends OpInputs, O, C extends OpCache> =
    (inputs: I, options: O, keepsCache: boolean) => {out: Tensor, cache: C};

/** The op of a definition whose inputs are checked already, for a caller that frees what is made on the way. */
export function connect<I extends OpInputs, O, C extends OpCache>(
    definition: ExplicitOpDefinition<I, O, C>): Compute<I, O, C> {
  const {name, forward} = definition;
  const runs = runsOf(definition.backward);
  return (inputs, options, keepsCache) => {
    const given = withoutNull(inputs);
    if (isRecording()) return record(definition, runs, inputs, given, options, keepsCache);
    const {out, cache} = checkedValue(name, forward(inputs, options));
    return {out: ownTensor(out, Object.values(given)), cache: cache ?? {} as C};
  };
}

/** The gradients of all inputs that have a rule, by name, null for an absent one; the rules run off any node. */
export function gradientsOf<I extends OpInputs, O, C extends OpCache>(
    backward: ExplicitOpDefinition<I, O, C>['backward'], dout: Tensor, inputs: I, cache: C,
    options: O): {[name in keyof I]?: Tensor | null} {
  const found = runsOf(backward).map(({rule, of}) => {
    const group = of ?? Object.keys(inputs);
    const wanted = group.filter(name => inputs[name]);
    const absent = Object.fromEntries(group.map(name => [name, null]));
    return wanted.length > 0 ? {...absent, ...byName(rule(dout, inputs, cache, options, wanted), wanted)} : absent;
  });
  return Object.assign({}, ...found) as {[name in keyof I]?: Tensor | null};
}

type AnyRule<I extends OpInputs, O, C extends OpCache> = BackwardRule<I, O, C> | JointBackwardRule<I, O, C>;

/** A rule and the inputs it is for: all where `of` is null, and then it runs for all. */
interface Run<I extends OpInputs, O, C extends OpCache> {
  rule: AnyRule<I, O, C>;
  of: readonly string[] | null;
}

function runsOf<I extends OpInputs, O, C extends OpCache>(
    backward: ExplicitOpDefinition<I, O, C>['backward']): Array<Run<I, O, C>> {
  if (typeof backward === 'function') return [{rule: backward, of: null}];
  return Object.entries(backward as {[name: string]: AnyRule<I, O, C> | SharedBackwardRule<I, O, C>}).map(
      ([name, rule]) => (typeof rule === 'function' ? {rule, of: [name]} : rule));
}

/** What a rule returned, by name: a single tensor is the gradient of each of its inputs. */
function byName(found: unknown, group: readonly string[]): {[name: string]: Tensor | null | undefined} {
  const isNamed = found !== null && typeof found === 'object' && !(found instanceof tf.Tensor);
  return (isNamed ? found : Object.fromEntries(group.map(key => [key, found]))) as {[name: string]: Tensor};
}

function record<I extends OpInputs, O, C extends OpCache>(
    {name, forward}: ExplicitOpDefinition<I, O, C>, runs: Array<Run<I, O, C>>, inputs: I,
    given: {[name: string]: Tensor}, options: O, keepsCache: boolean): {out: Tensor, cache: C} {
  const names = Object.keys(given);
  const tensors = Object.values(given);
  const held: Tensor[] = [];  // the forward's cache, alive until every node has saved it
  let out: Tensor | undefined;
  let cache = {} as C;

  const value = (): Tensor => {
    if (out) return clone(out);
    const result = checkedValue(name, forward(inputs, options));
    if (result.cache) {
      cache = mapTensors(result.cache, tensor => {
        held.push(tf.keep(clone(tensor)));
        return held[held.length - 1]!;
      });
    }
    return ownTensor(result.out, tensors);
  };

  /** The gradients of the inputs that are `asked` for, by name. */
  const gradients = (dout: Tensor, saved: Tensor[], asked: readonly string[]): {[name: string]: Tensor} => {
    const savedInputs = {...inputs};
    names.forEach((key, i) => (savedInputs as OpInputs)[key] = saved[i]!);
    let next = names.length;
    const savedCache = mapTensors(cache, () => saved[next++]!);
    const others = [dout, ...saved];
    const found: {[name: string]: Tensor} = {};
    for (const {rule, of} of runs) {
      const wanted = of ? asked.filter(key => of.includes(key)) : names;
      if (wanted.length === 0) continue;
      const results = byName(rule(dout, savedInputs, savedCache, options, wanted), wanted);
      for (const key of wanted) {
        const dx = checkedGradient(name, key, results[key], given[key]!, others);
        others.push(dx);
        found[key] = tieToInputs(dx, saved.slice(0, names.length));
      }
    }
    return found;
  };

  const node = (group: readonly string[]): Tensor => {
    let asked = group;
    const result = tf.customGrad((...args: unknown[]) => {
      const computed = value();
      sharingClones(() => (args.at(-1) as (saved: Tensor[]) => void)([...tensors, ...held]));
      return {
        value: computed,
        gradFunc: (dout: Tensor | Tensor[], saved: Tensor[]) => {
          const found = freeingTape(() => gradients(dout as Tensor, saved, asked));
          return group.map(key => found[key] ?? dout as Tensor);  // tfjs wants a tensor where it looks at none
        },
      };
    })(...group.map(key => given[key]!));
    beforeGradient(result, places => asked = places.map(place => group[place]!));
    return result;
  };

  try {
    const outs = nodesOf(runs, names).map(group => {
      const result = node(group);
      out ??= result;
      return result;
    });
    out ??= constant(value);
    return {
      out: outs.length > 1 ? join(outs) : out,
      cache: keepsCache ? mapTensors(cache, clone) : cache,
    };
  } finally {
    held.forEach(tensor => tensor.dispose());
  }
}

/**
 * The inputs of each node on the tape. One node serves all where it hears which of them are differentiated; elsewhere
 * each has its own, so that the tape leaves out those which nobody differentiates.
 */
function nodesOf(runs: ReadonlyArray<{of: readonly string[] | null}>, names: readonly string[]): Array<readonly string[]> {
  const ruled = names.filter(key => runs.some(({of}) => of?.includes(key) ?? true));
  const isOne = ruled.length < 2 || runs.some(({of}) => of === null) || tellsWhatIsAsked();
  return isOne ? [ruled].filter(group => group.length > 0) : ruled.map(key => [key]);
}

/** A value computed off the tape: no input has a rule. */
function constant(run: () => Tensor): Tensor {
  return tf.customGrad(() => ({value: run(), gradFunc: () => []}))();
}

/** The value of the first of several equal tensors; the gradient flows to each of them in full. */
function join(outs: Tensor[]): Tensor {
  return tf.customGrad((...args: unknown[]) => ({
    value: clone(args[0] as Tensor),
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
    value: clone(args[0] as Tensor),
    gradFunc: (d: Tensor | Tensor[]) => [d as Tensor, ...linked.map(input => tf.zeros(input.shape))],
  }))(dx, ...linked);
}

/** A tensor handed out must not be one that somebody else may dispose. */
function ownTensor(out: Tensor, others: Tensor[]): Tensor {
  return others.includes(out) ? clone(out) : out;
}

function clone(x: Tensor): Tensor {
  return sharingClones(() => tf.clone(x));
}

function mapTensors<C extends OpCache>(cache: C, f: (tensor: Tensor) => Tensor): C {
  return Object.fromEntries(Object.entries(cache).map(
      ([key, value]) => [key, value instanceof tf.Tensor ? f(value) : value])) as C;
}

function withoutNull(inputs: OpInputs): {[name: string]: Tensor} {
  const given: {[name: string]: Tensor} = {};
  for (const key in inputs) {
    const value = inputs[key];
    if (value) given[key] = value;
  }
  return given;
}

function checkInputs(name: string, inputs: OpInputs): void {
  if (inputs == null || typeof inputs !== 'object' || inputs instanceof tf.Tensor) {
    throw new Error(`${name}: expected the inputs by name, as in ${name}({x}). Got ${describe(inputs)}. Pass such an object.`);
  }
  for (const [key, value] of Object.entries(inputs)) {
    if (value == null) continue;
    if (!(value instanceof tf.Tensor)) {
      throw new Error(`${name}: input ${key} must be a tensor or null. Got ${describe(value)}. Make one of it with tf.tensor.`);
    }
    checkOneCore(name, `input ${key}`, value);
  }
}

function checkedValue<C extends OpCache>(name: string, value: {out: Tensor, cache?: C}): {out: Tensor, cache?: C} {
  if (!(value?.out instanceof tf.Tensor)) {
    throw new Error(`${name}: forward must return {out: a tensor, cache}. Got ` +
        `${value instanceof tf.Tensor || value == null ? describe(value) : `out ${describe(value.out)}`}. Return such an ` +
        'object.');
  }
  return value;
}

function checkedGradient(
    name: string, key: string, dx: Tensor | null | undefined, input: Tensor, others: Tensor[]): Tensor {
  if (!(dx instanceof tf.Tensor)) {
    throw new Error(`${name}: the backward rule of ${key} must return a tensor. Got ${describe(dx)}. Return the gradient ` +
        `with respect to ${key}.`);
  }
  if (!tf.util.arraysEqual(dx.shape, input.shape)) {
    throw new Error(`${name}: the backward rule of ${key} must return the shape of ${key}, ` +
        `[${input.shape}]. Got [${dx.shape}]. Sum it over the axes that forward broadcasts, or reshape it.`);
  }
  return ownTensor(dx, others);
}

function checkDefinition(definition: {name: string, forward: unknown, backward: unknown}): void {
  if (definition === null || typeof definition !== 'object') {
    throw new Error(`explicitOp: expected {name, forward, backward}. Got ${describe(definition)}. Pass such an object.`);
  }
  const {name, forward, backward} = definition;
  const known = ['name', 'forward', 'backward'];
  const unknown = Object.keys(definition).filter(key => !known.includes(key));
  if (unknown.length > 0) {
    throw new Error(`explicitOp: unknown field ${unknown.join(', ')}. Known are ${known.join(', ')}. Check its ` +
        'spelling, or remove it.');
  }
  if (typeof name !== 'string' || name === '') {
    throw new Error(`explicitOp: name must be a non-empty string. Got ${describe(name)}. Give the op a name.`);
  }
  if (typeof forward !== 'function') {
    throw new Error(`explicitOp: forward of ${name} must be a function. Got ${describe(forward)}. Pass one, as in ` +
        '({x}) => ({out: tf.exp(x)}).');
  }
  const isRules = backward != null && typeof backward === 'object' && Object.entries(backward).every(
      ([key, rule]) => typeof rule === 'function' || (key === 'shared' && isShared(rule)));
  if (typeof backward !== 'function' && !isRules) {
    throw new Error(`explicitOp: backward of ${name} must be a function per input, as in ` +
        `{x: (dout, {x}) => ...}. Got ${describe(backward)}. Pass such an object.`);
  }
}

function isShared(value: {rule?: unknown, of?: unknown} | null): boolean {
  return typeof value?.rule === 'function' && Array.isArray(value.of) && value.of.every(key => typeof key === 'string');
}

function describe(value: unknown): string {
  if (value instanceof tf.Tensor) return `a tensor [${value.shape}]`;
  return value === null || typeof value !== 'object' ? String(value) : `a value of type ${value.constructor?.name}`;
}
