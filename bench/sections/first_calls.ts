import * as tf from '@tensorflow/tfjs-core';

import type {NodeBackend} from '../../examples/shared/backend';
import {scratchBytes} from '../../src/backends/cpu/scratch';
import {cases} from '../cases';
import {timeOnce} from '../timing';
import {median} from '../../examples/shared/statistics';

/** The first call of an operation of ours in a process, and those after it. */
export interface FirstCallResult {
  name: string;
  firstMs: number;
  /** Median of the later calls. */
  laterMs: number;
  /** Bytes that stay after the first call, and after all later ones. */
  keptBytes: {first: number, later: number};
}

const LATER = 9;

/** The operations, each measured once a process. */
export function firstCallItems(backend: NodeBackend): string[] {
  return cases.filter((one) => one.backends.includes(backend) && !one.name.startsWith('Net'))
    .map(({name}) => `first calls: ${name}`);
}

export async function measureFirstCall(item: string, backend: NodeBackend): Promise<FirstCallResult> {
  const name = item.replace('first calls: ', '');
  const {ours, dispose} = await cases.find((one) => one.name === name)!.make(backend);
  try {
    const before = keptBytes();
    const firstMs = await timeOnce(ours);
    const afterFirst = keptBytes();
    const later: number[] = [];
    for (let i = 0; i < LATER; i++) later.push(await timeOnce(ours));
    return {
      name, firstMs, laterMs: median(later),
      keptBytes: {first: afterFirst - before, later: keptBytes() - afterFirst},
    };
  } finally {
    dispose();
  }
}

function keptBytes(): number {
  return tf.memory().numBytes + scratchBytes();
}
