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

/** The kernel of `native/` where TensorFlow has it, else the one composed of TensorFlow's own ops. */
function choose<K extends keyof Kernels>(name: K): Kernels[K] {
  const own = (nativeKernels as Partial<Kernels>)[name] as ((...args: unknown[]) => unknown) | undefined;
  const composed = composedKernels[name] as (...args: unknown[]) => unknown;
  return (own ? (...args: unknown[]) => (hasNativeOps() ? own : composed)(...args) : composed) as Kernels[K];
}

registerKernels('tensorflow', Object.fromEntries(
    (Object.keys(composedKernels) as Array<keyof Kernels>).map(name => [name, choose(name)])));
