import type {Backend} from '../../shared/backend_names';

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

/** A weight of a layer, and the gradient of the loss by it. */
export interface Weight {
  /** kernel, bias, gamma or beta. */
  name: string;
  shape: number[];
  values: Float32Array;
  gradient: Float32Array;
}

/** What one layer does with one image, there and back. */
export interface LayerPass {
  name: string;
  /** The shape of what it puts out, without the batch. */
  shape: number[];
  out: Float32Array;
  /** The gradient of the loss by `out`. */
  dout: Float32Array;
  weights: Weight[];
  /** Of a ReLU: channels that put out nothing for any of some test images. */
  dead: number[];
}

/** Forward and backward through the whole net with one image. */
export interface Backprop {
  type: 'backprop';
  step: number;
  /** The image as the net sees it, 28x28 values from 0 to 1, and the gradient of the loss by them. */
  image: Float32Array;
  dimage: Float32Array;
  /** The class that the loss is about. */
  label: number;
  loss: number;
  probabilities: number[];
  layers: LayerPass[];
  /** How many test images the dead units were looked for with. */
  deadOf: number;
}

/** What a training step changed. */
export interface Change {
  type: 'change';
  step: number;
  kernels: {layer: string, shape: number[], before: Float32Array, after: Float32Array}[];
  /** Of the image that is shown. */
  loss: [before: number, after: number];
  label: number;
  probability: [before: number, after: number];
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
}

export type Report = Progress | Tested | View | Backprop | Change;

/** What is kept in the browser. */
export interface Saved {
  date: Date;
}

/** Weights off the backend, so that they outlive it. */
export type Weights = {shape: number[], values: Float32Array}[];

/** A net on its way to another session. */
export interface Handover {
  step: number;
  seed: number;
  weights: Weights | null;
}

/** What a net that was loaded brings along. */
export interface Loaded {
  step: number;
  kind: Kind;
}
