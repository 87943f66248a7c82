/** One check for every op: its value and its gradients, by each way to them, against the reference. */
import * as tf from '@tensorflow/tfjs-core';
import type * as fc from 'fast-check';

import type {ReferenceArray} from '../../src/reference/array';
import {tidy} from '../../src/tidy';
import {toTensor} from './arrays';
import {assertClose, assertCloseOrNull, leaksOf} from './matchers';
import {numericGradient} from './numeric_gradient';
import {expectProperty, propertyRuns, propertyTimeout, randomValues} from './random';
import {secondOrder, toleranceOf} from './tolerances';
import type {ToleranceName} from './tolerances';

type Arrays = {[input: string]: ReferenceArray | null};
type Tensors = {[input: string]: tf.Tensor | null};

/** An op on given inputs, beside the reference. */
export interface Comparison {
  /** Whose tolerance holds. */
  op: ToleranceName;
  /** The inputs by name, in the reference's layout; null where an optional one is absent. */
  inputs: Arrays;
  /** The axes of an input, of its gradient or of `out` in the op's order, where that differs from the reference's. */
  orders?: {[input: string]: readonly number[] | undefined};
  /** The op's value. */
  run: (inputs: Tensors) => tf.Tensor;
  /** The document's pair: `backward` is the second half, giving a gradient for each input that has one. */
  pair?: (inputs: Tensors) => {out: tf.Tensor, backward: (dout: tf.Tensor) => Tensors};
  /** The reference's value and gradients; an input without a gradient is a constant. */
  reference: (inputs: Arrays) => {out: ReferenceArray, backward: (dout: ReferenceArray) => Arrays};
}

/** Configurations of an op, each to be compared with the reference. */
export interface Agreement<T> {
  op: string;
  /** Named configurations; `second: false` where second derivatives do not exist (at ties) or say nothing. */
  cases: readonly {title: string, one: T, second?: boolean}[];
  /** Small configurations of every kind. */
  random: fc.Arbitrary<T>;
  comparison: (one: T) => Comparison;
}

/** Declares a spec for each case, one for its second derivatives, and one for so many random configurations. */
export function itAgrees<T>({cases, random, comparison}: Agreement<T>, runs = propertyRuns): void {
  for (const {title, one, second} of cases) {
    it(title, () => expectAgreement(comparison(one)));
    if (second !== false) it(`second derivatives ${title}`, () => assertSecondAgreement(comparison(one)));
  }
  it(`${runs} random configurations`, () => expectProperty(random, (one) => assertAgreement(comparison(one)), runs),
    propertyTimeout);
}

/**
 * Throws unless the op agrees with the reference: its value, the gradient of every input through tf.grads, the value of
 * `...Forward` and the gradients of `...Backward`; and unless no tensor is left behind on any of these ways.
 */
export async function assertAgreement(comparison: Comparison, seed = 1): Promise<void> {
  const {inputs, orders = {}, run, pair} = comparison;
  const tolerance = toleranceOf(comparison.op);
  const reference = comparison.reference(inputs);
  const dout = randomValues(reference.out.shape, seed + 1000);
  const gradients = reference.backward(dout);
  const tensors = Object.fromEntries(Object.entries(inputs).map(
    ([name, x]) => [name, x && toTensor(x, orders[name])]));
  const upstream = toTensor(dout, orders['out']);
  const names = Object.keys(gradients).filter((name) => gradients[name]);

  const checkGradients = async (found: Tensors, way: string) => {
    for (const name of Object.keys(gradients)) {
      await assertCloseOrNull(found[name] ?? null, gradients[name] ?? null, tolerance, `${way} d${name}`, orders[name]);
    }
  };
  try {
    await withoutLeaks('the op', () => run(tensors), (out) =>
      assertClose(out, reference.out, tolerance, 'out', orders['out']));
    await withoutLeaks('tf.grads', () => gradientsOf(run, tensors, names, upstream), (found) =>
      checkGradients(found, 'tf.grads'));
    if (!pair) return;
    await withoutLeaks('the pair in tf.tidy', () => tidy(() => {
      const {out, backward} = pair(tensors);
      return {out, found: backward(upstream)};
    }), async ({out, found}) => {
      await assertClose(out, reference.out, tolerance, 'out of Forward', orders['out']);
      await checkGradients(found, 'Backward');
    });
  } finally {
    tf.dispose([upstream, ...Object.values(tensors).filter((tensor) => tensor !== null)]);
  }
}

