import * as tf from '@tensorflow/tfjs-core';

import type {ReferenceArray} from '../../src/reference/array';
import {transposed} from './arrays';
import {exact} from './tolerances';
import type {Tolerance} from './tolerances';

/** What a tensor can be compared with. */
export type Expected = tf.Tensor | ReferenceArray | tf.TensorLike;

/**
 * Expects a tensor to have the shape and the values of `expected`. A value may be off by
 * `relative * |expected| + absolute * max(1, largest |expected|)`; NaN and each Infinity stand exactly where expected.
 *
 * @param order Axes of `expected` in the order of the tensor's, where the two layouts differ.
 */
export async function expectClose(
    actual: tf.Tensor, expected: Expected, tolerance: Tolerance = exact, label = 'value',
    order?: readonly number[]): Promise<void> {
  expect(await differences(actual, expected, tolerance, label, order)).toEqual([]);
}

/** {@link expectClose} that throws, for properties. */
export async function assertClose(
    actual: tf.Tensor, expected: Expected, tolerance: Tolerance = exact, label = 'value',
    order?: readonly number[]): Promise<void> {
  const found = await differences(actual, expected, tolerance, label, order);
  if (found.length > 0) throw new Error(found.join('\n'));
}

/** {@link assertClose} for a gradient that may be absent: null where null is expected. */
export async function assertCloseOrNull(
    actual: tf.Tensor | null, expected: Expected | null, tolerance: Tolerance, label: string,
    order?: readonly number[]): Promise<void> {
  if (expected !== null) await assertClose(actual!, expected, tolerance, label, order);
  else if (actual !== null) throw new Error(`${label} is ${String(actual)}, expected null`);
}

/** What is wrong with a tensor, a line each; nothing where it is as expected. */
async function differences(
    actual: tf.Tensor, expected: Expected, tolerance: Tolerance, label: string,
    order?: readonly number[]): Promise<string[]> {
  const want = await valuesOf(expected, order);
  if (!(actual instanceof tf.Tensor)) return [`${label} is ${String(actual)}, no tensor`];
  if (!tf.util.arraysEqual(actual.shape, want.shape)) {
    return [`${label} has shape [${actual.shape}], expected [${want.shape}]`];
  }
  const got = await actual.data();
  const scale = want.data.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 1);
  const far = want.data.flatMap((w, i) => (isClose(got[i]!, w, tolerance, scale) ? [] : [i]));
  if (far.length === 0) return [];
  return [
    `${label}: ${far.length} of ${got.length} values are off by more than ${tolerance.relative} of themselves + ` +
      `${tolerance.absolute} * ${scale}`,
    ...far.slice(0, 5).map((i) => `${label}[${placeOf(i, want.shape)}] is ${got[i]}, expected ${want.data[i]}`),
  ];
}

/** Whether `got` is `want` within the tolerance; `scale` is the size of the values around. */
export function isClose(got: number, want: number, {relative, absolute}: Tolerance, scale = 1): boolean {
  if (!Number.isFinite(want)) return Object.is(got, want);
  return Math.abs(got - want) <= relative * Math.abs(want) + absolute * scale;
}

/**
 * Expects `f` to leave no tensor and no memory behind but the tensors in its result, which are freed here; those that
 * were there before stay.
 */
export async function expectNoLeaks(f: () => unknown): Promise<void> {
  expect(await leaksOf(f)).toEqual({tensors: 0, buffers: 0});
}

/** How many tensors and data buffers `f` leaves behind beside the tensors in its result, which are freed here. */
export async function leaksOf(f: () => unknown): Promise<{tensors: number, buffers: number}> {
  const before = tf.memory();
  const firstNew = nextTensorId();
  const result = await f();
  newTensors(result, firstNew).forEach((tensor) => tensor.dispose());
  const after = tf.memory();
  return {tensors: after.numTensors - before.numTensors, buffers: after.numDataBuffers - before.numDataBuffers};
}

/** Expects `f` to throw an error with this message, and to leave no tensor behind. */
export async function expectRefusal(f: () => unknown, message: string | RegExp): Promise<void> {
  await expectNoLeaks(() => {
    if (typeof message === 'string') expect(f).toThrowError(message);
    else expect(f).toThrowError(Error, message);
  });
}

function nextTensorId(): number {
  const probe = tf.scalar(0);
  probe.dispose();
  return probe.id;
}

/** Tensors anywhere in `value` that were made after the one with this id. */
function newTensors(value: unknown, firstNew: number, seen = new Set<unknown>()): tf.Tensor[] {
  if (value === null || typeof value !== 'object' || seen.has(value)) return [];
  seen.add(value);
  if (value instanceof tf.Tensor) return value.id > firstNew && !value.isDisposed ? [value] : [];
  return Object.values(value).flatMap((inner) => newTensors(inner, firstNew, seen));
}

async function valuesOf(expected: Expected, order?: readonly number[]): Promise<{shape: number[], data: number[]}> {
  if (expected instanceof tf.Tensor) return {shape: expected.shape, data: Array.from(await expected.data())};
  if (isReferenceArray(expected)) {
    const {shape, data} = transposed(expected, order);
    return {shape, data: Array.from(data)};
  }
  const tensor = tf.tensor(expected as tf.TensorLike);
  const data = Array.from(await tensor.data());
  tensor.dispose();
  return {shape: tensor.shape, data};
}

function isReferenceArray(value: unknown): value is ReferenceArray {
  return typeof value === 'object' && value !== null && 'data' in value && 'shape' in value;
}

function placeOf(i: number, shape: number[]): string {
  return shape.map((size, axis) => {
    const inner = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
    return Math.floor(i / inner) % size;
  }).join(',');
}
