import * as tf from '@tensorflow/tfjs-core';

import {defaultKernels} from './default';
import type {KernelInfo, Kernels} from './kernels';
import {seenByTfjs} from './seen';

/** One way in which a backend computes. */
export interface KernelSet {
  readonly kernels: Kernels;
  /** Set where tfjs lists these kernels by itself, because they run as its own. */
  readonly runsAsTfjs?: boolean;
  info(): KernelInfo;
}

const choices = new Map<string, () => KernelSet>();

/**
 * Gives a backend kernels of its own.
 * @param choose Which of its sets it uses now. Asked at each call of {@link kernels}: it has to be cheap, and to give the
 * same table every time that it gives the same set.
 * @returns Takes it back.
 */
export function registerKernels(backend: string, choose: () => KernelSet): () => void {
  const before = choices.get(backend);
  choices.set(backend, choose);
  return () => {
    if (before) choices.set(backend, before);
    else choices.delete(backend);
  };
}

/** The compositions of tfjs operations, used for this reason. */
export function composedSet(reason: string, own: Kernels = defaultKernels): KernelSet {
  return {kernels: own, runsAsTfjs: true, info: () => ({set: 'composed', threads: 1, relaxed: false, reason})};
}

/** The kernels of the current backend. */
export function kernels(): Kernels {
  const set = choices.get(tf.getBackend())?.();
  if (!set) return defaultKernels;
  return set.runsAsTfjs ? set.kernels : seenByTfjs(set.kernels);
}

/** Which kernels the current backend uses now, and where these are not its fastest, why. */
export function kernelInfo(): KernelInfo {
  tf.backend();  // the first use starts it
  const backend = tf.getBackend();
  const set = choices.get(backend)?.() ?? composedSet(
      `This build of tfjs-explicit-layers has no kernels for the backend ${backend}. Use another one, such ` +
      'as cpu, wasm or webgl.');
  return set.info();
}
