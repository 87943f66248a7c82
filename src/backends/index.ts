import './cpu';
import './gpu';
import './tensorflow';
import './wasm';

export type {
  KernelInfo, Kernels, NormGradients, OptionalKernels, ReluParameters, RequiredKernels, RowStatistics, Statistics, TieRule,
} from './kernels';
export {readsAtOnce} from './probe';
export {kernelInfo, kernels} from './registry';
export {tieRules} from './tie_rules';
