import * as tf from '@tensorflow/tfjs-core';

import type {Results, Side} from './cases/case';
import {summary} from './statistics';
import type {Times} from './statistics';

/** How long to measure. */
export interface Effort {
  /** Milliseconds for one case, unless `rounds` says more or less. */
  budget: number;
  /** Fewest and most rounds. */
  rounds: [number, number];
  /** Rounds before the clock starts. */
  warmUp: number;
  /** Most rounds that are compared before. */
  compared: number;
}

/** A run whose figures count. */
export const FULL: Effort = {budget: 3000, rounds: [5, 41], warmUp: 2, compared: 20};

/** A run that shows where things stand. */
export const QUICK: Effort = {budget: 800, rounds: [3, 15], warmUp: 1, compared: 3};

/** Both sides' times, and where the middle half of the rounds' own ratios lies. */
export interface PairTimes {
  ours: Times;
  builtIn: Times;
  /** Median built-in time / median of ours. */
  ratio: number;
  ratioQuartiles: [number, number];
}

/** Runs a side and hands its results to `use` before they are freed. */
export async function runOnce<T>(side: Side, use: (results: Results) => T | Promise<T>): Promise<T> {
  tf.engine().startScope();
  try {
    return await use(await side());
  } finally {
    tf.engine().endScope();
  }
}

/** Milliseconds of one round, freeing what it made included. */
export async function timeOnce(side: Side): Promise<number> {
  const start = performance.now();
  await runOnce(side, () => undefined);
  return performance.now() - start;
}

/** Times sides in turn; one alone is fine too. */
export async function timeInTurn(sides: readonly Side[], effort: Effort): Promise<Times[]> {
  return (await rounds(sides, effort)).map(summary);
}

/**
 * Times two sides in turn, so that whatever disturbs the machine disturbs both; who goes first alternates.
 *
 * @param units how much work one round of each side does; times are per unit
 */
export async function timePair(
    ours: Side, builtIn: Side, effort: Effort, units = {ours: 1, builtIn: 1}): Promise<PairTimes> {
  const [a, b] = await rounds([ours, builtIn], effort);
  const [mine, theirs] = [a!.map((ms) => ms / units.ours), b!.map((ms) => ms / units.builtIn)];
  const [own, other] = [summary(mine), summary(theirs)];
  const {quartiles} = summary(mine.map((ms, i) => theirs[i]! / ms));
  return {ours: own, builtIn: other, ratio: other.median / own.median, ratioQuartiles: quartiles};
}

/** Milliseconds of a round from which on few are enough: what disturbs is short beside it. */
const SLOW = 2000;
const FEWEST = 3;

async function rounds(sides: readonly Side[], {budget, rounds: [fewest, most], warmUp}: Effort): Promise<number[][]> {
  let expected = 0;
  for (let i = 0; i < warmUp && expected < SLOW; i++) {
    expected = 0;
    for (const side of sides) expected += await timeOnce(side);
  }
  const count = expected < SLOW ? Math.max(fewest, Math.min(most, Math.floor(budget / expected))) : FEWEST;
  const times = sides.map((): number[] => []);
  for (let round = 0; round < count; round++) {
    const order = sides.map((_, i) => (round % 2 === 0 ? i : sides.length - 1 - i));
    for (const i of order) times[i]!.push(await timeOnce(sides[i]!));
  }
  return times;
}
