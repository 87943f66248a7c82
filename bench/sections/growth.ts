import * as tf from '@tensorflow/tfjs-core';

import {disposeNet, randomBatch, stepSide} from '../cases/nets';
import {stepFlop} from '../flop';
import {peakBytes} from '../meters/peak_bytes';
import {builtInNet, explicitNet} from '../nets';
import {timeOnce, timePair} from '../timing';
import type {Effort} from '../timing';

/** What grows. */
export type Dimension = 'batch' | 'image' | 'channels';

/** A step of one size. */
export interface GrowthPoint {
  value: number;
  /** Arithmetic of the step. */
  flop: number;
  ms: {ours: number, builtIn: number};
  peak: {ours: number, builtIn: number};
}

/** Steps of growing size. */
export interface GrowthResult {
  dimension: Dimension;
  points: GrowthPoint[];
}

/** Sizes of each dimension; the others stay at those of {@link BASE}. */
const SIZES: {[dimension in Dimension]: number[]} = {
  batch: [16, 32, 64, 128, 256],
  image: [16, 32, 64, 128],
  channels: [8, 16, 32, 64, 128],
};

/** Fewer images than in the table where one of them is large. */
export const BASE = {batch: 16, image: 32, channels: 32};

const EFFORT: Effort = {budget: 1500, rounds: [3, 15], warmUp: 1, compared: 0};
const QUICK_EFFORT: Effort = {budget: 300, rounds: [2, 5], warmUp: 1, compared: 0};
const QUICK_SIZES = 3;

export const growthItems: readonly string[] = Object.keys(SIZES).map((dimension) => `growth: ${dimension}`);

export async function measureGrowth(item: string, quick: boolean): Promise<GrowthResult> {
  const dimension = item.replace('growth: ', '') as Dimension;
  const points: GrowthPoint[] = [];
  for (const value of SIZES[dimension].slice(0, quick ? QUICK_SIZES : undefined)) {
    points.push(await measurePoint({...BASE, [dimension]: value}, value, quick ? QUICK_EFFORT : EFFORT));
  }
  return {dimension, points};
}

async function measurePoint({batch, image, channels}: typeof BASE, value: number, effort: Effort): Promise<GrowthPoint> {
  const nets = [explicitNet({image, filters: channels}), builtInNet({image, filters: channels})] as const;
  const images = randomBatch(batch, 0, image);
  try {
    const [ours, builtIn] = [stepSide(nets[0], [images]), stepSide(nets[1], [images])];
    const times = await timePair(ours, builtIn, effort);
    // What both nets keep is counted for each: the other's weights come off.
    const other = nets.map((net) => 2 * net.countParams() * Float32Array.BYTES_PER_ELEMENT);
    return {
      value, flop: stepFlop(nets[0], batch), ms: {ours: times.ours.median, builtIn: times.builtIn.median},
      peak: {
        ours: await peakBytes(() => timeOnce(ours)) - other[1]!,
        builtIn: await peakBytes(() => timeOnce(builtIn)) - other[0]!,
      },
    };
  } finally {
    for (const net of nets) disposeNet(net);
    tf.dispose([images.x, images.y]);
  }
}
