import type {io} from '@tensorflow/tfjs-core';
import type {LayersModel, LayerVariable} from '@tensorflow/tfjs-layers';

import {ownTrainable} from '../../layers/keep_frozen';
import {innerLayers} from '../../layers/parts';
import {allLayers, isModel, isTimeDistributed, pathOf} from '../graph';
import type {Layer} from '../graph';
import {forcedTraining, forceTraining} from '../training_mode';
import type {SavedTraining} from './training';

/** The entry among a file's user-defined metadata that holds what tfjs's own format has no place for. */
const KEY = 'tfjs-explicit-layers';

/** What is frozen by `model.trainable = false`, which marks the model and the weights in it. */
export interface FrozenParts {
  /** Paths of models; '' is the whole. */
  models: string[];
  /** Weights whose layer is not frozen. */
  weights: string[];
}

/** What {@link save} adds to tfjs's format. */
export interface SavedExtras {
  version: 1;
  /** SHA-256 of each weight, in the order of the file; null where none could be made. */
  digests: string[] | null;
  /** What is frozen otherwise than by `layer.trainable`, which the topology holds. */
  frozen: FrozenParts;
  training: SavedTraining | null;
  /** Layers that are told whether they are in training, by path; null where there are none. */
  told?: {[path: string]: boolean} | null;
}

type Metadata = NonNullable<io.ModelArtifacts['userDefinedMetadata']>;

/** The metadata with ours in it. */
export function withExtras(metadata: Metadata | undefined, extras: SavedExtras): Metadata {
  return {...metadata, [KEY]: extras};
}

/** Ours, and the user's own. */
export function splitExtras(metadata: Metadata | undefined): {extras: SavedExtras | null, own: Metadata | null} {
  const {[KEY]: extras, ...own} = metadata ?? {};
  return {extras: (extras ?? null) as SavedExtras | null, own: Object.keys(own).length > 0 ? own : null};
}

/** Finds what is frozen otherwise than by `layer.trainable`. */
export function frozenPartsOf(model: LayersModel): FrozenParts {
  const places = allLayers(model);
  const models = places.filter(({layer}) => isModel(layer) && !layer.trainable).map(pathOf);
  const weights = places.flatMap(({layer}) => (layer.trainable ? trainableIn(layer) : []))
      .filter(({trainable}) => !trainable).map(({originalName}) => originalName);
  return {models: model.trainable ? models : ['', ...models], weights};
}

/** Freezes the same parts of a model that was made of the topology. */
export function freezeParts(model: LayersModel, {models, weights}: FrozenParts): void {
  if (models.includes('')) model.trainable = false;
  for (const place of allLayers(model)) {
    if (isModel(place.layer) && models.includes(pathOf(place))) place.layer.trainable = false;
  }
  for (const {layer, around} of allLayers(model)) {
    const trains = [model, ...around, layer].every(({trainable}) => trainable);
    for (const weight of trainableIn(layer)) weight.trainable = trains && !weights.includes(weight.originalName);
  }
}

/** The weights of a layer, of recurrent cells in it too but of no model or wrapper, that training may change. */
function trainableIn(layer: Layer): LayerVariable[] {
  if (isModel(layer) || isTimeDistributed(layer)) return [];
  return [...ownTrainable(layer), ...innerLayers(layer).flatMap(trainableIn)]
      .filter(({originalName}) => originalName !== undefined);
}

/** Which layers are told in their calls whether they are in training. */
export function toldPartsOf(model: LayersModel): {[path: string]: boolean} | null {
  const told = allLayers(model).flatMap((place) => {
    const training = forcedTraining(place.layer);
    return training === null ? [] : [[pathOf(place), training] as const];
  });
  return told.length > 0 ? Object.fromEntries(told) : null;
}

/** Tells the same layers of a model that was made of the topology. */
export function tellParts(model: LayersModel, told: {[path: string]: boolean}): void {
  for (const place of allLayers(model)) {
    if (Object.hasOwn(told, pathOf(place))) forceTraining(place.layer, told[pathOf(place)]!);
  }
}
