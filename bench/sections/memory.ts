import * as tf from '@tensorflow/tfjs-core';

import type {NodeBackend} from '../../examples/shared/backend';
import {disposeNet, randomBatch, stepSide} from '../cases/nets';
import {peakBytes} from '../meters/peak_bytes';
import {builtInNet, explicitNet} from '../nets';
import {timeOnce} from '../timing';

/** The most bytes at any moment of a step. */
export interface PeakResult {
  kind: 'peak';
  batch: number;
  ours: number;
  /** Null where the built-in net cannot train. */
  builtIn: number | null;
}

/** What is alive before and after many steps of ours. */
export interface SteadyResult {
  kind: 'steady';
  steps: number;
  tensors: [number, number];
  bytes: [number, number];
}

const PEAK = 'memory: Net S, peak of a step';
const STEADY = 'memory: tensors over 1,000 steps';

export const memoryItems: readonly string[] = [PEAK, STEADY];

export function measureMemory(item: string, backend: NodeBackend, quick: boolean): Promise<PeakResult | SteadyResult> {
  return item === PEAK ? peak(backend) : steady(quick ? 100 : 1000);
}

async function peak(backend: NodeBackend): Promise<PeakResult> {
  const size = backend === 'cpu' ? 4 : 64;
  const ours = await peakOf('ours', size);
  return {kind: 'peak', batch: size, ours, builtIn: backend === 'wasm' ? null : await peakOf('built-in', size)};
}

/** Of a second step, when the optimizer has what it keeps. */
async function peakOf(side: 'ours' | 'built-in', size: number): Promise<number> {
  const net = side === 'ours' ? explicitNet() : builtInNet();
  const batch = randomBatch(size, 0);
  const step = stepSide(net, [batch]);
  try {
    await timeOnce(step);
    return await peakBytes(() => timeOnce(step));
  } finally {
    disposeNet(net);
    tf.dispose([batch.x, batch.y]);
  }
}

async function steady(steps: number): Promise<SteadyResult> {
  const net = explicitNet({batchNorm: true, image: 8, filters: 4, units: 8});
  const batch = randomBatch(2, 0, 8);
  const step = stepSide(net, [batch]);
  try {
    await step();  // makes what the optimizer keeps
    const before = tf.memory();
    for (let i = 0; i < steps; i++) await step();
    const after = tf.memory();
    return {
      kind: 'steady', steps, tensors: [before.numTensors, after.numTensors], bytes: [before.numBytes, after.numBytes],
    };
  } finally {
    disposeNet(net);
    tf.dispose([batch.x, batch.y]);
  }
}
