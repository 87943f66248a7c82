import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, TensorLike} from '@tensorflow/tfjs-core';

import {connect, gradientsOf} from '../explicit_op';
import type {ExplicitOpDefinition, OpCache, OpInputs} from '../explicit_op';
import {checkedOptions} from '../options';
import type {Checked, OptionTable} from '../options';
import {tidy} from '../tidy';
import {checkCache, checkDout, isGone} from '../validate';
import {inverseOf, permuted} from './layout';

/** The inputs of an op as they are given to it, not yet checked. */
export type Given<I> = {[name in keyof I]: Tensor | TensorLike | Extract<I[name], null>};

type Table = OptionTable<{[name: string]: unknown}>;

/** An op: what it is called, what it takes, what it computes and the rules that take its gradient back. */
export interface OpRecord<I extends OpInputs, T extends Table, S, C extends OpCache>
    extends ExplicitOpDefinition<I, S, C> {
  inputs: ReadonlyArray<keyof I & string>;
  options: T;
  /** Checks the inputs by themselves and against the options, and settles all that follows; `op` is the name above. */
  settle: (given: Given<I>, options: Checked<T>, op: string) => {inputs: I, settings: S};
  /**
   * The axes of x in the order in which `forward` and the rules have them; null where that is x's own. `out`, `dout` and
   * `dx` are put in order together with x: each is transposed once, here, whatever the op makes of it.
   */
  order?: (settings: S) => readonly number[] | null;
}

/** What every forward half leaves beside its inputs. */
export interface ForwardCache<S> {
  /** The op that made it. */
  op: string;
  settings: S;
  /** The shape of `out`, and so of dout. */
  outShape: number[];
  /** The shapes of the tensors in the cache, by their names. */
  shapes: {[name: string]: number[]};
}

/** An op that is ready for use. */
export interface Op<I extends OpInputs, T extends Table, S, C extends OpCache> {
  /** The op as users call it. */
  call(given: Given<I>, options: unknown): Tensor;
  /** For layers, which check their options once, with `options` of the record. */
  callChecked(given: Given<I>, options: Checked<T>): Tensor;
  /** The value, and what {@link Op.backward} takes. */
  forward(given: Given<I>, options: unknown): {out: Tensor, cache: I & C & ForwardCache<S>};
  forwardChecked(given: Given<I>, options: Checked<T>): {out: Tensor, cache: I & C & ForwardCache<S>};
  /** The gradients, `d<input>` for each input; null where the input was. */
  backward(dout: Tensor, cache: ForwardCache<S>, name?: string): {[gradient: string]: Tensor | null};
  /** The differentiable op alone, for rules: its inputs are checked and in order. The caller frees what it makes. */
  apply(inputs: I, settings: S): Tensor;
}

/** Makes an op of its record. */
export function defineOp<I extends OpInputs, T extends Table, S, C extends OpCache = OpCache>(
    record: OpRecord<I, T, S, C>): Op<I, T, S, C> {
  const {name, inputs: names, options, settle, order, backward} = record;
  const compute = connect(record);

  const run = (given: Given<I>, checked: Checked<T>, keepsCache: boolean) => {
    const {inputs, settings} = settle(given, checked, name);
    const axes = order?.(settings) ?? null;
    const inside = axes ? {...inputs, x: permuted(inputs['x']!, axes)} : inputs;
    const {out, cache} = compute(inside, settings, keepsCache);
    return {out: axes ? permuted(out, inverseOf(axes)) : out, cache, inside, settings};
  };

  const forwardChecked = (given: Given<I>, checked: Checked<T>) => tidy(() => {
    const {out, cache, inside, settings} = run(given, checked, true);
    const kept = {...inside, ...cache};
    return {out, cache: {op: name, ...kept, settings, outShape: out.shape, shapes: shapesOf(kept)}};
  });

  return {
    call: (given, unchecked) => tidy(() => run(given, checkedOptions(name, options, unchecked), false).out),
    callChecked: (given, checked) => tidy(() => run(given, checked, false).out),
    forward: (given, unchecked) => forwardChecked(given, checkedOptions(name, options, unchecked)),
    forwardChecked,
    backward: (dout, cache, half = `${name}Backward`) => {
      checkCache(half, `${name}Forward`, cache, name);
      return namingDisposed(half, cache, () => tidy(() => {
        const axes = order?.(cache.settings) ?? null;
        const $dout = checkDout(half, dout, cache.outShape);
        const inputs = Object.fromEntries(names.map(key => [key, (cache as unknown as I)[key]])) as unknown as I;
        const upstream = axes ? permuted($dout, axes) : $dout;
        const found = gradientsOf(backward, upstream, inputs, cache as unknown as C, cache.settings);
        const dx = found['x'];
        return named(axes && dx ? {...found, x: permuted(dx, inverseOf(axes))} : found);
      }));
    },
    apply: (inputs, settings) => compute(inputs, settings, false).out,
  };
}

function shapesOf(cache: object): {[name: string]: number[]} {
  const tensors = Object.entries(cache as OpCache).filter((entry): entry is [string, Tensor] => entry[1] instanceof tf.Tensor);
  return Object.fromEntries(tensors.map(([key, {shape}]) => [key, shape]));
}

/** Runs a backward; what it throws over a tensor of the cache that is disposed names that tensor. */
function namingDisposed<T>(half: string, cache: ForwardCache<unknown>, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const gone = Object.keys(cache.shapes ?? {}).find(key => isGone((cache as unknown as OpCache)[key] as Tensor));
    if (gone === undefined) throw error;
    throw new Error(`${half}: cache.${gone} is disposed. Keep what the forward was given and left until its backward has run.`,
        {cause: error});
  }
}

function named(gradients: {[input: string]: Tensor | null | undefined}): {[gradient: string]: Tensor | null} {
  return Object.fromEntries(Object.entries(gradients).map(([input, dx]) => [`d${input}`, dx ?? null]));
}
