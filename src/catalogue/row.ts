import type {serialization} from '@tensorflow/tfjs-core';

import type * as explicit from '../layers';
import type {Layer} from '../layers/parts';
import type * as ops from '../ops';

export type {Layer} from '../layers/parts';

/** What getConfig gives and a factory takes. */
export type Config = serialization.ConfigDict;
/** Sizes, the batch first; null where one is open. */
export type Sizes = (number | null)[];

/** The factories of our layers. */
export type LayerName = {
  [name in keyof typeof explicit]: (typeof explicit)[name] extends (...args: never[]) => Layer ? name : never
}[keyof typeof explicit];

/** The ops, without the halves of their pairs. */
export type OpName = Exclude<keyof typeof ops, `${string}Forward` | `${string}Backward` | `${string}BackwardAlt`>;

/**
 * What a layer does with its input, as far as more than one place asks:
 * - 'convolution', 'pool': slides a window over images; 'dense': multiplies the last axis with a matrix
 * - 'entrywise': treats each entry alone; 'noise': does so at random, in training only; 'merge': joins entry by entry
 * - 'reshape': leaves no entry a window of its own on the image, global pooling too; 'border': adds or cuts at the sides
 */
export type Kind =
  'convolution' | 'pool' | 'dense' | 'norm' | 'entrywise' | 'noise' | 'merge' | 'reshape' | 'border' | 'other';

/**
 * One layer: everything that is told of it outside of its own file. `toExplicit`, `toBuiltIn`, `describe`,
 * `toFullyConvolutional`, `compareWithBuiltIns`, Keras files and the checks read it here.
 */
export interface LayerRow {
  kind: Kind;
  /** Our layer, where there is one. */
  explicit?: ExplicitLayer;
  /** Of a layer of tf.layers that is the twin of none: the explicit layer that does the same. */
  becomes?: (config: Config) => Layer;
  /** Why tf.layers has none, of a layer that exists here alone, for what comes from Keras files. */
  onlyHere?: {twin: {none: string}, className: string};
  /** How it is in a Keras file, or why it is in none. */
  keras: KerasEntry | {none: string};
  /** What it multiplies with, for counts of weights and of multiply-adds. */
  kernels?: (facts: KernelFacts) => Kernels;
  /** True where all that it does happens along the axis `axis`, at each position of a map alone. */
  alongAxis?: boolean;
  /** By how many times the rows and columns become more. */
  upscales?: (config: Config) => [number, number];
  /** True for a layer whose input is whole numbers that have no gradient. */
  takesIndices?: boolean;
}

/** A layer of this library. */
export interface ExplicitLayer {
  factory: LayerName;
  class: {readonly className: string};
  make: (config: Config) => Layer;
  /** The op that computes it, for its specs; null for what has none. */
  op: OpName | null;
  /** The layer of tf.layers, or why it has none. */
  twin: Twin | {none: string};
  /** The options that tf.layers' layer lacks. */
  own: {readonly [option: string]: OwnOption};
  /** What else than rounding may make a difference to the twin. */
  differs?: readonly ('ties' | 'kinks' | 'frozen' | 'borders')[];
  /** A small one: an input without the batch, and the arguments. */
  example: {inputShape: readonly number[], args: Config};
}

/** An option that tf.layers' layer lacks. */
export interface OwnOption {
  /** The value that means what the twin does. */
  default: unknown;
  /** Why a twin cannot do another value; absent where that changes no number, or where `Twin.row` expresses it. */
  refused?: string;
}

/** A layer of tf.layers. */
export interface Twin {
  factory: string;
  make: (config: Config) => Layer;
  /** Its config in the words of ours, where getConfig does not say it so. */
  configOf?: (layer: Layer) => Config;
  /** What does the same in tf.layers, where that takes more than the twin with the same config. */
  row?: (use: TwinUse) => TwinRow;
  /** What one should know about the twin of this config. */
  note?: (config: Config) => string;
}

/** An explicit layer that is to become a built-in one. */
export interface TwinUse {
  twin: Twin;
  /** Without the own options. */
  config: Config;
  /** The own options. */
  own: Config;
  /** How errors call the layer. */
  label: string;
  /** Of its inputs, use by use. */
  inputShapes: Sizes[];
  /** True where the row is to be one that Keras has: `make` is ours then, and `config` holds what Keras has too. */
  isForKeras: boolean;
  /** See `ToBuiltInOptions`. */
  ties: 'ignore' | 'refuse' | null;
}

/** Layers in a row that stand for one, and what a user should know about it. */
export interface TwinRow {
  row: Layer[];
  note?: string;
}

/** A layer in a Keras file. */
export interface KerasEntry {
  /** Arguments under tf.layers' names; Keras has the same in its own spelling. */
  args: readonly string[];
  /** Arguments that Keras and our layer have and tf.layers' lacks, under our names. */
  more?: readonly string[];
  /** Arguments that Keras alone has, with the values that mean what tf.layers does. */
  neutral?: {[kerasArg: string]: readonly unknown[]};
  /** Keras's class, where it is another one. */
  kerasClass?: string;
  /** Keras's words for arguments, where snake case is not enough; of Keras 2 and 3 where these differ. */
  spelling?: {[arg: string]: string | {2: string, 3: string}};
}

/** What the kernels of a layer depend on. */
export interface KernelFacts {
  config: Config;
  /** Of the input. */
  channels: number;
}

/** The sizes of kernels, grouped as the notes write them: [[11, 11, 3], [96]] is (11*11*3)*96. */
export interface Kernels {
  sizes: number[][][];
  /** How many offsets there are if `useBias` is on. */
  bias: number;
  /** At each position of which map they are applied; the default is the output. */
  over?: 'input';
}
