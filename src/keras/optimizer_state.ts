import * as tf from '@tensorflow/tfjs-core';
import type {Optimizer, Tensor, Variable} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {tidy} from '../tidy';
import {showShape} from '../validate';
import type {StoredValues} from './hdf5';

/** What Keras keeps for each weight, and how tfjs has it. */
interface Slots {
  /** How many for a weight. */
  kinds: (optimizer: Fields) => number;
  /** Keras lists all of one kind and then the next, or all of one weight and then the next. */
  order: 'by kind' | 'by weight';
  /** tfjs's value of Keras's. */
  scale?: (optimizer: Fields) => number;
}

type Fields = Optimizer & {[field: string]: unknown};

/** By tfjs's classes. SGD without momentum has a count of steps alone. */
const slots: {[className: string]: Slots} = {
  // Keras's velocity is what is added to the weight, tfjs's is the sum of gradients before the learning rate.
  Momentum: {kinds: () => 1, order: 'by weight', scale: (optimizer) => -1 / (optimizer['learningRate'] as number)},
  Adam: {kinds: () => 2, order: 'by weight'},
  Adamax: {kinds: () => 2, order: 'by weight'},
  Adagrad: {kinds: () => 1, order: 'by weight'},
  Adadelta: {kinds: () => 2, order: 'by weight'},
  RMSProp: {kinds: ({centered}) => (centered ? 3 : 2), order: 'by kind'},
};

/**
 * Gives the optimizer of a compiled model the state that it had in Keras, so that training goes on from there.
 * @param stored Keras's variables: the count of steps, the learning rate (Keras 3), then what is kept for each weight
 * @throws If they do not fit the weights that train.
 */
export async function resumeOptimizer(label: string, model: LayersModel, stored: readonly StoredValues[]): Promise<void> {
  const optimizer = model.optimizer as Fields;
  const entry = slots[optimizer.getClassName()];
  const [steps, ...others] = stored;
  if (!steps || !entry) return;
  const count = steps.read()[0]!;
  const kept = others.filter(({shape}) => shape.length > 0);
  const weights = (model.trainableWeights as {originalName: string, shape: number[]}[]);
  const kinds = entry.kinds(optimizer);
  // Keras's RMSprop keeps the momentum and the average only where it uses them.
  const given = weights.length === 0 ? 0 : kept.length / weights.length;
  if (kept.length === 0) return;
  const at = (kind: number, i: number) => kept[entry.order === 'by kind' ? kind * weights.length + i : i * given + kind];
  const misfit = weights.find(({shape}, i) => !Number.isInteger(given) || !tf.util.arraysEqual(at(0, i)?.shape ?? [], shape));
  if (misfit || given > kinds + 1) {
    throw new Error(`${label}: the state of the optimizer ${optimizer.getClassName()} does not fit the weights that train` +
        `${misfit ? `: '${misfit.originalName}' ${showShape(misfit.shape)}` : ''}. Import without it: ` +
        'importKeras(file, {compile: false}).');
  }
  const present = presentKinds(optimizer, given);
  const state = tidy(() => present.flatMap((kind) => weights.map(({originalName, shape}, i) => ({
    name: `${originalName}/${kind ?? 'zero'}`,
    tensor: kind === null ? tf.zeros(shape) :
      tf.mul(tf.tensor(at(kind, i)!.read(), shape, 'float32'), entry.scale?.(optimizer) ?? 1) as Tensor,
  }))));
  const iteration = {name: 'iter', tensor: tf.scalar(count, 'int32')};
  if (optimizer.getClassName() === 'Adamax') setAdamax(optimizer, state, count);
  else await optimizer.setWeights([iteration, ...state]);
  tf.dispose([iteration.tensor, ...state.map(({tensor}) => tensor)]);
}

/** Which of Keras's kinds are tfjs's, in its order; null is zeros: Keras leaves out the momentum that is 0. */
function presentKinds(optimizer: Fields, given: number): (number | null)[] {
  if (optimizer.getClassName() !== 'RMSProp') return Array.from({length: given}, (_, kind) => kind);
  const hasMomentum = Number(optimizer['momentum']) > 0 && given > 1;
  const average = optimizer['centered'] ? [given - 1] : [];
  return [0, hasMomentum ? 1 : null, ...average];
}

/** tfjs's Adamax has no setWeights. */
function setAdamax(optimizer: Fields, state: readonly {name: string, tensor: Tensor}[], count: number): void {
  const kept = (list: typeof state) => list.map(({name, tensor}) => ({originalName: name, variable: tf.variable(tensor, false)}));
  optimizer['accumulatedFirstMoment'] = kept(state.slice(0, state.length / 2));
  optimizer['accumulatedWeightedInfNorm'] = kept(state.slice(state.length / 2));
  tidy(() => {
    (optimizer['accBeta1'] as Variable).assign(tf.scalar((optimizer['beta1'] as number) ** (count + 1)));
    (optimizer['iteration'] as Variable).assign(tf.scalar(count));
  });
}
