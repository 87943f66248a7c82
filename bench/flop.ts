import type {LayersModel} from '@tensorflow/tfjs-layers';

import {describe} from '../src/models/describe';

/**
 * Arithmetic of a training step in floating-point operations, a multiplication and an addition counting two: the
 * convolutions and dense layers as the library counts them, without the input gradient of the first.
 */
export function stepFlop(model: LayersModel, batch: number): number {
  const {multiplyAddsForward, multiplyAddsBackward} = describe(model, null, {print: null}).totals;
  return 2 * batch * (multiplyAddsForward! + multiplyAddsBackward!);
}
