import {NODE_BACKENDS} from '../../examples/shared/backend';
import type {NodeBackend} from '../../examples/shared/backend';
import {cases} from '../cases';
import {runCase} from '../run_case';
import type {CaseResult} from '../run_case';
import {FULL, QUICK} from '../timing';
import {firstCallItems, measureFirstCall} from './first_calls';
import type {FirstCallResult} from './first_calls';
import {growthItems, measureGrowth} from './growth';
import type {GrowthResult} from './growth';
import {limitItems, measureLimit} from './limit';
import type {LimitResult} from './limit';
import {measureMemory, memoryItems} from './memory';
import type {PeakResult, SteadyResult} from './memory';
import {measurePeer, peerItems} from './peers';
import type {PeerPlaces, PeerResult} from './peers';
import {measureThreads, threadItems} from './threads';
import type {ThreadsResult} from './threads';

/** What each section finds for one of its items. */
export interface Findings {
  rows: CaseResult;
  memory: PeakResult | SteadyResult;
  firstCalls: FirstCallResult;
  growth: GrowthResult;
  limit: LimitResult;
  threads: ThreadsResult;
  peers: PeerResult;
}

/** How a run is done. */
export interface RunOptions extends PeerPlaces {
  quick: boolean;
}

/** The name of a part of the benchmark. */
export type SectionName = keyof Findings;

/** A part of the benchmark: what it measures where, and how. */
interface Section<T> {
  backends: readonly NodeBackend[];
  /** The names of what it measures on a backend; unique over all sections. */
  items(backend: NodeBackend): readonly string[];
  measure(item: string, backend: NodeBackend, options: RunOptions): Promise<T>;
}

/** Every part, in order. */
export const sections: {[name in SectionName]: Section<Findings[name]>} = {
  rows: {
    backends: NODE_BACKENDS,
    items: (backend) => cases.filter((one) => one.backends.includes(backend)).map(({name}) => name),
    measure: (item, backend, {quick}) =>
      runCase(cases.find(({name}) => name === item)!, backend, quick ? QUICK : FULL),
  },
  memory: {
    backends: NODE_BACKENDS, items: () => memoryItems,
    measure: (item, backend, {quick}) => measureMemory(item, backend, quick),
  },
  firstCalls: {backends: NODE_BACKENDS, items: firstCallItems, measure: measureFirstCall},
  growth: {backends: ['tensorflow'], items: () => growthItems, measure: (item, _, {quick}) => measureGrowth(item, quick)},
  limit: {backends: ['tensorflow'], items: () => limitItems, measure: (item, _, {quick}) => measureLimit(item, quick)},
  threads: {backends: ['wasm'], items: () => threadItems, measure: (item, _, {quick}) => measureThreads(item, quick)},
  peers: {
    backends: ['tensorflow', 'wasm'], items: peerItems,
    measure: (item, _, options) => measurePeer(item, options.quick, options),
  },
};
