/** Seeded values, and properties checked with fast-check. */
import * as fc from 'fast-check';

import {array} from '../../src/reference/array';
import type {ReferenceArray} from '../../src/reference/array';
import {environment} from './backends';
import {seeded} from './numeric_gradient';

/** How values are drawn: anywhere between -2 and 2, or whole numbers from -1 to 1, so that many are equal. */
export type Spread = 'wide' | 'tied';

/** An array of float32 values, the same for the same seed. */
export function randomValues(shape: number[], seed: number, spread: Spread = 'wide'): ReferenceArray {
  const random = seeded(seed);
  const draw = spread === 'wide' ? () => Math.fround(4 * random() - 2) : () => Math.floor(3 * random()) - 1;
  return array(shape, Array.from({length: shape.reduce((size, n) => size * n, 1)}, draw));
}

/** Configurations to a property: SPEC_RUNS, 300 when not set. */
export const propertyRuns = Number(environment('SPEC_RUNS') ?? 300);

/** Where the drawing starts: SPEC_SEED, fixed when not set. */
export const propertySeed = Number(environment('SPEC_SEED') ?? 20231123);

/** Milliseconds that a property may take in all. */
export const propertyTimeout = 1000 + 1000 * propertyRuns;

/**
 * Expects `check` to hold for {@link propertyRuns} drawn configurations. It throws, or rejects, where it does not; the
 * message has the smallest configuration found and the seed to see it again.
 */
export async function expectProperty<T>(configurations: fc.Arbitrary<T>, check: (value: T) => Promise<void>):
    Promise<void> {
  await fc.assert(fc.asyncProperty(configurations, check), {
    numRuns: propertyRuns, seed: propertySeed, endOnFailure: false,
  });
  expect(propertyRuns).toBeGreaterThan(0);
}
