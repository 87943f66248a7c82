import * as tf from '@tensorflow/tfjs-core';

import {checkedOptions, choice, flag, number} from '../options';
import type {OptionTable} from '../options';
import {checkNumber, show, showShape} from '../validate';
import {checkInput} from './grad_check/input_check';
import type {Settings} from './grad_check/input_check';
import {finishReport} from './grad_check/report';
import type {GradCheckKink, GradCheckReport, GradCheckResult} from './grad_check/report';
import {makeSubject} from './grad_check/subject';
import type {Checkable, CheckInputs, Subject} from './grad_check/subject';
import {firstOrder, randomWeights, secondOrder} from './grad_check/values';
import type {Checked, Values} from './grad_check/values';
import {floatPrecision} from './precision';

/** Options of {@link gradCheck}. */
export interface GradCheckOptions {
  /** 1: the gradients (the default); 2: the gradients of the gradients too, mixed ones included. */
  order?: 1 | 2;
  /** The relative error allowed; the default is 1e-3 where the backend computes in float32, 5e-2 in float16. */
  tolerance?: number;
  /**
   * The largest step, as a part of the spread of an input's entries; the default is 1/25, or 1/4 in float16. It is
   * halved until truncation and rounding errors balance.
   */
  step?: number;
  /** Random directions through each input; the default is 6. */
  directions?: number;
  /** How many single entries of each input are perturbed, chosen at random if there are more; the default is 50. */
  entries?: number;
  /**
   * What is required where the derivatives from left and right differ: 'report' (the default) only lists the entry,
   * since both are subgradients; 'left' and 'right' require that one.
   */
  atKinks?: 'report' | 'left' | 'right';
  /** Seed of the random numbers; the default is 1. */
  seed?: number;
  /** For layers and models: whether to call them as in training. The default is false. */
  training?: boolean;
}

const optionTable = {
  order: {default: 1, check: checkOrderOption},
  tolerance: {default: () => (floatPrecision() === 32 ? 1e-3 : 5e-2), check: checkPositive},
  step: {default: () => (floatPrecision() === 32 ? 1 / 25 : 1 / 4), check: checkPositive},
  directions: {default: 6, check: checkSamples},
  entries: {default: 50, check: checkSamples},
  atKinks: choice(['report', 'left', 'right'], 'report'),
  seed: number(1),
  training: flag(false),
} satisfies OptionTable<GradCheckOptions>;

/**
 * Checks the gradients that tfjs computes for a function, a layer or a model against differences of its values.
 *
 * For each float32 input, and each trainable weight of a layer or model, single entries and random directions are
 * perturbed; the slope comes from central differences at shrinking steps, with an estimate of its error, so that
 * float32's rounding does not fail a correct gradient. Where the function bends (a relu at 0, a tie in max pooling)
 * both one-sided slopes are subgradients: such entries are listed, not counted as errors. It also checks that gradients
 * have the shape of their inputs, that a zero upstream gradient gives zeros, and that two runs agree.
 *
 * @param f Any function of tensors made of tfjs operations that returns a tensor or an array of them; or a layer or a
 * model of tf.layers, whose weights are perturbed for the check and restored.
 * @param inputs The tensor, or the tensors, to call f with; or an object of tensors for functions that take one, as
 * those made by `explicitOp` do. Tensors of another dtype than float32 are constants.
 * @param options See {@link GradCheckOptions}.
 * @returns A promise of the report: `ok`, the worst entry with its index and shape, and `toString()`.
 * @throws If f is not a function, layer or model, inputs are not tensors, nothing is float32, or an option is bad. A
 * gradient that throws is a finding, not an error.
 *
 * ```js
 * const report = await checks.gradCheck((x, w) => ops.conv2d(x, w, null, {strides: 2}), [x, w], {order: 2});
 * console.log(report.ok, report.toString());
 * ```
 */
export async function gradCheck(
    f: Checkable, inputs: CheckInputs, options: GradCheckOptions = {}): Promise<GradCheckReport> {
  const {order, training, ...settings} = checkedOptions('gradCheck', optionTable, options);
  const subject = await makeSubject(f, inputs, training);
  try {
    checkPlaces(subject);
    const parts = {
      backend: tf.getBackend(), precision: floatPrecision(), tolerance: settings.tolerance,
      results: [] as GradCheckResult[], problems: [] as string[], kinks: [] as GradCheckKink[],
    };
    const outputs = await firstOrder(subject).outputs(point(subject));
    const far = outputs.findIndex(out => !out.every(Number.isFinite));
    if (far >= 0) {
      parts.problems.push(`output ${far} is not finite at this point: ${outputs[far]!.find(v => !Number.isFinite(v))}`);
      return finishReport(parts);
    }
    await checkOrder(1, firstOrder(subject), subject, settings, parts);
    if (order === 2) {
      const sizes = outputs.map(out => Math.sqrt(out.reduce((sum, v) => sum + v * v, 0) / out.length) || 1);
      await checkOrder(2, secondOrder(subject, sizes, settings.seed + 1000), subject, settings, parts);
    }
    const {results} = parts;
    if (results.length > 0 && results.every(({entries, directions, bent}) => entries + directions + bent === 0)) {
      parts.problems.push('rounding hides every difference: nothing could be compared');
    }
    return finishReport(parts);
  } finally {
    subject.restore();
  }
}

