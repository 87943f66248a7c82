import './cpu';
import './tensorflow';

export type {Kernels, ReluShape, TieRule} from './kernels';
export {readsAtOnce} from './probe';
export {kernels} from './registry';
