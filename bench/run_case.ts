import type {NodeBackend} from '../examples/shared/backend';
import type {BenchCase, Side, Sides} from './cases/case';
import {compareResults, WrongResult} from './compare';
import {runOnce, timeInTurn, timePair} from './timing';
import type {Effort} from './timing';
import type {Times} from './statistics';

/** A row: what was measured. */
export interface CaseResult {
  name: string;
  backend: NodeBackend;
  ours: Times;
  /** Null where the built-in side throws. */
  builtIn: Times | null;
  /** Median built-in time / median of ours. */
  ratio: number | null;
  ratioQuartiles: [number, number] | null;
  target: number | null;
  /** How often the results of both sides were compared, and their largest difference. */
  compared: {rounds: number, difference: number} | null;
  /** What the built-in side says where it throws. */
  builtInError: string | null;
}

const TOLERANCE = 1e-4;

/**
 * Compares the two sides of a case, then times them.
 *
 * @throws {WrongResult} If they do not compute the same, or one throws where it should not.
 */
export async function runCase(entry: BenchCase, backend: NodeBackend, effort: Effort): Promise<CaseResult> {
  const sides = await entry.make(backend);
  try {
    const {name} = entry;
    const shared = {name, backend, target: entry.target?.[backend] ?? null};
    if (entry.builtInThrows?.includes(backend)) {
      const builtInError = await errorOf(sides.builtIn);
      const [ours] = await timeInTurn([sides.ours], effort);
      return {...shared, ours: ours!, builtIn: null, ratio: null, ratioQuartiles: null, compared: null, builtInError};
    }
    const compared = await compareSides(entry, sides.compared ?? sides, Math.min(effort.compared, entry.rounds?.[backend] ?? 1));
    const times = await timePair(sides.ours, sides.builtIn, effort, entry.units);
    return {...shared, ...times, compared, builtInError: null};
  } finally {
    sides.dispose();
  }
}

async function compareSides(entry: BenchCase, {ours, builtIn}: Pick<Sides, 'ours' | 'builtIn'>, rounds: number) {
  let difference = 0;
  for (let round = 0; round < rounds; round++) {
    difference = Math.max(difference, await runOnce(ours, (mine) => runOnce(builtIn, (theirs) =>
      compareResults(mine, theirs, entry.tolerance ?? TOLERANCE))));
  }
  return {rounds, difference};
}

async function errorOf(side: Side): Promise<string> {
  try {
    await runOnce(side, () => undefined);
  } catch (error) {
    return (error as Error).message.split('\n')[0]!;
  }
  throw new WrongResult('The built-in side was expected to throw, and did not: compare with it.');
}
