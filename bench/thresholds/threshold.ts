import * as tf from '@tensorflow/tfjs-core';
import type {Tensor4D} from '@tensorflow/tfjs-core';

import type {ConvGeometry} from '../../src/geometry';
import {timePair} from '../timing';
import type {Effort, PairTimes} from '../timing';

/** The two ways of one size. What they make is freed by the caller. */
export type Ways = readonly [first: () => void, other: () => void];

/** A number between two ways, and the sizes at which both are timed. */
export interface Threshold {
  name: string;
  sizes: readonly number[];
  /** Both ways of a size, whose inputs are made first. */
  ways(size: number): Ways;
}

/** What makes each way the one that is taken, whatever the size. */
interface Choice<Table> {
  first: Partial<Table>;
  other: Partial<Table>;
  /** The work of a size, whose inputs are made first. */
  run(size: number): () => void;
  /** What is added to the name where a number has several rows. */
  of?: string;
  /** Sizes beside the number. */
  factors?: readonly number[];
}

/** Half a number, the number, and twice the number. */
export const AROUND = [0.5, 1, 2];

/** A number of a table that kernels read at each call. */
export function numberOf<Table extends {[name: string]: number}>(
  table: Table, name: keyof Table & string, {first, other, run, of, factors = AROUND}: Choice<Table>): Threshold {
  const saved = {...table};
  const by = (change: Partial<Table>, f: () => void) => () => {
    Object.assign(table, change);
    try {
      f();
    } finally {
      Object.assign(table, saved);
    }
  };
  return {
    name: of === undefined ? name : `${name}, ${of}`, sizes: factors.map((factor) => Math.round(table[name]! * factor)),
    ways: (size) => {
      const f = run(size);
      return [by(first, f), by(other, f)];
    },
  };
}

const EFFORT: Effort = {budget: 1000, rounds: [9, 41], warmUp: 2, compared: 0};
/** Milliseconds that a round should take: what is shorter runs several times. */
const ROUND = 5;

/** Both ways of a size, by turns. */
export async function timeWays(threshold: Threshold, size: number): Promise<PairTimes> {
  tf.engine().startScope();
  try {
    const [first, other] = threshold.ways(size);
    tf.tidy(first);  // compiled, and memory taken
    const start = performance.now();
    tf.tidy(first);
    const repeats = Math.max(1, Math.round(ROUND / (performance.now() - start)));
    const side = (way: () => void) => () => {
      for (let i = 0; i < repeats; i++) tf.tidy(way);
      return {};
    };
    return await timePair(side(first), side(other), EFFORT, {ours: repeats, builtIn: repeats});
  } finally {
    tf.engine().endScope();
  }
}

/** Windows one entry apart, without padding, of these images by these filters. */
export function geometry(x: Tensor4D, w: Tensor4D): ConvGeometry {
  const [batch, height, width, channels] = x.shape, [kh, kw, perGroup, filters] = w.shape;
  return {
    batch, channels, inSize: [height, width], kernel: [kh, kw], strides: [1, 1], dilation: [1, 1],
    padding: [[0, 0], [0, 0]], outSize: [height - kh + 1, width - kw + 1], dataFormat: 'channelsLast', filters,
    groups: channels / perGroup,
  };
}
