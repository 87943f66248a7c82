import * as tf from '@tensorflow/tfjs-core';

import type {BenchCase, Side} from '../../bench/cases/case';
import {WrongResult} from '../../bench/compare';
import {runCase} from '../../bench/run_case';
import type {Effort} from '../../bench/timing';
import {backendNames} from '../support/backends';

const effort: Effort = {budget: 20, rounds: [3, 5], warmUp: 1, compared: 2};

/** A case of two sides; `calls` tells who ran when. */
function caseOf(ours: Side, builtIn: Side, rest: Partial<BenchCase> = {}): {entry: BenchCase, calls: string[]} {
  const calls: string[] = [];
  const noted = (name: string, side: Side): Side => () => {
    calls.push(name);
    return side();
  };
  const make = () => ({
    ours: noted('ours', ours), builtIn: noted('built-in', builtIn), dispose: () => void calls.push('disposed'),
  });
  return {entry: {name: 'made up', backends: ['cpu'], make, ...rest}, calls};
}

const busy = (ms: number): Side => () => {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return {out: tf.scalar(1)};
};

describe('bench: a case', () => {
  beforeAll(() => tf.setBackend(backendNames[0]!));

  it('is compared, timed in turn, and freed', async () => {
    const {entry, calls} = caseOf(busy(0.2), busy(20), {target: {cpu: 2}});
    const before = tf.memory().numTensors;
    const result = await runCase(entry, 'cpu', effort);
    expect(result.ratio).toBeGreaterThan(2);
    expect(result.ratio).toBe(result.builtIn!.median / result.ours.median);
    expect(result.compared).toEqual({rounds: 1, difference: 0});
    expect(result.target).toBe(2);
    expect(tf.memory().numTensors).toBe(before);
    expect(calls.at(-1)).toBe('disposed');
    const timed = calls.slice(4, -1);  // after the comparison and one warm-up
    expect(timed.slice(0, 4)).toEqual(['ours', 'built-in', 'built-in', 'ours']);
    expect(timed.filter((name) => name === 'ours').length).toBe(result.ours.samples);
  });

  it('is an error when the faster side is wrong, and is not timed then', async () => {
    const {entry, calls} = caseOf(() => ({out: 1}), () => ({out: 2}));
    await expectAsync(runCase(entry, 'cpu', effort)).toBeRejectedWithError(WrongResult, /out is off by/);
    expect(calls).toEqual(['ours', 'built-in', 'disposed']);
  });

  it('is compared as often as it says, at most as often as the run allows', async () => {
    let step = 0;
    const drifting: Side = () => ({loss: step++ < 1 ? 1 : 2});
    const {entry} = caseOf(drifting, () => ({loss: 1}), {rounds: {cpu: 20}});
    await expectAsync(runCase(entry, 'cpu', effort)).toBeRejectedWithError(WrongResult, /loss is off/);
  });

  it('times ours alone where the built-in side throws', async () => {
    const {entry} = caseOf(busy(1), () => {
      throw new Error('no kernel');
    }, {builtInThrows: ['cpu']});
    const result = await runCase(entry, 'cpu', effort);
    expect(result).toEqual(jasmine.objectContaining({builtIn: null, ratio: null, builtInError: 'no kernel'}));
    expect(result.ours.median).toBeGreaterThan(0);
  });

  it('is an error when the built-in side works where it should throw', async () => {
    const {entry} = caseOf(busy(1), busy(1), {builtInThrows: ['cpu']});
    await expectAsync(runCase(entry, 'cpu', effort)).toBeRejectedWithError(WrongResult, /expected to throw/);
  });

  it('divides by the units of each side', async () => {
    const {entry} = caseOf(busy(1), busy(1), {units: {ours: 1000, builtIn: 1}});
    const result = await runCase(entry, 'cpu', effort);
    expect(result.ratio).toBeGreaterThan(50);  // 1000, but for what disturbs one side
    expect(result.builtIn!.median).toBeGreaterThanOrEqual(1);
  });
});
