import type {LayersModel} from '@tensorflow/tfjs-layers';

import {catalogue, configOf, isExplicit, ownClassName} from '../catalogue';
import {show} from '../validate';
import {checkConvertible, convert} from './conversion';
import type {Verdict} from './conversion';
import {allLayers, pathOf} from './graph';
import type {LayerPlace} from './graph';
import {textOf} from './io/errors';
import type {Place} from './rebuild';

/** Options of {@link toExplicit}. */
export interface ToExplicitOptions {
  /**
   * Only these: names of layers, of models inside (for all that they hold), or classes of layers ('Conv2D'). By default
   * every layer that has an explicit version.
   */
  only?: readonly string[];
}

/**
 * The same model with explicit layers in place of built-in ones, wherever {@link layers} has one of the same name: in
 * models inside models, in `timeDistributed` and shared too. Names, weights and their order,
 * shapes, trainable flags, initialisers, regularisers and constraints are kept, and outputs are equal; where maxima tie,
 * the gradient goes to all of them, as {@link layers.maxPooling2d} says. Layers without an explicit version stay;
 * {@link conversionReport} lists them. ThresholdedReLU, which has no gradient in tf.layers, becomes {@link layers.reLU}.
 *
 * The model given is not changed, not even when the new one trains: weights begin on the same data, which tfjs copies
 * at the first write. The new one is not compiled; dispose both when done.
 *
 * @param model Sequential or functional, with its input shape known
 * @throws On an unknown option, a name in `only` that is not in the model, a custom layer whose `getConfig` does not
 * suffice to rebuild it. Nothing is left behind then.
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
  const {explicit, becomes} = catalogue[ownClassName(layer)] ?? {};
  const make = becomes ?? (explicit && !('none' in explicit.twin) ? explicit.make : null);
  if (!make) return isExplicit(layer) ? 'as it is' : {keep: 'it has no explicit form'};
  if (only && !only.some((name) => namesOf(place).includes(name))) return {keep: 'it is not in only'};
  try {
    const {activityRegularizer: _, ...config} = configOf(layer);
    return {row: [make(config)]};
  } catch (error) {
    return {keep: textOf(error)};
  }
}

/** By which names `only` can mean a layer. */
function namesOf(place: LayerPlace): string[] {
  return [...place.around, place.layer].flatMap((layer) => [layer.name, layer.getClassName()]).concat(pathOf(place));
}

function checkOnly(model: LayersModel, only: unknown): readonly string[] | null {
  if (only === undefined || only === null) return null;
  if (!Array.isArray(only) || !only.every((name) => typeof name === 'string')) {
    throw new Error(`toExplicit: only must be a list of names of layers or classes. Got ${show(only)}. ` +
        "Write it as in {only: ['conv1', 'Dense']}.");
  }
  const places = allLayers(model);
  const known = new Set(places.flatMap(namesOf));
  const unknown = only.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new Error(`toExplicit: only names ${unknown.map(show).join(', ')}, which '${model.name}' has neither as layer ` +
        `nor as class. Its layers are ${places.map(pathOf).join(', ')}; their classes ` +
        `${[...new Set(places.map(({layer}) => layer.getClassName()))].join(', ')}. Name some of these.`);
  }
  return only;
}
