import type {LayersModel} from '@tensorflow/tfjs-layers';

import {explicitRowOf, isExplicit, rowOf} from '../catalogue';
import type {Config, TwinRow, TwinUse} from '../catalogue';
import {checkChoice, show} from '../validate';
import {checkConvertible, convert} from './conversion';
import type {Verdict} from './conversion';
import {allLayers, pathOf} from './graph';
import type {Place} from './rebuild';

/** Options of {@link toBuiltIn}. */
export interface ToBuiltInOptions {
  /**
   * What becomes of the rule for tied maxima, of which the built-in layer has one only: the first on tfjs-node and cpu,
   * the last on wasm. It is a matter of gradients, outputs are equal. By default 'all', the default of ours, becomes
   * the built-in layer's, and 'split' is refused; 'ignore' maps 'split' too, 'refuse' takes 'first' alone.
   */
  ties?: 'ignore' | 'refuse';
}

/**
 * The same model with the built-in layers of tf.layers in place of explicit ones, the way back from {@link toExplicit}:
 * names, weights, shapes and outputs are kept. {@link conversionReport} says what was replaced.
 *
 * What tf.layers lacks is mapped exactly or refused by the layer's name:
 * - a convolution's padding in numbers becomes ZeroPadding2D (named after the layer, `..._padding`) and a 'valid' one;
 * - a pool's padding in numbers becomes 'same' where the sizes that come to it are known and make that equal;
 * - a rectifier's `negativeSlope` becomes LeakyReLU, its `threshold` ThresholdedReLU; both together, or one with
 *   `maxValue`, are refused;
 * - `groups`, strides together with dilation, and a pool's dilation are refused;
 * - `ties: 'split'` is refused, 'all' becomes the built-in layer's rule, see {@link ToBuiltInOptions};
 * - `exactFit` and `backward` change no number and are dropped.
 *
 * The model given is not changed, not even when the new one trains. The new one is not compiled.
 *
 * @param model Sequential or functional, with its input shape known
 * @throws On an unknown option, a layer without built-in form. Nothing is left behind then.
 *
 * ```js
 * await models.toBuiltIn(model).save('file://for-others');
 * ```
 */
export function toBuiltIn(model: LayersModel, options: ToBuiltInOptions = {}): LayersModel {
  return withBuiltIns(model, options, false);
}

/**
 * {@link toBuiltIn}, which may leave the layers that Keras and this library have, and tf.layers has not.
 * @param keepsOnlyHere whether it does
 */
export function withBuiltIns(model: LayersModel, options: ToBuiltInOptions, keepsOnlyHere: boolean): LayersModel {
  checkConvertible('toBuiltIn', model, options, ['ties']);
  const ties = options?.ties == null ? null : checkChoice('toBuiltIn', 'ties', options.ties, ['ignore', 'refuse'] as const);
  const names = new Set(allLayers(model).map(({layer}) => layer.name));
  return convert(model, (place): Verdict => {
    const {layer} = place;
    const none = rowOf(layer)?.onlyHere?.twin.none;
    if (none && !keepsOnlyHere) throw refusal(labelOf(place), none);
    if (!isExplicit(layer)) return 'as it is';
    const verdict = twinOf(place, ties);
    for (const part of verdict.row) {
      if (part.name === layer.name) continue;
      while (names.has(part.name)) part.name += '_';
      names.add(part.name);
    }
    return verdict;
  });
}

function twinOf(place: Place, ties: TwinUse['ties']): TwinRow {
  const {layer, inputShapes} = place;
  const label = labelOf(place);
  const row = explicitRowOf(layer);
  if (!row || 'none' in row.explicit.twin) {
    const why = row && 'none' in row.explicit.twin ? row.explicit.twin.none : 'this version knows no layer of this class';
    throw refusal(label, why);
  }
  const {own: options, twin} = row.explicit;
  const config: Config = {};
  const own: Config = {};
  for (const [name, value] of Object.entries(layer.getConfig())) {
    const option = options[name];
    (option ? own : config)[name] = value;
    if (option?.refused && show(value) !== show(option.default)) {
      throw new Error(`${label}: tf.layers.${twin.factory} ${option.refused}. Got ${name} ${show(value)}. ` +
          'Change it, or keep the explicit layer.');
    }
  }
  const made = twin.row?.({twin, config, own, label, inputShapes, ties}) ?? {row: [twin.make(config)]};
  return {note: twin.note?.(config) ?? '', ...made};
}

function labelOf(place: Place): string {
  return `toBuiltIn: layer '${pathOf(place)}' (${place.layer.getClassName()})`;
}

function refusal(label: string, why: string): Error {
  return new Error(`${label}: ${why}. Put a layer of tf.layers in its place first, or keep the model as it is: models.save ` +
      'takes all layers of this library.');
}
