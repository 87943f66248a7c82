import './cpu';
import './gpu';
import './tensorflow';
import './wasm';

export {tieRules} from './kernels';
export type {
  Kernels, NormGradients, OptionalKernels, ReluParameters, RequiredKernels, RowStatistics, Statistics, TieRule,
} from './kernels';
export {readsAtOnce} from './probe';
export {kernels} from './registry';
