import type {Difference} from './difference';
import type {Tolerances} from './options';
import type {Reason} from './reasons';

/** Two sides' milliseconds, medians; null where a side was not timed or cannot do it. */
export interface Milliseconds {
  explicit: number | null;
  builtIn: number | null;
}

/** What of two models, or two layers, was compared. */
export interface Differences {
  /** In training mode. */
  output: Difference | null;
  /** Null where there is none, or where one of the sides cannot compute it. */
  inputGradient: Difference | null;
  /** By weight (`kernel`, `bias`, ...), the trainable ones. */
  weightGradients: {[weight: string]: Difference};
}

/** Where nothing could be compared. */
export const NOTHING: Differences = {output: null, inputGradient: null, weightGradients: {}};

/** A single layer: both sides get the same input and the same upstream gradient. */
export interface LayerComparison extends Differences {
  /** With the names of the models around it, as in `encoder/conv2d_1`. */
  name: string;
  className: string;
  /** The class of what it was compared with; null where the layer has no built-in form. */
  builtIn: string | null;
  /** Forward and backward of the batch. */
  milliseconds: Milliseconds;
  /** Why the two differ, as far as is known. Entries that a reason explains are left out of the differences above. */
  reasons: Reason[];
  /** The differences with these entries in; equal to the above where there is no reason. */
  whole: Differences;
  passed: boolean;
}

/** The whole model, layer after layer. */
export interface ModelComparison extends Differences {
  /** Of a training step. */
  milliseconds: Milliseconds;
  /** Of each step; `builtIn` is null where the built-in side cannot train. */
  losses: {explicit: number[], builtIn: number[] | null};
  /** Over all steps; `relative` is the largest |a - b| / |b| of one step. */
  lossDifference: Difference | null;
  reasons: Reason[];
  passed: boolean;
}

/** What {@link compareWithBuiltIns} found. */
export interface CompareReport {
  backend: string;
  /** Nothing differs by more than the tolerances without a known reason. */
  passed: boolean;
  layers: LayerComparison[];
  model: ModelComparison;
  tolerances: Tolerances;
  /** A table for a terminal, 80 columns wide. */
  toString(): string;
}
