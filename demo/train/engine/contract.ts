import type {Backend} from '../../shared/backends';

/** Whose layers the net is made of. */
export const KINDS = ['explicit', 'built-in'] as const;

export type Kind = typeof KINDS[number];

/** What the visitor chooses. */
export interface Settings {
  backend: Backend;
  kind: Kind;
  batchSize: number;
  learningRate: number;
}

/** What the training loop tells as it goes: steps that were done since it last spoke. */
export interface Progress {
  type: 'progress';
  /** Steps that this net has been trained for, these included. */
  step: number;
  losses: number[];
  /** Of each step, the share of its batch that was classified right. */
  accuracies: number[];
  imagesPerSecond: number;
}

/** How well the net does on images that it does not train on. */
export interface Tested {
  type: 'tested';
  step: number;
  images: number;
  accuracy: number;
  /** [class, guess], row by row. */
  confusion: Uint32Array;
}

/** What the net is shown. */
export type Sample = {test: number} | {drawn: Uint8Array};

/** Planes of one layer as pictures, [rows, columns] of tiles with height x width pixels of one byte each. */
export interface Picture {
  layer: string;
  /** The size of what is shown, as a shape. */
  shape: number[];
  rows: number;
  columns: number;
  height: number;
  width: number;
  pixels: Uint8Array;
  /** The values that byte 0 and byte 255 stand for. */
  low: number;
  high: number;
}

/** The net looking at one image. */
export interface View {
  type: 'view';
  step: number;
  /** What was shown, 28x28. */
  image: Uint8Array;
  /** The number of the test image and its class; null for a drawing. */
  test: number | null;
  label: number | null;
  probabilities: number[];
  filters: Picture[];
  activations: Picture[];
}

export type Report = Progress | Tested | View;

/** What is kept in the browser. */
export interface Saved {
  date: Date;
}

/** Weights off the backend, so that they outlive it. */
export type Weights = {shape: number[], values: Float32Array}[];

/** A net on its way to another session. */
export interface Handover {
  step: number;
  weights: Weights | null;
}

/** What a net that was loaded brings along. */
export interface Loaded {
  step: number;
  kind: Kind;
}
