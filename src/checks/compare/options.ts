import * as tf from '@tensorflow/tfjs-core';
import type {serialization, Tensor} from '@tensorflow/tfjs-core';
import type {LayersModel, ModelCompileArgs} from '@tensorflow/tfjs-layers';

import {softmaxLoss} from '../../losses';
import {checkNumber, checkOptions, show} from '../../validate';

/** A loss as `model.compile` takes it. */
export type Loss = ModelCompileArgs['loss'];

/** How far the two sides may be apart before {@link CompareOptions.tolerances} are broken. */
export interface Tolerances {
  /** Relative difference of outputs; the default is 5e-4: batch norm's statistics of many values round that far. */
  outputs: number;
  /** Relative difference allowed for the gradients of a single layer; the default is 1e-3. */
  gradients: number;
  /**
   * Relative difference, in the norm, of the gradients of the whole model; the default is 0.1. Rounding in one layer
   * moves some inputs of later ones across a kink of relu or makes another entry a window's maximum, and there the
   * gradient goes another way. A model without such layers stands a far smaller tolerance.
   */
  modelGradients: number;
  /** Relative difference of losses; the default is 5e-2: rounding grows from step to step. */
  losses: number;
}

/** Options of {@link compareWithBuiltIns}. */
export interface CompareOptions {
  /** The model of built-in layers, with layers of the same names; by default `models.toBuiltIn` makes it. */
  builtIn?: LayersModel;
  /** Training steps whose losses are compared; the default is 10. */
  steps?: number;
  /** Examples in a step; steps go through x from its start and begin again at its end. By default all of x. */
  batchSize?: number;
  /** Makes an optimizer for each side; by default the model's own kind, else `tf.train.sgd(0.01)`. */
  optimizer?: () => tf.Optimizer;
  /**
   * The loss of both sides, or one for each; by default the model's own, else `losses.softmaxLoss` for outputs [N, C] and
   * 'meanSquaredError' for others. Beside `losses.softmaxLoss` stands `tf.losses.softmaxCrossEntropy`.
   */
  loss?: Loss | {explicit: Loss, builtIn: Loss};
  /** How often each layer is timed, in turns; the default is 5, 0 leaves it out. */
  repeats?: number;
  /** Where a difference becomes a failure. */
  tolerances?: Partial<Tolerances>;
  /** Of the random upstream gradients; the default is 1. */
  seed?: number;
  /** Ends the comparison after the step that runs, with the signal's reason as error. */
  signal?: AbortSignal;
  /** Hears how far the work is. */
  onProgress?: (done: number, total: number) => void;
}

/** The options with every default in place. */
export interface CheckedOptions {
  builtIn: LayersModel | null;
  steps: number;
  batchSize: number | null;
  optimizer: () => tf.Optimizer;
  losses: {explicit: Loss, builtIn: Loss};
  repeats: number;
  tolerances: Tolerances;
  seed: number;
  signal: AbortSignal | null;
  onProgress: ((done: number, total: number) => void) | null;
}

const NAME = 'compareWithBuiltIns';
const KNOWN = [
  'builtIn', 'steps', 'batchSize', 'optimizer', 'loss', 'repeats', 'tolerances', 'seed', 'signal', 'onProgress',
] as const;
const DEFAULT_TOLERANCES: Tolerances = {outputs: 5e-4, gradients: 1e-3, modelGradients: 0.1, losses: 5e-2};

/** Checks the options before anything is made. */
export function checkedOptions(model: LayersModel, options: CompareOptions | undefined): CheckedOptions {
  checkOptions(NAME, options, KNOWN);
  checkOptions(`${NAME}: tolerances`, options?.tolerances, Object.keys(DEFAULT_TOLERANCES));
  const tolerances = {...DEFAULT_TOLERANCES, ...options?.tolerances};
  for (const [key, value] of Object.entries(tolerances)) checkNumber(NAME, `tolerances.${key}`, value, 0);
  if (options?.optimizer !== undefined && typeof options.optimizer !== 'function') {
    throw new Error(`${NAME}: optimizer must be a function that makes one, as in () => tf.train.adam(), since each ` +
        `side needs its own. Got ${show(options.optimizer)}. Pass one, or leave it out for the model's.`);
  }
  return {
    builtIn: options?.builtIn ?? null,
    steps: wholeNumber('steps', options?.steps ?? 10, 0),
    batchSize: options?.batchSize === undefined ? null : wholeNumber('batchSize', options.batchSize, 1),
    optimizer: options?.optimizer ?? (() => sameOptimizer(model)),
    losses: bothLosses(options?.loss ?? (model.loss as Loss | undefined) ?? defaultLoss(model)),
    repeats: wholeNumber('repeats', options?.repeats ?? 5, 0),
    tolerances,
    seed: checkNumber(NAME, 'seed', options?.seed ?? 1),
    signal: options?.signal ?? null,
    onProgress: options?.onProgress ?? null,
  };
}

function wholeNumber(option: string, value: unknown, low: number): number {
  if (!Number.isInteger(value) || (value as number) < low) {
    throw new Error(`${NAME}: ${option} must be a whole number of at least ${low}. Got ${show(value)}. ` +
        'Leave it out for the default.');
  }
  return value as number;
}

/** One of the kind and with the settings that the model was compiled with. */
function sameOptimizer(model: LayersModel): tf.Optimizer {
  const own = model.optimizer as tf.Optimizer | undefined;
  if (!own) return tf.train.sgd(0.01);
  const cls = own.constructor as serialization.SerializableConstructor<tf.Optimizer>;
  return cls.fromConfig(cls, own.getConfig());
}

function defaultLoss(model: LayersModel): Loss {
  return model.outputs.map(({shape}) => (shape.length === 2 ? softmaxLoss : 'meanSquaredError')) as Loss;
}

function bothLosses(loss: Loss | {explicit: Loss, builtIn: Loss}): {explicit: Loss, builtIn: Loss} {
  if (isPair(loss)) return loss;
  return {explicit: loss, builtIn: mapLoss(loss, (one) => (one === softmaxLoss ? crossEntropy : one))};
}

function isPair(loss: unknown): loss is {explicit: Loss, builtIn: Loss} {
  return typeof loss === 'object' && loss !== null && 'explicit' in loss && 'builtIn' in loss;
}

function mapLoss(loss: Loss, f: (one: unknown) => unknown): Loss {
  if (Array.isArray(loss)) return loss.map(f) as Loss;
  if (typeof loss !== 'object') return f(loss) as Loss;
  return Object.fromEntries(Object.entries(loss).map(([name, one]) => [name, f(one)])) as Loss;
}

/** What the built-in operations offer for {@link softmaxLoss}: the same [N] losses of scores. */
function crossEntropy(yTrue: Tensor, yPred: Tensor): Tensor {
  return tf.losses.softmaxCrossEntropy(yTrue, yPred, undefined, 0, tf.Reduction.NONE);
}
