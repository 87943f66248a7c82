import {isObject, classAndConfig, own} from '../topology/dialect';
import type {JsonObject} from '../topology/dialect';
import {show} from '../validate';
import type {SavedTraining} from '../models/io/training';
import type {Saved} from '../models/io/functions';
import {camelCase} from '../topology/names';
import {lossSynonyms, lossTable, metricFunctionTable, metricTable, optimizerTable} from './training_words';

/** How a model was compiled, as Keras has it. */
export interface KerasTrainingConfig {
  optimizer: unknown;
  loss: unknown;
  metrics: unknown;
  lossWeights: unknown;
  weightedMetrics: unknown;
}

const ADVICE = 'Import without the settings: importKeras(file, {compile: false}).';
/** Optimiser arguments that change nothing at these values. */
const NEUTRAL: {[arg: string]: readonly unknown[]} = {
  name: [], is_legacy_optimizer: [true, false], jit_compile: [true, false], ema_momentum: [0.99], decay: [0],
  loss_scale_factor: [1], momentum: [0], ema_overwrite_frequency: [1, 100],
};

/**
 * How Keras compiled a model, in tfjs's words.
 * @throws Naming the optimiser, the loss or the metric that tfjs has no equal of.
 */
export function trainingFromKeras(label: string, config: KerasTrainingConfig): SavedTraining {
  for (const [name, value] of [['loss_weights', config.lossWeights], ['weighted_metrics', config.weightedMetrics]] as const) {
    if (value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0)) {
      throw new Error(`${label}: it is compiled with ${name} ${show(value)}, which tfjs does not have. ${ADVICE}`);
    }
  }
  return {
    optimizer: optimizerFromKeras(label, config.optimizer),
    loss: each(config.loss, (loss) => lossFromKeras(label, loss)),
    metrics: each(config.metrics, (metric) => metricFromKeras(label, metric)),
  };
}

function optimizerFromKeras(label: string, value: unknown): SavedTraining['optimizer'] {
  const {className, config} = classAndConfig(value) ?? {className: show(value), config: {} as JsonObject};
  const candidates = Object.entries(optimizerTable)
      .filter(([, entry]) => entry.kerasClass.toLowerCase() === className.toLowerCase());
  if (candidates.length === 0) throw new Error(`${label}: tfjs has no optimizer ${show(className)}. ${ADVICE}`);
  const [name, entry] = candidates.length === 1 ? candidates[0]! :
    candidates.find(([ours]) => (ours === 'Momentum') === Boolean(config['momentum']))!;
  const fields: JsonObject = {};
  for (const [arg, part] of Object.entries({...entry.defaults, ...config})) {
    const field = own(entry.fields, arg);
    if (field !== undefined) fields[field] = typeof part === 'number' ? asWritten(part) : part;
    else if (part !== null && part !== false && arg !== 'name' &&
        ![...own(entry.fixed ?? {}, arg) ?? [], ...own(NEUTRAL, arg) ?? []].includes(part)) {
      throw new Error(`${label}: the optimizer ${className} has ${arg} ${show(part)}, which tfjs's does not have. ${ADVICE}`);
    }
  }
  const wrong = Object.entries(fields).find(([, part]) => typeof part !== 'number' && typeof part !== 'boolean');
  if (wrong) {
    throw new Error(`${label}: the optimizer ${className} has ${wrong[0]} ${show(wrong[1])}; tfjs takes a number (no ` +
        `schedule). ${ADVICE}`);
  }
  return {className: name, config: fields as SavedTraining['optimizer']['config'], scalars: {}};
}

/** Keras keeps settings as float32, 0.05 as 0.05000000074505806: this is the short number that has the same float32. */
function asWritten(value: number): number {
  const short = Number(value.toPrecision(7));
  return Math.fround(short) === value ? short : value;
}

function lossFromKeras(label: string, value: unknown): Saved {
  const {className, config} = classAndConfig(value) ?? {className: show(value), config: {} as JsonObject};
  const inner = className === 'LossFunctionWrapper' ? String(config['fn']) : className;
  const word = own(lossSynonyms, inner.toLowerCase()) ?? Object.entries(lossTable).find(([ours, theirs]) =>
    [camelCase(theirs), theirs, ours].some((name) => name.toLowerCase() === inner.toLowerCase()))?.[0];
  if (!word) throw new Error(`${label}: tfjs has no loss ${show(inner)}. ${ADVICE}`);
  const {from_logits: fromLogits, reduction, label_smoothing: smoothing, axis} = config;
  const refused = [
    smoothing && `label_smoothing ${show(smoothing)}`,
    axis !== undefined && axis !== -1 && `axis ${show(axis)}`,
    reduction && !['sum_over_batch_size', 'auto', 'mean'].includes(String(reduction)) && `reduction ${show(reduction)}`,
    config['ignore_class'] != null && `ignore_class ${show(config['ignore_class'])}`,
    fromLogits && !/^(sparseC|c)ategoricalCrossentropy$/.test(word) && 'from_logits',
  ].filter(Boolean);
  if (refused.length > 0) {
    throw new Error(`${label}: the loss ${inner} has ${refused.join(', ')}, which tfjs's does not have. ${ADVICE}`);
  }
  return fromLogits ? {function: 'losses.softmaxLoss'} : word;
}

function metricFromKeras(label: string, value: unknown): Saved {
  const found = classAndConfig(value) ?? {className: show(value), config: {} as JsonObject};
  const inner = found.className === 'MeanMetricWrapper' ? String(found.config['fn']) : found.className;
  const word = camelToSnake(own(lossSynonyms, inner.toLowerCase()) ?? inner);
  const [plain] = Object.entries(metricTable).find(([ours, keras]) => keras === word || ours === inner) ?? [];
  if (plain) return plain;
  const [name] = Object.entries(metricFunctionTable).find(([, keras]) => keras === word) ?? [];
  if (name) return {function: name};
  throw new Error(`${label}: tfjs has no metric ${show(inner)}. ${ADVICE}`);
}

/** Keras's words and the names of its classes: 'CategoricalAccuracy', 'categorical_accuracy'. */
function camelToSnake(name: string): string {
  return camelCase(name).replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
}

/** The same for each of a list, or of each output. */
function each(value: unknown, map: (part: unknown) => Saved): Saved {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) {
    // Keras 2 lists the metrics of each output, also where there is one output.
    const list = value.length === 1 && Array.isArray(value[0]) ? value[0] as unknown[] : value;
    return list.map((part) => each(part, map));
  }
  if (isObject(value) && !('class_name' in value)) {
    return {outputs: Object.fromEntries(Object.entries(value).map(([output, part]) => [output, each(part, map)]))};
  }
  return map(value);
}
