import {isFrozen} from '../layers/keep_frozen';
import type {Layer} from './graph';

const forced = new WeakMap<Layer, boolean>();

/** Whether a layer is told in its call to be in training (`layer(x, training=False)`); null where it is not. */
export function forcedTraining(layer: Layer): boolean | null {
  return forced.get(layer) ?? null;
}

/**
 * Makes a layer, or a model with all in it, work as in training or as in inference, whatever `fit` or `predict` say:
 * tfjs-layers keeps the arguments of a call and never passes them on.
 */
export function forceTraining(layer: Layer, training: boolean): void {
  forced.set(layer, training);
  overrideCall(layer, () => training);
}

/** What a layer is told, its successor is told too. */
export function copyTraining(from: Layer, to: Layer): void {
  const training = forcedTraining(from);
  if (forcedTraining(to) !== null) return;
  obeyFreezing(to);
  if (training !== null) forceTraining(to, training);
}

/** A batch norm of tf.layers moves its averages even where it is frozen: one with this works as in inference then. */
export function obeyFreezing(layer: Layer): void {
  if (layer.getClassName() !== 'BatchNormalization') return;
  overrideCall(layer, (training) => training && !isFrozen(layer));
}

function overrideCall(layer: Layer, training: (now: boolean) => boolean): void {
  const call = layer.call.bind(layer);
  layer.call = (inputs, kwargs) => call(inputs, {...kwargs, training: training(Boolean(kwargs?.['training']))});
}
