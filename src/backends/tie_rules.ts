import type {TieRule} from './kernels';

/** The rules in the order of their numbers in `tensorflow/native/ties.h` and `wasm/assembly/pooling.ts`. */
export const tieRules: readonly TieRule[] = ['all', 'first', 'split'];

/** What compiled kernels know a rule by. */
export function tieNumber(ties: TieRule): number {
  return tieRules.indexOf(ties);
}
