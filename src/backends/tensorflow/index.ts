import {defaultKernels} from '../default';
import type {Kernels} from '../kernels';
import {registerKernels} from '../registry';
import * as conv from './conv';
import * as dense from './dense';
import * as nativeKernels from './native_kernels';
import {hasNativeOps} from './native_ops';
import * as norm from './norm';
import * as pool from './pool';

/** tfjs-node runs any op of TensorFlow by its name, also those that tfjs itself never calls. */
const composedKernels: Kernels = {...defaultKernels, ...conv, ...dense, ...norm, ...pool};

type Kernel = (...args: unknown[]) => unknown;

/** The kernel of `native/` where TensorFlow has it and it serves, else the one composed of TensorFlow's own ops. */
function choose<K extends keyof Kernels>(name: K): Kernels[K] {
  const own = (nativeKernels as {[name: string]: unknown})[name] as Kernel | undefined;
  const composed = composedKernels[name] as Kernel | undefined;
  if (!own) return composed as Kernels[K];
  return ((...args: unknown[]) => (hasNativeOps() ? own(...args) : null) ?? composed?.(...args) ?? null) as Kernels[K];
}

const names = new Set([...Object.keys(composedKernels), ...Object.keys(nativeKernels)]) as Set<keyof Kernels>;
registerKernels('tensorflow', Object.fromEntries([...names].map(name => [name, choose(name)])));
