import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Variable} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {openOptimizer} from '../tfjs_private';
import type {OpenOptimizer} from '../tfjs_private';
import {tidy} from '../tidy';
import {showShape} from '../validate';
import type {StoredValues, Values} from './hdf5';
import type {Slot} from '../topology/optimizers';
import {matchWeights} from '../models/io/tree';

/** What Keras keeps for each weight, and how tfjs has it. */
interface Slots {
  /** tfjs's fields, and tf_keras's words for them. */
  fields: [field: string, word: string][];
  /** Keras lists all of one kind and then the next, or all of one weight and then the next. */
  order: 'by kind' | 'by weight';
  /** Those that Keras keeps with these settings; tfjs keeps all. */
  kept?: (optimizer: OpenOptimizer, field: string) => boolean;
  /** tfjs's value of Keras's. */
  scale?: (optimizer: OpenOptimizer) => number;
}

const moments = (second: string): Slots => ({
  fields: [['accumulatedFirstMoment', 'm'], [second, second === 'accumulatedSecondMoment' ? 'v' : 'u']], order: 'by weight',
});

/** By tfjs's classes. */
const slots: {[className: string]: Slots} = {
  SGD: {fields: [], order: 'by weight'},
  // Keras's velocity is what is added to the weight, tfjs's is the sum of gradients before the learning rate.
  Momentum: {
    fields: [['accumulations', 'm']], order: 'by weight', scale: ({learningRate}) => -1 / (Number(learningRate) || 1),
  },
  Adam: moments('accumulatedSecondMoment'),
  Adamax: moments('accumulatedWeightedInfNorm'),
  Adagrad: {fields: [['accumulatedGrads', 'accumulator']], order: 'by weight'},
  Adadelta: {
    fields: [['accumulatedGrads', 'accumulated_grad'], ['accumulatedUpdates', 'accumulated_delta_var']], order: 'by weight',
  },
  RMSProp: {
    fields: [['accumulatedMeanSquares', 'velocity'], ['accumulatedMoments', 'momentum'],
      ['accumulatedMeanGrads', 'average_gradient']],
    order: 'by kind',
    kept: ({momentum, centered}, field) => (field === 'accumulatedMoments' ? Number(momentum) > 0 :
      field === 'accumulatedMeanSquares' || Boolean(centered)),
  },
};

/**
 * Gives the optimizer of a compiled model the state that it had in Keras, so that training goes on from there.
 * @param read the model with Keras's layers, whose weights are in Keras's order
 * @param stored Keras's variables: the count of steps, the learning rate (Keras 3), then what is kept for each weight
 * @throws If they do not fit the weights that train.
 */
export function resumeOptimizer(label: string, model: LayersModel, read: LayersModel, stored: readonly StoredValues[]): void {
  const optimizer = openOptimizer(model.optimizer);
  const name = model.optimizer.getClassName();
  const entry = slots[name];
  const [steps, ...others] = stored;
  if (!steps || !entry) return;
  const given = others.filter(({shape}) => shape.length > 0);
  setCount(optimizer, steps.read()[0]!);
  if (given.length === 0 || entry.fields.length === 0) return;
  const kinds = keptOf(entry, optimizer);
  const ours = matchWeights(read, model);
  const weights = read.trainableWeights.map((weight) => ({weight, at: ours.get(weight)!.read() as Variable}));
  const at = (kind: number, i: number) => given[placeOf(entry, kind, i, kinds.length, weights.length)];
  const misfit = weights.find(({weight}, i) => !tf.util.arraysEqual(at(0, i)?.shape ?? [], weight.shape as number[]));
  if (misfit || given.length !== kinds.length * weights.length) {
    throw new Error(`${label}: the state of the optimizer ${name} does not fit the weights that train` +
        `${misfit ? `: '${misfit.weight.originalName}' ${showShape(misfit.weight.shape as number[])}` : ''}. Import without ` +
        'it: importKeras(file, {compile: false}).');
  }
  const scale = entry.scale?.(optimizer) ?? 1;
  // tfjs goes by the order in which its own model has the weights.
  const order = model.trainableWeights.map((weight) => weights.findIndex(({at: own}) => own === weight.read()));
  for (const [field] of entry.fields) {
    if (field === 'accumulatedMeanGrads' && !optimizer['centered']) continue;
    const kind = kinds.findIndex(([kept]) => kept === field);
    optimizer[field] = order.map((i): Slot => ({
      originalName: `${weights[i]!.at.name}/${field}`,
      variable: tidy(() => tf.variable(kind < 0 ? tf.zeros(weights[i]!.at.shape) :
        tf.mul(tf.tensor(at(kind, i)!.read(), weights[i]!.at.shape, 'float32'), scale) as Tensor, false)),
    }));
  }
}

