/** Seeded values, and properties checked with fast-check. */
import * as fc from 'fast-check';

import {seeded} from '../../src/checks/grad_check/random';
import {array} from '../../src/reference/array';
import type {ReferenceArray} from '../../src/reference/array';
import {environment} from './backends';

/**
 * How values are drawn: 'wide' anywhere between -2 and 2; 'coarse' multiples of 1/8 there, equal or well apart, since the
 * difference of two near ones has few digits left; 'tied' from -1, 0 and 1, so that many are equal.
 */
export type Spread = 'wide' | 'coarse' | 'tied';

const draws: {[spread in Spread]: (uniform: number) => number} = {
  wide: (u) => Math.fround(4 * u - 2),
  coarse: (u) => Math.floor(32 * u) / 8 - 2,
  tied: (u) => Math.floor(3 * u) - 1,
};

/** An array of float32 values, the same for the same seed. */
export function randomValues(shape: number[], seed: number, spread: Spread = 'wide'): ReferenceArray {
  const random = seeded(seed);
  const size = shape.reduce((product, n) => product * n, 1);
  return array(shape, Array.from({length: size}, () => draws[spread](random())));
}

/** Configurations to a property: SPEC_RUNS, 300 when not set. */
export const propertyRuns = Number(environment('SPEC_RUNS') ?? 300);

/** Where the drawing starts: SPEC_SEED, fixed when not set. */
export const propertySeed = Number(environment('SPEC_SEED') ?? 20231123);

/** Milliseconds that a property may take in all, on a slow and busy machine. */
export const propertyTimeout = 10 * 60_000 + 1000 * propertyRuns;

/**
 * Expects `check` to hold for `runs` drawn configurations. It throws, or rejects, where it does not; the
 * message has the smallest configuration found and the seed to see it again.
 */
export async function expectProperty<T>(
    configurations: fc.Arbitrary<T>, check: (value: T) => Promise<void>, runs = propertyRuns): Promise<void> {
  let done = 0;
  await fc.assert(fc.asyncProperty(configurations, async (value) => {
    await check(value);
    done++;
  }), {numRuns: runs, seed: propertySeed});
  expect(done).toBe(runs);
}
