import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {kernels} from '../backends';

/**
 * A hash of 32 bits to 32 bits, one to one ("lowbias32" of Chris Wellons' hash prospector): multiplications and shifts
 * that every backend does exactly.
 */
export function mixed(value: number): number {
  let v = value | 0;
  v = Math.imul(v ^ (v >>> 16), 0x7feb352d);
  v = Math.imul(v ^ (v >>> 15), 0x846ca68b);
  return (v ^ (v >>> 16)) >>> 0;
}

/** The two keys of a call: what stands at a place is hash(hash(place ^ first) ^ second). */
export function keysOf(seed: number, call: number): [number, number] {
  const first = mixed(mixed(seed) + call);
  return [first, mixed(first + 0x9e3779b9)];
}

/** A place is dropped where its hash, from 0 to 2^32 - 1, is below this. */
export function thresholdOf(rate: number): number {
  return Math.floor(rate * 2 ** 32);
}

/** What a kept entry is multiplied with; where none is kept it does not matter. */
export function scaleOf(rate: number): number {
  return rate < 1 ? 1 / (1 - rate) : 0;
}

/**
 * 1 / (1 - rate) at the places that are kept, 0 at those that are dropped: a hash of seed, call number and place, the same
 * on every backend.
 * @param seed A whole number, of which 32 bits count.
 * @param call How many masks this seed has made before, a scalar int32.
 * @param shape Places are counted along it, the last axis fastest.
 */
export function dropoutMask(seed: number, call: Tensor, shape: number[], rate: number): Tensor {
  return kernels().dropoutMask?.(seed, call, shape, thresholdOf(rate), scaleOf(rate)) ??
      tf.tensor(maskValues(seed, call.dataSync()[0]!, tf.util.sizeFromShape(shape), rate), shape);
}

/** The entries of {@link dropoutMask}. */
export function maskValues(seed: number, call: number, size: number, rate: number): Float32Array {
  const [first, second] = keysOf(seed, call);
  const [threshold, scale] = [thresholdOf(rate), scaleOf(rate)];
  const values = new Float32Array(size);
  for (let place = 0; place < size; place++) {
    if (mixed(mixed(place ^ first) ^ second) >= threshold) values[place] = scale;
  }
  return values;
}
