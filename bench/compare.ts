import * as tf from '@tensorflow/tfjs-core';

import type {Results} from './cases/case';

/** The two sides do not compute the same: a time would mean nothing. */
export class WrongResult extends Error {}

/**
 * Compares what both sides computed.
 *
 * @returns The largest difference of any result, relative to that result's largest value.
 * @throws {WrongResult} If a result is missing, has another shape, is not a number where the other is one, or is off by
 *     more than `tolerance`.
 */
export async function compareResults(ours: Results, builtIn: Results, tolerance: number): Promise<number> {
  const names = Object.keys(builtIn);
  if (names.length === 0) throw new WrongResult('Nothing to compare.');
  if (names.join() !== Object.keys(ours).join()) {
    throw new WrongResult(`The built-in side has ${names.join(', ')}; ours has ${Object.keys(ours).join(', ')}.`);
  }
  let largest = 0;
  for (const name of names) {
    const difference = await differenceOf(name, ours[name]!, builtIn[name]!);
    if (!(difference <= tolerance)) {
      throw new WrongResult(`${name} is off by ${difference.toExponential(1)} of its largest value, ` +
          `allowed are ${tolerance.toExponential(0)}.`);
    }
    largest = Math.max(largest, difference);
  }
  return largest;
}

async function differenceOf(name: string, ours: Results[string], builtIn: Results[string]): Promise<number> {
  const [a, b] = [await valuesOf(ours), await valuesOf(builtIn)];
  if (a.shape.join() !== b.shape.join()) {
    throw new WrongResult(`${name} has shape [${a.shape}], the built-in one [${b.shape}].`);
  }
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < b.data.length; i++) {
    largest = Math.max(largest, Math.abs(b.data[i]!));
    const off = Math.abs(a.data[i]! - b.data[i]!);
    if (!Number.isFinite(off)) {
      throw new WrongResult(`${name}[${i}] is ${a.data[i]}, the built-in one ${b.data[i]}; both should be finite.`);
    }
    difference = Math.max(difference, off);
  }
  return difference === 0 ? 0 : difference / largest;
}

async function valuesOf(result: Results[string]): Promise<{shape: number[], data: ArrayLike<number>}> {
  if (typeof result === 'number') return {shape: [], data: [result]};
  if (!(result instanceof tf.Tensor)) throw new WrongResult(`Expected a tensor or a number. Got ${String(result)}.`);
  return {shape: result.shape, data: await result.data()};
}
