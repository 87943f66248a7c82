import type {Optimizer} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {nameFunctions} from '../models/io/functions';
import type {Saved} from '../models/io/functions';
import {show} from '../validate';
import {kerasObject} from './dialect';
import type {Generation, JsonObject} from './dialect';
import {lossSynonyms, lossTable, metricFunctionTable, metricTable, optimizerTable} from './training_words';

/** How a model was compiled, as Keras writes it. */
export interface KerasTraining {
  optimizer: JsonObject;
  loss: unknown;
  metrics: unknown;
}

/**
 * How a model was compiled, as Keras writes it; null where it was not.
 * @throws Naming the optimiser, the loss or the metric that Keras has no equal of.
 */
export function trainingToKeras(op: string, model: LayersModel, generation: Generation): KerasTraining | null {
  const optimizer = model.optimizer as Optimizer | undefined;
  if (!optimizer) return null;
  const {loss, metrics} = model;
  const advice = 'Compile with another one, or export without: {compile: false}.';
  const lossByName = nameFunctions(`${op}: the loss of '${model.name}'`, loss, {});
  const metricsByName = nameFunctions(`${op}: a metric of '${model.name}'`, metrics, {});
  return {
    optimizer: optimizerToKeras(op, optimizer, generation, advice),
    loss: mapped(lossByName, (part) => lossToKeras(op, part, generation, advice)),
    metrics: mapped(metricsByName, (part) => metricToKeras(op, part, advice)),
  };
}

function optimizerToKeras(op: string, optimizer: Optimizer, generation: Generation, advice: string): JsonObject {
  const className = optimizer.getClassName();
  const entry = optimizerTable[className];
  if (!entry) throw new Error(`${op}: Keras has no optimizer ${show(className)}. ${advice}`);
  const config = optimizer.getConfig() as JsonObject;
  if (className === 'Adamax' && config['decay']) {
    throw new Error(`${op}: the optimizer Adamax has the decay ${show(config['decay'])}, which Keras's does not have. ${advice}`);
  }
  const fields = Object.entries(entry.fields).map(([arg, field]) => [arg, config[field] ?? null]);
  return kerasObject(generation, 'keras.optimizers', entry.kerasClass, Object.fromEntries(fields) as JsonObject);
}

function lossToKeras(op: string, loss: string | {function: string}, generation: Generation, advice: string): unknown {
  if (typeof loss !== 'string' && loss.function === 'losses.softmaxLoss') {
    return kerasObject(generation, 'keras.losses', 'CategoricalCrossentropy', {from_logits: true});
  }
  const name = typeof loss === 'string' ? lossSynonyms[loss.toLowerCase()] ?? loss : '';
  const entry = lossTable[name];
  if (!entry) {
    throw new Error(`${op}: Keras has no loss ${show(typeof loss === 'string' ? loss : loss.function)} that a file could ` +
        `name. ${advice}`);
  }
  return entry.word;
}

function metricToKeras(op: string, metric: string | {function: string}, advice: string): string {
  const word = typeof metric === 'string' ? metricTable[metric] : metricFunctionTable[metric.function];
  if (!word) {
    throw new Error(`${op}: Keras has no metric ${show(typeof metric === 'string' ? metric : metric.function)} that a file ` +
        `could name. ${advice}`);
  }
  return word;
}

/** The same for each loss or metric of a list, or of each output. */
function mapped(saved: Saved, map: (part: string | {function: string}) => unknown): unknown {
  if (saved === null) return null;
  if (Array.isArray(saved)) return saved.map((part) => mapped(part, map));
  if (typeof saved === 'object' && 'outputs' in saved) {
    return Object.fromEntries(Object.entries(saved.outputs).map(([output, part]) => [output, mapped(part, map)]));
  }
  return map(saved);
}
