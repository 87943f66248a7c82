import * as tf from '@tensorflow/tfjs-core';
import type {NamedAttrMap, Tensor} from '@tensorflow/tfjs-core';

import {activeProfile} from '../tfjs_private';
import {defaultKernels} from './default';
import type {Kernels} from './kernels';

type Kernel = (...args: unknown[]) => unknown;

const seen = new WeakMap<Kernels, Kernels>();

/**
 * The same kernels, each run as one of tfjs's own while `tf.profile` or debug mode watches: they are listed, timed and
 * looked through for NaN by their name. Nobody watches nearly always, and nothing is between an op and its kernel.
 */
export function seenByTfjs(table: Kernels): Kernels {
  if (!activeProfile() && !tf.env().getBool('DEBUG')) return table;
  let watched = seen.get(table);
  if (watched === undefined) {
    watched = Object.fromEntries(Object.entries(table).map(([name, kernel]) =>
      [name, isComposed(name, kernel as Kernel) ? kernel : asKernel(name, kernel as Kernel)])) as unknown as Kernels;
    seen.set(table, watched);
  }
  return watched;
}

/** What is made of tfjs's operations is seen as these. */
function isComposed(name: string, kernel: Kernel): boolean {
  return (defaultKernels as unknown as {[name: string]: unknown})[name] === kernel;
}

/** What one call comes to: a kernel of tfjs gives nothing but tensors, and its timer swallows what it throws. */
interface Outcome {
  result?: unknown;
  error?: unknown;
}

function asKernel(name: string, kernel: Kernel): Kernel {
  const kernelName = `Explicit${name[0]!.toUpperCase()}${name.slice(1)}`;
  return (...args) => {
    const backendName = tf.getBackend();
    if (tf.getKernel(kernelName, backendName) == null) {
      const kernelFunc: tf.KernelFunc = ({attrs}) => (attrs as unknown as {run: () => Tensor[]}).run();
      tf.registerKernel({kernelName, backendName, kernelFunc});
    }
    const outcome: Outcome = {};
    const run = (): Tensor[] => {
      try {
        outcome.result = kernel(...args);
      } catch (error) {
        outcome.error = error;
      }
      return tensorsOf(outcome.result);
    };
    const listed = activeProfile()?.kernels.length ?? 0;
    tf.engine().runKernel(kernelName, inputsOf(args), {run} as unknown as NamedAttrMap);
    if (!tensorsOf(outcome.result).length) activeProfile()?.kernels.splice(listed);  // it did not serve
    if ('error' in outcome) throw outcome.error;
    return outcome.result;
  };
}

function inputsOf(args: unknown[]): {[name: string]: Tensor} {
  return Object.fromEntries(args.flatMap(tensorsOf).map((tensor, i) => [`input${i}`, tensor]));
}

/** A tensor, or those in the fields of an object. */
function tensorsOf(value: unknown): Tensor[] {
  if (value instanceof tf.Tensor) return [value];
  return value !== null && typeof value === 'object' ?
      Object.values(value).filter(field => field instanceof tf.Tensor) as Tensor[] : [];
}