type Parts = Pick<GradCheckReport, 'precision' | 'results' | 'problems' | 'kinks'>;

async function checkOrder(
    order: 1 | 2, checked: Checked, subject: Subject, settings: Settings, parts: Parts): Promise<void> {
  const at = point(subject);
  try {
    const outputs = await checked.outputs(at);
    const weights = outputs.map((out, k) => randomWeights(out.length, settings.seed + 100 * order + k));
    const gradients = await checked.gradients(at, weights);
    if (await runsDiffer(checked, subject, weights, [...outputs, ...gradients], parts.precision)) {
      parts.problems.push(`order ${order}: two runs at the same point differ: f is random, or changes itself`);
      return;  // differences would say nothing
    }
    parts.problems.push(...await notZeroFromZero(order, checked, subject, weights));
    let next = 0;
    for (const [which, place] of subject.places.entries()) {
      if (!place.differentiable) continue;
      const gradient = gradients[next++]!;
      const claim = {order, checked, places: subject.places, which, weights, outputs, gradient};
      const {result, kinks} = await checkInput(claim, settings);
      if (gradient === null && !result.ok) {
        parts.problems.push(`order ${order}: tfjs has no gradient for ${place.name}, though the value depends on it`);
      }
      parts.results.push(result);
      parts.kinks.push(...kinks);
    }
  } catch (error) {
    // f itself was seen to run: what throws is its gradient.
    parts.problems.push(`order ${order}: the gradient throws: ${(error as Error).message}`);
  }
}

/** Rounding may depend on how threads share the work, so runs may differ by some hundred units in the last place. */
async function runsDiffer(
    checked: Checked, subject: Subject, weights: Float32Array[], first: Values[], precision: 16 | 32):
    Promise<boolean> {
  const again = [...await checked.outputs(point(subject)), ...await checked.gradients(point(subject), weights)];
  const slack = 2 ** (precision === 32 ? -16 : -6);
  return first.some((values, i) => {
    const largest = values?.reduce((most, value) => Math.max(most, Math.abs(value)), 0) ?? 0;
    return values?.some((value, j) => Math.abs(value - again[i]![j]!) > slack * largest) ?? false;
  });
}

async function notZeroFromZero(
    order: number, checked: Checked, subject: Subject, weights: Float32Array[]): Promise<string[]> {
  const zero = await checked.gradients(point(subject), weights.map(w => new Float32Array(w.length)));
  const places = subject.places.filter(place => place.differentiable);
  return zero.flatMap((gradient, i) => {
    const value = gradient?.find(v => v !== 0);
    return value === undefined ? [] :
        [`order ${order}: the gradient of ${places[i]!.name} holds ${value} though the upstream gradient is zero`];
  });
}

function point(subject: Subject) {
  return subject.places.map(place => place.values);
}

function checkPlaces({places}: Subject): void {
  const empty = places.find(place => place.values.length === 0);
  if (empty) {
    throw new Error(`gradCheck: ${empty.name} is empty: ${showShape(empty.shape)}. Pass one whose sizes are all at least 1.`);
  }
  if (!places.some(place => place.differentiable)) {
    throw new Error('gradCheck: no input is float32, so nothing has a gradient. Cast one, or check a function of a ' +
        'float32 input.');
  }
}

function checkOrderOption(op: string, option: string, value: unknown): 1 | 2 {
  if (value === 1 || value === 2) return value;
  throw new Error(`${op}: ${option} must be 1 or 2. Got ${show(value)}. Leave it out for first derivatives only.`);
}

function checkPositive(op: string, option: string, value: unknown): number {
  const given = checkNumber(op, option, value, 0);
  if (given > 0) return given;
  throw new Error(`${op}: ${option} must be more than 0 and finite. Got ${show(value)}. Leave it out for the default.`);
}

function checkSamples(op: string, option: string, value: unknown): number {
  const all = option === 'entries';
  if ((Number.isInteger(value) && (value as number) >= 0) || (all && value === Infinity)) return value as number;
  throw new Error(`${op}: ${option} must be a whole number of at least 0${all ? ', or Infinity for all' : ''}. ` +
      `Got ${show(value)}. Leave it out for the default.`);
}
