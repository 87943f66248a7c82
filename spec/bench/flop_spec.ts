import {stepFlop} from '../../bench/flop';
import {builtInNet, explicitNet} from '../../bench/nets';
import {disposeNet} from '../../bench/cases/nets';
import * as tf from '@tensorflow/tfjs-core';
import {backendNames} from '../support/backends';

describe('bench: arithmetic of a step', () => {
  beforeAll(() => tf.setBackend(backendNames[0]!));

  it('counts Net S by hand, forward, filters and inputs but the first', () => {
    const conv1 = 2 * 32 * 32 * 32 * (3 * 3 * 3);
    const conv2 = 2 * 16 * 16 * 64 * (3 * 3 * 32);
    const dense = 2 * (8 * 8 * 64) * 256 + 2 * 256 * 10;
    for (const net of [explicitNet(), builtInNet({batchNorm: true})]) {
      expect(stepFlop(net, 64)).toBe(64 * (2 * conv1 + 3 * conv2 + 3 * dense));
      disposeNet(net);
    }
  });
});
