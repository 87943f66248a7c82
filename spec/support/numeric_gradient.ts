/**
 * Central differences in float64 over the reference's arrays, and seeded arrays to take them at. At h = 1e-5 and
 * values around 1 a central difference is good to about 1e-9, so a backward can be held to 1e-6.
 */
import {seeded} from '../../src/checks/grad_check/random';
import {array} from '../../src/reference/array';
import type {ReferenceArray} from '../../src/reference/array';

/**
 * The gradient of sum(f(x) * dout) by x, by moving one value at a time:
 *
 *     dx[i] = (sum(f(x + h e_i) * dout) - sum(f(x - h e_i) * dout)) / 2h
 *
 * `f` may return a number, then `dout` is left out. x is not changed.
 */
export function numericGradient(
    f: (x: ReferenceArray) => ReferenceArray | number, x: ReferenceArray, dout?: ReferenceArray,
    h = 1e-5): ReferenceArray {
  const moved = {shape: x.shape, data: x.data.slice()};
  const valueAt = (i: number, value: number): number => {
    moved.data[i] = value;
    return weightedSum(f(moved), dout);
  };
  const dx = x.data.map((value, i) => {
    const difference = (valueAt(i, value + h) - valueAt(i, value - h)) / (2 * h);
    moved.data[i] = value;
    return difference;
  });
  return {shape: [...x.shape], data: dx};
}

/**
 * Expects `got` to equal the numeric gradient `wanted`: the same shape, and every value within `relative` of it,
 * or within `absolute` where it is next to nothing. Not a number is never close.
 */
export function expectGradient(
    got: ReferenceArray | null, wanted: ReferenceArray, label: string, relative = 1e-6, absolute = 1e-9): void {
  if (got === null) {
    fail(`${label} is null`);
    return;
  }
  expect(got.shape).withContext(label).toEqual(wanted.shape);
  const far = [...got.data.keys()].filter((i) => {
    const [a, b] = [got.data[i], wanted.data[i]];
    return !(Math.abs(a - b) <= absolute + relative * Math.max(Math.abs(a), Math.abs(b)));
  });
  expect(far.map((i) => `${label}[${i}] is ${got.data[i]}, numerically ${wanted.data[i]}`)).toEqual([]);
}

/** An array of values between -2 and 2. */
export function randomArray(shape: number[], seed: number): ReferenceArray {
  const random = seeded(seed);
  return array(shape, Array.from({length: shape.reduce((n, size) => n * size, 1)}, () => 4 * random() - 2));
}

/** An array whose values are at least 0.1 apart, in random order: no ties, and a small step makes none. */
export function distinctArray(shape: number[], seed: number): ReferenceArray {
  const order = [...randomArray(shape, seed).data.entries()].sort((a, b) => a[1] - b[1]);
  const values: number[] = [];
  order.forEach(([position], rank) => {
    values[position] = 0.1 * (rank - order.length / 2) + 0.03;
  });
  return array(shape, values);
}

/** Whole numbers from 0 to `levels` - 1: plenty of ties. */
export function tiedArray(shape: number[], levels: number, seed: number): ReferenceArray {
  const random = seeded(seed);
  return array(shape, Array.from({length: shape.reduce((n, size) => n * size, 1)},
    () => Math.floor(levels * random())));
}

function weightedSum(value: ReferenceArray | number, dout?: ReferenceArray): number {
  if (typeof value === 'number') {
    return value;
  }
  return value.data.reduce((sum, entry, i) => sum + entry * (dout?.data[i] ?? 1), 0);
}
