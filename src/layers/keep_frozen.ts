import {LayersModel, Sequential} from '@tensorflow/tfjs-layers';
import type {LayerVariable} from '@tensorflow/tfjs-layers';

import {layerFields, trainableWeightsOf} from '../tfjs_private';
import {innerLayers} from './parts';
import type {Layer} from './parts';

/** The weights of a layer, and of none in it, that training may change, whether or not they are frozen now. */
export function ownTrainable(layer: Layer): readonly LayerVariable[] {
  if (Array.isArray(layerFields(layer).layers)) return [];
  return trainableWeightsOf(layer) ?? (innerLayers(layer).length > 0 ? [] : layer.trainableWeights);
}

/**
 * Whether training leaves a layer as it is: marked itself, by a model around it, or weight by weight as
 * `model.trainable = false` does.
 */
export function isFrozen(layer: Layer, around: readonly Layer[] = []): boolean {
  if ([...around, layer].some(({trainable}) => !trainable)) return true;
  const weights = ownTrainable(layer);
  return weights.length > 0 && weights.every(({trainable}) => !trainable);
}

/** Marks the weights in a layer as training may change them: not where the layer, or one around it, is frozen. */
export function markWeights(layer: Layer, trains: boolean): void {
  for (const weight of ownTrainable(layer)) weight.trainable = trains;
  for (const inner of innerLayers(layer)) markWeights(inner, trains && inner.trainable);
}

function allWeights(layer: Layer): LayerVariable[] {
  return [...ownTrainable(layer), ...innerLayers(layer).flatMap(allWeights)];
}

const INSTALLED = Symbol.for('tfjs-explicit-layers.keepFrozen');

/**
 * Makes `trainable = false` hold in models of tfjs-layers, where two things lose it: `Sequential.build`, which the first
 * call and each `compile` run, marks all weights as trainable again, those of frozen layers and of a frozen model that is
 * the first layer too; and freezing a model leaves the weights of models, wrappers and recurrent cells in it marked as
 * trainable, which `optimizer.minimize` goes by. Runs when the first explicit layer, or a model of ours, is made.
 */
export function keepFrozen(): void {
  const sequential = Sequential.prototype as Sequential & {[INSTALLED]?: boolean};
  if (sequential[INSTALLED]) return;
  Object.defineProperty(sequential, INSTALLED, {value: true});
  keepWhileBuilding(sequential);
  const container = ownerOf(LayersModel.prototype, 'trainable');
  if (container) freezeDeeply(container);
}

function keepWhileBuilding(prototype: Sequential): void {
  const build = prototype.build;
  prototype.build = function(this: Sequential, ...args: Parameters<Sequential['build']>) {
    const before = allWeights(this).map((weight) => [weight, weight.trainable] as const);
    build.apply(this, args);
    if (!this.trainable) return;
    for (const [weight, trainable] of before) weight.trainable = trainable;
  };
}

function freezeDeeply(prototype: object): void {
  const {get, set} = Object.getOwnPropertyDescriptor(prototype, 'trainable')!;
  Object.defineProperty(prototype, 'trainable', {
    configurable: true, get,
    set(this: LayersModel, trainable: boolean) {
      set!.call(this, trainable);
      for (const inner of innerLayers(this)) markWeights(inner, trainable && inner.trainable);
    },
  });
}

function ownerOf(prototype: object, property: string): object | null {
  let found: object | null = prototype;
  while (found && !Object.getOwnPropertyDescriptor(found, property)?.set) found = Object.getPrototypeOf(found) as object | null;
  return found;
}
