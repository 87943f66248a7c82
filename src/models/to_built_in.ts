import type {serialization} from '@tensorflow/tfjs-core';
import {layers as builtIn} from '@tensorflow/tfjs-layers';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {axesOf, axisWindow, checkWindow, sidePadding} from '../geometry';
import type {CheckedWindow} from '../geometry';
import {checkChoice, show} from '../validate';
import {checkConvertible, convert} from './conversion';
import type {Verdict} from './conversion';
import {allLayers, pathOf} from './graph';
import type {Layer} from './graph';
import type {Place, Sizes} from './rebuild';

/** Options of {@link toBuiltIn}. */
export interface ToBuiltInOptions {
  /**
   * What becomes of the rule for tied maxima, of which the built-in layer has one only: the first on tfjs-node and cpu,
   * the last on wasm. It is a matter of gradients, outputs are equal. By default 'all', the default of ours, becomes
   * the built-in layer's, and 'split' is refused; 'ignore' maps 'split' too, 'refuse' takes 'first' alone.
   */
  ties?: 'ignore' | 'refuse';
}

type Config = serialization.ConfigDict;
type Build = (place: Place, config: Config, label: string, options: ToBuiltInOptions) => {row: Layer[], note?: string};

const make = <A>(factory: (args: A) => Layer) => (config: Config) => factory(config as unknown as A);
const builtInLayers = {
  conv2d: make(builtIn.conv2d),
  zeroPadding2d: make(builtIn.zeroPadding2d),
  reLU: make(builtIn.reLU),
  leakyReLU: make(builtIn.leakyReLU),
  thresholdedReLU: make(builtIn.thresholdedReLU),
  maxPooling2d: make(builtIn.maxPooling2d),
  dense: make(builtIn.dense),
  batchNormalization: make(builtIn.batchNormalization),
  layerNormalization: make(builtIn.layerNormalization),
};

const predecessors: {[className: string]: Build} = {
  ExplicitConv2D: convolution,
  ExplicitReLU: rectifier,
  ExplicitMaxPooling2D: pool,
  ExplicitDense: (_, config) => ({row: [builtInLayers.dense(config)]}),
  ExplicitBatchNormalization: (_, {backward: __, ...config}) => ({
    row: [builtInLayers.batchNormalization(config)],
    note: config['scale'] && config['center'] ? '' : 'tf.layers.batchNormalization trains with scale and center only',
  }),
  ExplicitLayerNormalization: (_, config) => ({
    row: [builtInLayers.layerNormalization(config)],
    note: config['center'] ? '' : 'tf.layers.layerNormalization trains with center only',
  }),
};

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
  checkConvertible('toBuiltIn', model, options, ['ties']);
  if (options?.ties != null) checkChoice('toBuiltIn', 'ties', options.ties, ['ignore', 'refuse'] as const);
  const names = new Set(allLayers(model).map(({layer}) => layer.name));
  return convert(model, (place): Verdict => {
    const {layer} = place;
    const build = predecessors[layer.getClassName()];
    if (!build) return 'as it is';
    const label = `toBuiltIn: layer '${pathOf(place)}' (${layer.getClassName()})`;
    const verdict = build(place, layer.getConfig(), label, options ?? {});
    for (const part of verdict.row) {
      if (part.name === layer.name) continue;
      while (names.has(part.name)) part.name += '_';
      names.add(part.name);
    }
    return verdict;
  });
}

function convolution(_: Place, {groups, exactFit: __, ...config}: Config, label: string): {row: Layer[]} {
  if (groups !== 1) throw new Error(`${label}: tf.layers.conv2d knows no groups. Got groups ${show(groups)}.`);
  const window = windowOf(config, 'kernelSize');
  if (window.strides.some((s) => s > 1) && window.dilation.some((d) => d > 1)) {
    throw new Error(`${label}: tf.layers.conv2d takes strides or dilationRate above 1, not both. Got strides ` +
        `${show(window.strides)}, dilationRate ${show(window.dilation)}.`);
  }
  if (typeof window.padding === 'string') return {row: [builtInLayers.conv2d(config)]};
  if (window.padding.flat().every((size) => size === 0)) {
    return {row: [builtInLayers.conv2d({...config, padding: 'valid'})]};
  }
  const {batchInputShape, ...rest} = config;
  const padding = builtInLayers.zeroPadding2d({
    name: `${config['name']}_padding`, padding: window.padding, dataFormat: window.dataFormat,
    ...(batchInputShape ? {batchInputShape, dtype: config['dtype']} : {}),
  });
  return {row: [padding, builtInLayers.conv2d({...rest, padding: 'valid'})]};
}