/** How many steps were taken, and the running products of that many. */
function setCount(optimizer: OpenOptimizer, count: number): void {
  optimizer['iterations_'] = count;
  const power = (base: unknown) => Number(base) ** (count + 1);
  const scalars = {accBeta1: power(optimizer['beta1']), accBeta2: power(optimizer['beta2']), iteration: count};
  tidy(() => Object.entries(scalars).forEach(([field, value]) => {
    if (optimizer[field] instanceof tf.Variable) optimizer[field].assign(tf.scalar(value));
  }));
}

function keptOf({fields, kept}: Slots, optimizer: OpenOptimizer): Slots['fields'] {
  return fields.filter(([field]) => kept?.(optimizer, field) ?? true);
}

function placeOf({order}: Slots, kind: number, i: number, kinds: number, weights: number): number {
  return order === 'by kind' ? kind * weights + i : i * kinds + kind;
}

/** What Keras keeps of an optimizer. */
export interface KerasState {
  steps: number;
  learningRate: number;
  /** In Keras's order, with the names that tf_keras gives them. */
  slots: {name: string, values: Values}[];
}

/**
 * What an optimizer has gathered, as Keras keeps it; null where it has taken no step, or a class that Keras does not have.
 * @param written the model with Keras's layers, whose weights are in Keras's order
 * @throws If there is none for a weight that trains.
 */
export async function optimizerState(op: string, model: LayersModel, written: LayersModel): Promise<KerasState | null> {
  const name = model.optimizer.getClassName();
  const entry = slots[name];
  if (!entry) return null;
  const optimizer = openOptimizer(model.optimizer);
  const steps = Number(optimizer['iterations_'] ?? 0);
  const learningRate = Number(optimizer['learningRate']);
  if (steps === 0) return null;
  const kinds = keptOf(entry, optimizer);
  const ours = matchWeights(written, model);
  const weights = written.trainableWeights;
  const found: KerasState['slots'] = [];
  for (const [kind, [field, word]] of kinds.entries()) {
    for (const [i, weight] of weights.entries()) {
      const slot = slotOf(optimizer[field] as (Slot | undefined)[], model, ours.get(weight)!.read() as Variable);
      if (slot?.variable.size !== (ours.get(weight)!.read() as Variable).size) {
        throw new Error(`${op}: the state of the optimizer ${name} has nothing for the weight '${weight.originalName}', which ` +
            'trains. Compile anew and train, or export without: {compile: false}.');
      }
      const data = Float32Array.from(await slot.variable.data(), (value) => value / (entry.scale?.(optimizer) ?? 1));
      found[placeOf(entry, kind, i, kinds.length, weights.length)] =
          {name: `${word}/${weight.originalName}`, values: {shape: weight.shape as number[], data}};
    }
  }
  return {steps, learningRate, slots: found};
}

/** tfjs lists them in the order of the weights that trained; their names begin with those of the weights. */
function slotOf(list: readonly (Slot | undefined)[], model: LayersModel, weight: Variable): Slot | undefined {
  const named = list.find((slot) => slot?.originalName.replace(/\/[^/]*$/, '') === weight.name);
  if (named || list.length !== model.trainableWeights.length) return named;
  // A model that was loaded has other names.
  return list[model.trainableWeights.findIndex((own) => own.read() === weight)];
}
