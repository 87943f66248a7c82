import type {serialization} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import * as explicit from '../layers';
import {show} from '../validate';
import {checkConvertible, convert} from './conversion';
import type {Verdict} from './conversion';
import {allLayers, pathOf} from './graph';
import type {Layer, LayerPlace} from './graph';
import type {Place} from './rebuild';

/** Options of {@link toExplicit}. */
export interface ToExplicitOptions {
  /**
   * Only these: names of layers, of models inside (for all that they hold), or classes of layers ('Conv2D'). By default
   * every layer that has an explicit form.
   */
  only?: readonly string[];
}

type Make = (config: serialization.ConfigDict) => Layer;
const make = <A>(factory: (args: A) => Layer): Make => (config) => factory(config as unknown as A);

/** What stands for a class of tf.layers; their configurations are ours. */
const successors: {[className: string]: Make} = {
  Conv2D: make(explicit.conv2d),
  ReLU: make(explicit.reLU),
  MaxPooling2D: make(explicit.maxPooling2d),
  Dense: make(explicit.dense),
  BatchNormalization: make(explicit.batchNormalization),
  LayerNormalization: make(explicit.layerNormalization),
};

/**
 * The same model with explicit layers in place of built-in ones: Conv2D, ReLU, MaxPooling2D, Dense, BatchNormalization
 * and LayerNormalization, in models inside models, in `timeDistributed` and shared too. Names, weights and their order,
 * shapes, trainable flags, initialisers, regularisers and constraints are kept, and outputs are equal; where maxima tie,
 * the gradient goes to all of them, as {@link layers.maxPooling2d} says. Layers without an explicit form stay;
 * {@link conversionReport} lists them.
 *
 * The model given is not changed, not even when the new one trains: weights begin on the same data, which tfjs copies
 * at the first write. The new one is not compiled; dispose both when done.
 *
 * @param model Sequential or functional, with its input shape known
 * @throws On an unknown option, a name in `only` that is nowhere in the model, a custom layer whose `getConfig` does not
 * suffice to make it anew. Nothing is left behind then.
 *
 * ```js
 * const model = models.toExplicit(await tf.loadLayersModel(url));
 * console.log(models.conversionReport(model).kept);
 * ```
 */
export function toExplicit(model: LayersModel, options: ToExplicitOptions = {}): LayersModel {
  checkConvertible('toExplicit', model, options, ['only']);
  const only = checkOnly(model, options?.only);
  return convert(model, (place) => judge(place, only));
}

function judge(place: Place, only: readonly string[] | null): Verdict {
  const {layer} = place;
  const factory = successors[layer.getClassName()];
  if (!factory) return layer.getClassName().startsWith('Explicit') ? 'as it is' : {keep: 'it has no explicit form'};
  if (only && !only.some((name) => namesOf(place).includes(name))) return {keep: 'it is not in only'};
  const {activityRegularizer: _, ...config} = layer.getConfig();
  // Keras 2 writes the axis of a batch norm as a list of one, and tfjs lets it stand.
  if (layer.getClassName() === 'BatchNormalization' && Array.isArray(config['axis'])) [config['axis']] = config['axis'];
  try {
    return {row: [factory(config)]};
  } catch (error) {
    return {keep: error instanceof Error ? error.message : String(error)};
  }
}

/** By which names `only` can mean a layer. */
function namesOf(place: LayerPlace): string[] {
  return [...place.around, place.layer].flatMap((layer) => [layer.name, layer.getClassName()]).concat(pathOf(place));
}

function checkOnly(model: LayersModel, only: unknown): readonly string[] | null {
  if (only === undefined || only === null) return null;
  if (!Array.isArray(only) || !only.every((name) => typeof name === 'string')) {
    throw new Error(`toExplicit: only must be a list of names of layers or classes. Got ${show(only)}.`);
  }
  const places = allLayers(model);
  const known = new Set(places.flatMap(namesOf));
  const unknown = only.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new Error(`toExplicit: only names ${unknown.map(show).join(', ')}, which '${model.name}' has neither as layer ` +
        `nor as class. Its layers are ${places.map(pathOf).join(', ')}; their classes ` +
        `${[...new Set(places.map(({layer}) => layer.getClassName()))].join(', ')}.`);
  }
  return only;
}