function pool(
    {inputShapes}: Place, {ties, exactFit: _, dilationRate: __, ...config}: Config, label: string,
    options: ToBuiltInOptions): {row: Layer[], note?: string} {
  const window = windowOf({...config, dilationRate: __}, 'poolSize');
  if (window.dilation.some((d) => d > 1)) {
    throw new Error(`${label}: tf.layers.maxPooling2d knows no dilation. Got dilationRate ${show(window.dilation)}.`);
  }
  const refused = options.ties === 'refuse' ? ['all', 'split'] : options.ties === 'ignore' ? [] : ['split'];
  if (refused.includes(ties as string)) {
    throw new Error(`${label}: tf.layers.maxPooling2d gives a gradient to one of tied maxima. Got ties ${show(ties)}. ` +
        `Use ties 'first' in the layer, or toBuiltIn(model, {ties: 'ignore'}): outputs do not depend on it.`);
  }
  const note = ties === 'first' ? '' : `ties '${ties}' became the backend's own rule, a matter of gradients only`;
  return {row: [builtInLayers.maxPooling2d({...config, padding: wordFor(window, inputShapes, label)})], note};
}

/** 'valid' or 'same', where that is what the padding comes to on every input. */
function wordFor(window: CheckedWindow, inputShapes: Sizes[], label: string): 'valid' | 'same' {
  const {padding, dataFormat} = window;
  if (typeof padding === 'string') return padding;
  if (padding.flat().every((size) => size === 0)) return 'valid';
  const {height, width} = axesOf(dataFormat);
  const isSame = inputShapes.length > 0 && inputShapes.every((shape) => ([0, 1] as const).every((i) => {
    const size = shape[i === 0 ? height : width];
    const {kernel, stride, dilation} = axisWindow(window, i);
    if (size === null || size === undefined) return false;
    return sidePadding('same', size, kernel, stride, dilation).every((zeros, side) => zeros === padding[i][side]);
  }));
  if (isSame) return 'same';
  throw new Error(`${label}: tf.layers.maxPooling2d pads by 'same' alone, which is another padding on inputs ` +
      `${inputShapes.map((shape) => `[${shape.map((size) => size ?? '?')}]`).join(', ')}. Got padding ${show(padding)}.`);
}

function rectifier(_: Place, config: Config, label: string): {row: Layer[]} {
  const {maxValue, negativeSlope, threshold, ...common} = config as {
    maxValue: number | null, negativeSlope: number, threshold: number,
  };
  if ([maxValue !== null, negativeSlope > 0, threshold > 0].filter(Boolean).length > 1) {
    throw new Error(`${label}: tf.layers has no rectifier with more than one of maxValue, negativeSlope and threshold. ` +
        `Got ${show({maxValue, negativeSlope, threshold})}.`);
  }
  if (negativeSlope > 0) return {row: [builtInLayers.leakyReLU({...common, alpha: negativeSlope})]};
  if (threshold > 0) return {row: [builtInLayers.thresholdedReLU({...common, theta: floatBelow(threshold)})]};
  return {row: [builtInLayers.reLU({...common, maxValue})]};
}

/** ThresholdedReLU lets through what is above theta, ours what is at the threshold too: the next float32 below it. */
function floatBelow(value: number): number {
  const float = new Float32Array([value]);
  new Uint32Array(float.buffer)[0]! -= 1;
  return float[0]!;
}

function windowOf(config: Config, sizeName: 'kernelSize' | 'poolSize'): CheckedWindow {
  return checkWindow('toBuiltIn', sizeName, config[sizeName], config as Parameters<typeof checkWindow>[3]);
}
