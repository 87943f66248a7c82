import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {second, secondExact} from '../../spec/support/second_order';
import {random, toTensor} from '../../src/checks/verify/case';
import {compare} from '../../src/checks/verify/compare';
import {toleranceOf} from '../../src/checks/verify/tolerances';
import type {ReferenceArray} from '../../src/reference';
import {WrongResult} from './feature';
import type {Feature, Side} from './feature';

/** What came of one side of a feature. */
export interface Outcome {
  verdict: 'works' | 'throws' | 'wrong' | 'gradient throws' | 'gradient wrong' | 'none';
  /** What was wrong, or the error's first line; empty where it works. */
  detail: string;
}

/** Both sides of a feature on one backend. */
export interface Result {
  title: string;
  ours: Outcome;
  builtIn: Outcome;
}

/** Second derivatives take twice as many operations, and their reference is a difference quotient. */
const SECOND_ORDER = 20;

/** Runs the features on the current backend. */
export async function runFeatures(features: readonly Feature[], onProgress: (done: number) => void = () => undefined):
    Promise<Result[]> {
  const results: Result[] = [];
  for (const feature of features) {
    const {title, ours, builtIn} = feature;
    results.push({
      title, ours: await outcomeOf(feature, ours),
      builtIn: builtIn ? await outcomeOf(feature, builtIn) : {verdict: 'none', detail: ''},
    });
    onProgress(results.length);
  }
  return results;
}

async function outcomeOf(feature: Feature, side: Side): Promise<Outcome> {
  const {inputs, exact, op, order} = feature;
  const arrays = Object.values(inputs);
  const names = Object.keys(inputs);
  const tensors = arrays.map(toTensor);
  const tolerance = toleranceOf(op);
  try {
    if (order === 2) {
      const found = second({op: side, exact}, arrays);
      const wanted = secondExact({op: side, exact}, arrays);
      return await judged('', found, wanted, names.map(name => `d2${name}`), SECOND_ORDER * tolerance);
    }
    const {out, backward} = exact(...arrays);
    const value = await judged('', [tf.tidy(() => side(...tensors))], [out], ['out'], tolerance);
    if (value.verdict !== 'works') return value;
    const dout = random(out.shape, 99);
    const wanted = backward(dout).filter(gradient => gradient !== null);
    try {
      const found = tf.tidy(() => tf.engine().gradients(() => side(...tensors), tensors, toTensor(dout)).grads);
      return await judged('gradient ', found, wanted, names.map(name => `d${name}`), tolerance);
    } catch (error) {
      return {verdict: 'gradient throws', detail: firstLine(error)};
    }
  } catch (error) {
    return {verdict: error instanceof WrongResult ? 'wrong' : 'throws', detail: firstLine(error)};
  } finally {
    tf.dispose(tensors);
  }
}

async function judged(
    prefix: '' | 'gradient ', found: Tensor[], wanted: ReferenceArray[], names: string[],
    tolerance: number): Promise<Outcome> {
  try {
    for (const [i, want] of wanted.entries()) {
      const {message} = compare(names[i]!, found[i]!.shape, await found[i]!.data(), want, tolerance);
      if (message) return {verdict: `${prefix}wrong`, detail: message};
    }
    return {verdict: 'works', detail: ''};
  } finally {
    tf.dispose(found);
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.trim();
}
