import type {DataFormat} from '../../geometry';
import type {Layer} from '../graph';
import type {Sizes} from '../rebuild';

/**
 * What a tensor of the new model stands for in the old one: the same tensor, perhaps with other heights and widths; what
 * was flattened; or, a map of scores, the tensor [N, C] that was what its channels are at each position.
 */
export type Meaning = {kind: 'same'} | Flattened | {kind: 'scores'};

/** A map whose windows of this size, flattened, were the old tensor [N, D]. */
export interface Flattened {
  kind: 'flattened';
  /** Height, width and channels of the window. */
  size: [number, number, number];
  /** In which order the old tensor held them. */
  order: 'hwc' | 'chw' | 'wch';
  /** Batch norms on the flattened entries, which the next dense layer takes up. */
  norms: Layer[];
}

/** What stands for a layer: layers in a row, what comes out, and how the weights get there. */
export interface Successor {
  row: Layer[];
  meaning: Meaning;
  /** Gives the row its weights; by default they are copied to the layer of the same name. */
  setWeights?: () => void;
}

/** What is known where a layer is used. */
export interface Use {
  layer: Layer;
  /** What its inputs stand for. */
  inputs: Meaning[];
  /** The shapes of its inputs in the old model. */
  shapes: Sizes[];
  dataFormat: DataFormat;
}

/** The axis of channels in a map. */
export function channelAxis({dataFormat}: Use): number {
  return dataFormat === 'channelsLast' ? 3 : 1;
}
