/** K, F, S, P as the document calls them, height before width. */
export interface Hyperparameters {
  /** The number of filters; null for a pool. */
  K: number | null;
  /** The size of the window. */
  F: [number, number];
  /** Its step. */
  S: [number, number];
  /** Zeros above, below, left and right. */
  P: [[number, number], [number, number]];
  /** The distance of its taps. */
  dilation: [number, number];
  groups: number;
}

/** One use of a layer. */
export interface LayerDescription {
  /** Its name after those of the models around it. */
  name: string;
  className: string;
  /** Shapes without the batch, in the layer's own format. */
  input: (number | null)[];
  output: (number | null)[];
  /** The same as 'W x H x D'. */
  volumeIn: string;
  volumeOut: string;
  hyperparameters: Hyperparameters | null;
  /** How width and height of the output came about, with the numbers filled in. */
  sizes: string[];
  /** Its weights; 0 where a shared layer is used again. */
  parameters: number;
  /** Those that training changes. */
  trainableParameters: number;
  /** The document's formula with the numbers in, such as '(11*11*3)*96 + 96'. */
  parametersFormula: string | null;
  /** Products of a convolution or a dense layer for one example; those of other layers count as none. */
  multiplyAddsForward: number | null;
  /** As many again for each of dx and dw that training needs: none for the dx of data, none for the dw of what is frozen. */
  multiplyAddsBackward: number | null;
  /** Of the output, float32, for the batch size. */
  activationBytes: number | null;
  /** Height and width of what an output entry sees of the picture; null where that is not a window. */
  receptiveField: [number, number] | null;
}

/** Hyperparameters that do not fit. */
export interface Misfit {
  name: string;
  /** True where there is no output at all; else the size is rounded down and a part of the input is not seen. */
  fatal: boolean;
  message: string;
  /** Single changes that make it fit, nearest first by kind: 'S=1', 'F=2', 'F=4', 'P=1', 'W=9'. */
  nearest: string[];
}

/** What {@link describe} returns; `String(description)` is the table, `JSON.stringify` gives all of it. */
export interface Description {
  name: string;
  batchSize: number;
  inputs: {name: string, shape: (number | null)[]}[];
  layers: LayerDescription[];
  /** The first layer whose hyperparameters do not fit; layers after a fatal one are missing. */
  misfit: Misfit | null;
  totals: {
    parameters: number, trainableParameters: number,
    /** null where one of the layers has none: a size is open. */
    multiplyAddsForward: number | null, multiplyAddsBackward: number | null,
    /** Of all outputs and the inputs; training keeps as much again for their gradients. null where a size is open. */
    activationBytes: number | null,
  };
  /** Tables of 80 columns. */
  toString(): string;
  toMarkdown(): string;
}
