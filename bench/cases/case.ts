import type {Tensor} from '@tensorflow/tfjs-core';

import type {NodeBackend} from '../../examples/shared/backend';
import type {LayerName} from '../../src/catalogue';

/** What a side computed, by name; the names are the same on both sides. */
export type Results = {[name: string]: Tensor | number};

/** One round of the work that is timed. What it makes is freed by the caller. */
export type Side = () => Results | Promise<Results>;

/** The two sides of a case, on the same values. */
export interface Sides {
  ours: Side;
  builtIn: Side;
  /** What is compared before, where the timed sides do not do the same work. */
  compared?: {ours: Side, builtIn: Side};
  /** Frees the inputs and weights. */
  dispose(): void;
}

/** A case needs something that is not installed. */
export class Unavailable extends Error {}

/** One row of the table. */
export interface BenchCase {
  /** The layer that it measures, where it is one. */
  layer?: LayerName;
  /** Unique; `--filter` looks in it. */
  name: string;
  backends: readonly NodeBackend[];
  /** The ratio to reach (built-in time / our time), where there is one. */
  target?: {[backend in NodeBackend]?: number};
  /** Backends where the built-in side has no gradient: there our side is timed alone. */
  builtInThrows?: readonly NodeBackend[];
  /** How many rounds are compared before any is timed; 1 unless the sides change from round to round. */
  rounds?: {[backend in NodeBackend]?: number};
  /** Largest difference allowed, relative to the largest value of a result; 1e-4 where not given. */
  tolerance?: number;
  /** Where one round of ours does more than one of the built-in: how much more, so that times are per unit. */
  units?: {ours: number, builtIn: number};
  make(backend: NodeBackend): Sides | Promise<Sides>;
}

/** Every backend that runs in Node. */
export const ALL = ['tensorflow', 'wasm', 'cpu'] as const;
