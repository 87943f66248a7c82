import {fuzzLayer, fuzzOp} from './computed';
import {drawing} from './damage';
import type {Draw} from './damage';
import {fuzzArchive, fuzzHdf5, fuzzTopology, fuzzWeights} from './files';
import {KINDS} from './names';
import type {Kind} from './names';

const fuzz: {[kind in Kind]: (draw: Draw) => Promise<string>} = {
  ops: fuzzOp, layers: fuzzLayer, topologies: fuzzTopology, archives: fuzzArchive, hdf5: fuzzHdf5, weights: fuzzWeights,
};

/** Runs one case; throws what is wrong. */
export async function runCase(seed: number, index: number): Promise<void> {
  await fuzz[kindOf(index)](drawing(seed, index));
}

/** What the case with this number tries. */
export function kindOf(index: number): Kind {
  return KINDS[index % KINDS.length]!;
}
