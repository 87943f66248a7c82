import type {Optimizer} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {eachOf, nameFunctions} from '../models/io/functions';
import {show} from '../validate';
import {kerasObject} from '../topology/dialect';
import type {Generation, JsonObject} from '../topology/dialect';
import {lossSynonyms, lossTable, metricFunctionTable, metricTable, optimizerTable} from './training_words';

/** How a model was compiled, as Keras writes it. */
export interface KerasTraining {
  optimizer: JsonObject;
  loss: unknown;
  metrics: unknown;
}

const ADVICE = 'Compile with another one, or export without: {compile: false}.';

/**
 * How a model was compiled, as Keras writes it; null where it was not.
 * @throws Naming the optimiser, the loss or the metric that Keras has no equal of.
 */
export function trainingToKeras(op: string, model: LayersModel, generation: Generation): KerasTraining | null {
  const optimizer = model.optimizer as Optimizer | undefined;
  if (!optimizer) return null;
  const {loss, metrics} = model;
  const lossByName = nameFunctions(`${op}: the loss of '${model.name}'`, loss, {});
  const metricsByName = nameFunctions(`${op}: a metric of '${model.name}'`, metrics, {});
  return {
    optimizer: optimizerToKeras(op, optimizer, generation),
    loss: eachOf(lossByName, (part) => lossToKeras(op, part, generation)),
    metrics: eachOf(metricsByName, (part) => metricToKeras(op, part)),
  };
}

function optimizerToKeras(op: string, optimizer: Optimizer, generation: Generation): JsonObject {
  const className = optimizer.getClassName();
  const entry = optimizerTable[className];
  if (!entry) throw new Error(`${op}: Keras has no optimizer ${show(className)}. ${ADVICE}`);
  const config = optimizer.getConfig() as JsonObject;
  if (className === 'Adamax' && config['decay']) {
    throw new Error(`${op}: the optimizer Adamax has the decay ${show(config['decay'])}, which Keras's does not have. ${ADVICE}`);
  }
  const fields = Object.entries(entry.fields).map(([arg, field]) => [arg, config[field] ?? null]);
  return kerasObject(generation, 'keras.optimizers', entry.kerasClass, Object.fromEntries(fields) as JsonObject);
}

function lossToKeras(op: string, loss: string | {function: string}, generation: Generation): unknown {
  if (typeof loss !== 'string' && loss.function === 'losses.softmaxLoss') {
    return kerasObject(generation, 'keras.losses', 'CategoricalCrossentropy', {from_logits: true});
  }
  const word = typeof loss === 'string' ? lossTable[lossSynonyms[loss.toLowerCase()] ?? loss] : undefined;
  return word ?? refuse(op, 'loss', loss);
}

function metricToKeras(op: string, metric: string | {function: string}): string {
  const word = typeof metric === 'string' ? metricTable[metric] : metricFunctionTable[metric.function];
  return word ?? refuse(op, 'metric', metric);
}

function refuse(op: string, kind: string, part: string | {function: string}): never {
  throw new Error(`${op}: Keras has no ${kind} ${show(typeof part === 'string' ? part : part.function)} that a file could ` +
      `name. ${ADVICE}`);
}
