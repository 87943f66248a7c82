import * as tf from '@tensorflow/tfjs-core';
import type {io} from '@tensorflow/tfjs-core';

import {damaged} from '../../topology/damaged';
import {own} from '../../topology/dialect';
import {show} from '../../validate';

/** The bytes of all weights in one piece. */
export function joinBuffers(data: io.WeightData | undefined): ArrayBuffer {
  return data === undefined ? new ArrayBuffer(0) : tf.io.CompositeArrayBuffer.join(Array.isArray(data) ? data : [data]);
}

const bytesPerValue: {[dtype: string]: number} = {float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2, complex64: 8};

/** The bytes that a weight takes in a file; NaN where only its contents tell (strings). */
export function byteLengthOf({name, shape, dtype, quantization}: io.WeightsManifestEntry): number {
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw damaged(`the weight '${name}' has the invalid shape ${show(shape)}`);
  }
  return tf.util.sizeFromShape(shape) * (own(bytesPerValue, quantization?.dtype ?? dtype) ?? NaN);
}

/** Where each weight's bytes lie. */
export function slices(specs: readonly io.WeightsManifestEntry[]): {start: number, end: number}[] {
  let end = 0;
  return specs.map((spec) => ({start: end, end: end += byteLengthOf(spec)}));
}

/** The SHA-256 of each weight's bytes; null where the platform has no such function (a page without https). */
export async function digests(bytes: ArrayBuffer, specs: readonly io.WeightsManifestEntry[]): Promise<string[] | null> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (!subtle) return null;
  const found: string[] = [];
  for (const {start, end} of slices(specs)) {
    const hash = new Uint8Array(await subtle.digest('SHA-256', new Uint8Array(bytes, start, end - start)));
    found.push(Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join(''));
  }
  return found;
}
