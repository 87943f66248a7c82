import type {LayersModel} from '@tensorflow/tfjs-layers';

import {explicitRowOf, isExplicit, isOurs, ownRowOf} from '../catalogue';
import type {Config, TwinRow, TwinUse} from '../catalogue';
import {checkChoice, show} from '../validate';
import {checkConvertible, convert} from './conversion';
import type {Verdict} from './conversion';
import {allLayers, partsOf, pathOf} from './graph';
import type {Layer} from './graph';
import type {Place} from './rebuild';

/** Options of {@link toBuiltIn}. */
export interface ToBuiltInOptions {
  /**
   * What happens to the rule for tied maxima. The built-in layer has only one rule (the first on tfjs-node and cpu,
   * another on wasm); it affects gradients, not outputs. By default 'all' becomes the built-in layer's rule, and
   * 'split' is refused; 'ignore' maps 'split' too, 'refuse' accepts only 'first'.
   */
  ties?: 'ignore' | 'refuse';
}

/**
 * The same model with the built-in layers of tf.layers in place of explicit ones, the way back from {@link toExplicit}:
 * names, weights, shapes and outputs are kept. {@link conversionReport} says what was replaced.
 *
 * What tf.layers lacks is mapped exactly or refused by the layer's name:
 * - a convolution's numeric padding becomes ZeroPadding2D (named after the layer, `..._padding`) and a 'valid' one;
 * - a pool's numeric padding becomes 'same' where the input sizes are known and make it equal;
 * - a rectifier's `negativeSlope` becomes LeakyReLU, its `threshold` ThresholdedReLU; both together, or one with
 *   `maxValue`, are refused;
 * - `groups`, strides with dilation, and a pool's dilation are refused;
 * - `ties: 'split'` is refused, 'all' becomes the built-in layer's rule, see {@link ToBuiltInOptions};
 * - `exactFit` and `backward` do not change any number and are dropped.
 *
 * The model given is not changed, not even when the new one trains. The new one is not compiled.
 *
 * @param model Sequential or functional, with its input shape known
 * @throws On an unknown option, a layer without a built-in version. Nothing is left behind then.
 *
 * ```js
 * await models.toBuiltIn(model).save('file://for-others');
 * ```
 */
export function toBuiltIn(model: LayersModel, options: ToBuiltInOptions = {}): LayersModel {
  return withTwins('toBuiltIn', model, options, false);
}

/** The same model of layers that Keras has: like {@link toBuiltIn}, but ours stay where Keras has more than tf.layers. */
export function toKerasLayers(op: string, model: LayersModel, options: ToBuiltInOptions): LayersModel {
  return withTwins(op, model, options, true);
}

function withTwins(op: string, model: LayersModel, options: ToBuiltInOptions, isForKeras: boolean): LayersModel {
  checkConvertible(op, model, options, ['ties']);
  const ties = options?.ties == null ? null : checkChoice(op, 'ties', options.ties, ['ignore', 'refuse'] as const);
  const names = new Set(allLayers(model).map(({layer}) => layer.name));
  return convert(model, (place): Verdict => {
    const {layer} = place;
    const label = `${op}: layer '${pathOf(place)}' (${layer.getClassName()})`;
    const none = ownRowOf(layer)?.onlyHere?.twin.none;
    if (none && !isForKeras) throw refusal(label, none);
    if (!isExplicit(layer)) {
      if (isOurs(layer) && !ownRowOf(layer)) throw refusal(label, UNKNOWN);
      const inside = oursIn(layer);
      if (inside) throw refusal(label, `it holds '${inside.name}' (${inside.getClassName()}), which ${op} cannot replace there`);
      return 'as it is';
    }
    const verdict = (isForKeras ? kerasRow(place, label, ties) : null) ?? twinOf(place, label, ties);
    for (const part of verdict.row) {
      if (part.name === layer.name) continue;
      while (names.has(part.name)) part.name += '_';
      names.add(part.name);
    }
    return verdict;
  });
}

const UNKNOWN = 'this version knows no layer of this class';

/** A layer of ours inside another one that stays. */
function oursIn(layer: Layer, seen = new Set([layer])): Layer | undefined {
  for (const part of partsOf(layer).filter((one) => !seen.has(one))) {
    seen.add(part);
    const found = isOurs(part) ? part : oursIn(part, seen);
    if (found) return found;
  }
  return undefined;
}

/** Ours, where it does what Keras's layer does and tf.layers' does not; null where a twin will do. */
function kerasRow({layer, inputShapes}: Place, label: string, ties: TwinUse['ties']): TwinRow | null {
  const row = explicitRowOf(layer);
  if (!row || 'none' in row.keras) return null;
  const {explicit: {own: options, twin, make}, keras: {more = []}} = row;
  const given = layer.getConfig();
  if ('none' in twin) return {row: [make(given)]};
  const isMore = more.some((name) => name in options && show(given[name]) !== show(options[name]!.default));
  if (!isMore && given['padding'] !== 'causal') return null;
  const entries = Object.entries(given).filter(([name]) => !(name in options) || more.includes(name));
  const config = Object.fromEntries(entries) as Config;
  const use = {twin: {...twin, make}, config, own: {}, label, inputShapes, ties, isForKeras: true};
  return twin.row?.(use) ?? {row: [make(config)]};
}

function twinOf({layer, inputShapes}: Place, label: string, ties: TwinUse['ties']): TwinRow {
  const row = explicitRowOf(layer);
  if (!row || 'none' in row.explicit.twin) {
    const why = row && 'none' in row.explicit.twin ? row.explicit.twin.none : UNKNOWN;
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
  const made = twin.row?.({twin, config, own, label, inputShapes, ties, isForKeras: false}) ?? {row: [twin.make(config)]};
  return {note: twin.note?.(config) ?? '', ...made};
}

function refusal(label: string, why: string): Error {
  return new Error(`${label}: ${why}. Put a layer of tf.layers in its place first, or keep the model as it is: models.save ` +
      'takes all layers of this library.');
}
