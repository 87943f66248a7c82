/** A flag or `tf.setBackend` between the forward half of an op and its backward half changes no value. */
import * as tf from '@tensorflow/tfjs-core';

import {kernelInfo} from '../../src/backends';
import {assertAgreement} from '../support/agreement';
import type {Comparison} from '../support/agreement';
import {backendNames} from '../support/backends';
import {allAgreements} from '../support/cases';

/** A backend with its own kernels, or without them. */
interface Way {
  backend: string;
  flag?: string;
  isOwn: boolean;
}

const flags: {[backend: string]: string} = {
  tensorflow: 'EXPLICIT_LAYERS_NATIVE', wasm: 'EXPLICIT_LAYERS_WASM_HEAP',
};
const ways = backendNames.flatMap((backend): Way[] => {
  const flag = flags[backend];
  return flag ? [{backend, flag, isOwn: true}, {backend, flag, isOwn: false}] : [{backend, isOwn: true}];
});

/** At once for a backend that has run before. */
function take({backend, flag, isOwn}: Way): void {
  void tf.setBackend(backend);
  if (flag) tf.env().set(flag, isOwn);
  if (tf.getBackend() !== backend || (kernelInfo().set === 'composed') === isOwn) {
    throw new Error(`${backend} computes with the kernels ${kernelInfo().set}. ${kernelInfo().reason}`);
  }
}

function between(before: Way, after: Way, {run, pair, ...comparison}: Comparison): Comparison {
  const inTurn = <T>(forward: () => T): T => {
    take(before);
    const value = forward();
    take(after);
    return value;
  };
  return {
    ...comparison, run: (inputs) => inTurn(() => run(inputs)),
    ...(pair ? {pair: (inputs) => inTurn(() => pair(inputs))} : {}),
  };
}

const nameOf = ({backend, flag, isOwn}: Way) => (flag && !isOwn ? `${backend} without ${flag}` : backend);

const pairs = ways.flatMap((before) => ways.filter((way) => way !== before).map((after) => ({before, after})));

// In a browser a backend runs alone, and cpu has one set of kernels.
if (pairs.length > 0) describe('kernels that change between the halves', () => {
  beforeAll(async () => {
    for (const backend of backendNames) {
      await tf.setBackend(backend);
      tf.dispose(tf.relu(tf.scalar(1)));
    }
  });
  beforeEach(() => tf.engine().startScope());
  afterEach(() => {
    ways.filter(({isOwn}) => isOwn).forEach(take);
    tf.engine().endScope();
  });

  for (const {before, after} of pairs) {
    it(`${nameOf(before)}, then ${nameOf(after)}`, async () => {
      for (const {cases, comparison} of allAgreements) {
        for (const {one} of [cases[0]!, cases.at(-1)!]) await assertAgreement(between(before, after, comparison(one)));
      }
      expect(tf.getBackend()).toBe(after.backend);
    });
  }
});
