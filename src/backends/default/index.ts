import type {Kernels} from '../kernels';
import * as conv from './conv';
import * as dense from './dense';
import * as norm from './norm';
import * as pool from './pool';

/** Every piece from tfjs-core operations alone: right on any backend, and what a backend's own set falls back to. */
export const defaultKernels: Kernels = {...conv, ...pool, ...dense, ...norm};
