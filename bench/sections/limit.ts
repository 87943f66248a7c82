import * as tf from '@tensorflow/tfjs-core';

import {median} from '../../examples/shared/statistics';
import {disposeNet, randomBatch, stepSide} from '../cases/nets';
import type {Side} from '../cases/case';
import {normal} from '../data';
import {stepFlop} from '../flop';
import {meterOps} from '../meters/tf_ops';
import type {OpTime} from '../meters/tf_ops';
import {builtInNet, explicitNet} from '../nets';
import {FULL, QUICK, timeInTurn, timeOnce} from '../timing';

/** Where the time of a step goes, in milliseconds. */
export interface Breakdown {
  /** Convolutions and products of matrices. */
  arithmetic: number;
  /** Every other op: what it costs is reading and writing. */
  memory: number;
  /** JavaScript between the ops, and what calling an op costs that does nothing. */
  dispatch: number;
  /** A step's ops, the longest first. */
  ops: OpTime[];
}

/** One side's step beside the limit. */
export interface LimitSide {
  ms: number;
  /** Share of the speed of the product of matrices. */
  share: number;
  breakdown: Breakdown;
}

/** How far a step is from what the machine can do. */
export interface LimitResult {
  /** Arithmetic of the step. */
  gflop: number;
  /** Milliseconds of a product of two 1024x1024 matrices, and its GFLOP a second. */
  product: {ms: number, gflops: number};
  /** What calling an op costs that does nothing, in milliseconds. */
  callMs: number;
  ours: LimitSide;
  builtIn: LimitSide;
}

export const limitItems: readonly string[] = ['limit: Net S', 'limit: Net S+BN'];

const SIZE = 1024;
const BATCH = 64;
const ARITHMETIC = /Conv2D|MatMul/;

export async function measureLimit(item: string, quick: boolean): Promise<LimitResult> {
  const effort = quick ? QUICK : FULL;
  const options = {batchNorm: item.endsWith('+BN')};
  const nets = [explicitNet(options), builtInNet(options)] as const;
  const batch = randomBatch(BATCH, 0);
  const matrix = normal<tf.Rank.R2>([SIZE, SIZE], 1);
  try {
    const [ours, builtIn] = [stepSide(nets[0], [batch]), stepSide(nets[1], [batch])];
    const multiply = () => ({out: tf.matMul(matrix, matrix)});
    const [own, other, product] = (await timeInTurn([ours, builtIn, multiply], effort)).map((times) => times.median) as
        [number, number, number];
    const gflop = stepFlop(nets[0], BATCH) / 1e9;
    const gflops = 2 * SIZE ** 3 / 1e6 / product;
    const callMs = await emptyCall();
    const side = async (step: Side, ms: number): Promise<LimitSide> => ({
      ms, share: gflop / (ms / 1000) / gflops, breakdown: await breakdownOf(step, callMs, quick ? 5 : 20),
    });
    return {
      gflop, product: {ms: product, gflops}, callMs,
      ours: await side(ours, own), builtIn: await side(builtIn, other),
    };
  } finally {
    for (const net of nets) disposeNet(net);
    tf.dispose([batch.x, batch.y, matrix]);
  }
}

/** Milliseconds of an op on one number. */
async function emptyCall(): Promise<number> {
  const scalar = tf.scalar(1);
  const calls: number[] = [];
  for (let i = 0; i < 201; i++) {
    const [call] = await meterOps(() => void tf.relu(scalar).dispose());
    calls.push(call!.ms);
  }
  scalar.dispose();
  return median(calls);
}

/** Of the step whose time is in the middle. */
async function breakdownOf(step: Side, callMs: number, steps: number): Promise<Breakdown> {
  const metered: {total: number, ops: OpTime[]}[] = [];
  for (let i = 0; i < steps; i++) {
    let total = 0;
    const ops = await meterOps(async () => {
      total = await timeOnce(step);
    });
    metered.push({total, ops});
  }
  const {total, ops} = metered.sort((a, b) => a.total - b.total)[steps >> 1]!;
  const sum = (some: OpTime[]) => some.reduce((all, {count, ms}) => all + Math.max(0, ms - count * callMs), 0);
  const arithmetic = sum(ops.filter(({op}) => ARITHMETIC.test(op)));
  const memory = sum(ops.filter(({op}) => !ARITHMETIC.test(op)));
  return {arithmetic, memory, dispatch: total - arithmetic - memory, ops};
}