/** {@link assertAgreement} as a spec's expectation. */
export async function expectAgreement(comparison: Comparison, seed = 1): Promise<void> {
  await assertAgreement(comparison, seed);
  expect(comparison.op).toBeDefined();
}

/** The gradients of the named inputs through tf.grads. */
export function gradientsOf(
    run: (inputs: Tensors) => tf.Tensor, inputs: Tensors, names: string[], dout: tf.Tensor): Tensors {
  const byName = (values: tf.Tensor[]) => Object.fromEntries(names.map((name, i) => [name, values[i]!]));
  const f = (...values: tf.Tensor[]) => run({...inputs, ...byName(values)});
  return byName(tf.grads(f)(names.map((name) => inputs[name]!), dout));
}

/**
 * Throws unless the second derivatives are right, of tf.grads and of `...Backward`: those of sum_j sum(dx_j * v_j) by
 * every input and by dout, against central differences of the reference's backward.
 */
export async function assertSecondAgreement(comparison: Comparison, seed = 1): Promise<void> {
  const {inputs, orders = {}, run, pair, reference} = comparison;
  const dout = randomValues(reference(inputs).out.shape, seed + 1000);
  const firsts = reference(inputs).backward(dout);
  const names = Object.keys(firsts).filter((name) => firsts[name]);
  const directions = Object.fromEntries(names.map((name, i) => [name, randomValues(firsts[name]!.shape, seed + 2000 + i)]));
  const all: Arrays = {...Object.fromEntries(names.map((name) => [name, inputs[name]!])), dout};
  const wanted = Object.fromEntries(Object.keys(all).map((name) => [name, numericGradient((moved) => {
    const {backward} = reference(name === 'dout' ? inputs : {...inputs, [name]: moved});
    const gradients = backward(name === 'dout' ? moved : dout);
    return names.reduce((sum, j) => sum + gradients[j]!.data.reduce((s, g, i) => s + g * directions[j]!.data[i]!, 0), 0);
  }, all[name]!)]));

  const order = (name: string) => orders[name === 'dout' ? 'out' : name];
  await withoutLeaks('a second derivative', () => tidy(() => {
    const tensors = Object.fromEntries(Object.entries({...inputs, dout}).map(
      ([name, x]) => [name, x && toTensor(x, order(name))]));
    const v = Object.fromEntries(names.map((name) => [name, toTensor(directions[name]!, orders[name])]));
    const along = (found: Tensors) => tf.addN(names.map((name) => tf.sum(tf.mul(found[name]!, v[name]!))));
    const {dout: upstream, ...given} = tensors;
    const byGrads = ({dout: d, ...moved}: Tensors) => along(gradientsOf(run, moved, names, d!));
    // Backward need not touch every input (a bias): the derivative by such a one is 0.
    const byPair = ({dout: d, ...moved}: Tensors) => tf.addN([
      along(pair!(moved).backward(d!)), ...names.map((name) => tf.mul(tf.sum(moved[name]!), 0))]);
    const seconds = (f: (moved: Tensors) => tf.Tensor) =>
      gradientsOf((moved) => f(moved), {...given, dout: upstream!}, Object.keys(all), tf.scalar(1));
    return {grads: seconds(byGrads), backward: pair ? seconds(byPair) : null};
  }), async ({grads, backward}) => {
    for (const name of Object.keys(all)) {
      const tolerance = secondOrder(toleranceOf(comparison.op));
      await assertClose(grads[name]!, wanted[name]!, tolerance, `second derivative by ${name}`, order(name));
      if (backward) {
        await assertClose(backward[name]!, wanted[name]!, tolerance, `derivative of Backward by ${name}`, order(name));
      }
    }
  });
  expect(names.length).toBeGreaterThan(0);
}

async function withoutLeaks<T>(way: string, make: () => T, check: (result: T) => Promise<void>): Promise<void> {
  const leaks = await leaksOf(async () => {
    const result = make();
    await check(result);
    return result;
  });
  if (leaks.tensors !== 0 || leaks.buffers !== 0) {
    throw new Error(`${way} leaves ${leaks.tensors} tensors and ${leaks.buffers} data buffers behind`);
  }
}
