import {layers as builtIn} from '@tensorflow/tfjs-layers';

import {axesOf, axisWindow, checkWindow, dilatedSize, sidePadding} from '../geometry';
import type {CheckedWindow, WindowOptions} from '../geometry';
import {show} from '../validate';
import {maker} from './make';
import type {Config, Sizes, TwinRow, TwinUse} from './row';

const zeroPadding = maker(builtIn.zeroPadding2d);
const crop = maker(builtIn.cropping2D);

/** A convolution whose numeric padding becomes a ZeroPadding2D before it, named after the layer. */
export function paddedConvolution({config, label, twin: {factory, make}}: TwinUse): TwinRow {
  const {strides, dilation, padding, dataFormat} = windowOfConfig(config, 'kernelSize');
  refuseBoth(label, factory, strides, dilation);
  if (typeof padding === 'string') return {row: [make(config)]};
  if (isZero(padding)) return {row: [make({...config, padding: 'valid'})]};
  const {batchInputShape, ...rest} = config;
  const before = zeroPadding({
    name: `${config['name']}_padding`, padding, dataFormat,
    ...(batchInputShape ? {batchInputShape, dtype: config['dtype']} : {}),
  });
  return {row: [before, make({...rest, padding: 'valid'})]};
}

function refuseBoth(label: string, factory: string, strides: number[], dilation: number[]): void {
  if (Math.max(...strides) === 1 || Math.max(...dilation) === 1) return;
  throw new Error(`${label}: tf.layers.${factory} takes strides or dilationRate above 1, not both. Got strides ` +
      `${show(strides)}, dilationRate ${show(dilation)}. Set one of them to 1, or keep the explicit layer.`);
}

/** tf.layers adds the bias of channels that stand first to the last axis. */
export function paddedSeparable(use: TwinUse): TwinRow {
  if (!use.isForKeras && use.config['dataFormat'] === 'channelsFirst' && use.config['useBias']) {
    throw new Error(`${use.label}: tf.layers.${use.twin.factory} adds its bias to the wrong axis with dataFormat ` +
        "'channelsFirst'. Set useBias to false, or keep the explicit layer.");
  }
  return paddedConvolution(use);
}

/** tf.layers pads a sequence by a word alone, and not 'causal'. */
export function wordedConv1d({config, label, isForKeras, twin: {factory, make}}: TwinUse): TwinRow {
  const {strides, dilationRate, padding} = config;
  refuseBoth(label, factory, strides as number[], dilationRate as number[]);
  const isNone = Array.isArray(padding) && padding.every((size) => size === 0);
  if (!isNone && padding !== 'valid' && padding !== 'same' && !(isForKeras && padding === 'causal')) {
    throw new Error(`${label}: tf.layers.${factory} pads only by 'valid' or 'same'. Got padding ${show(padding)}. Change ` +
        'it, or keep the explicit layer.');
  }
  return {row: [make({...config, padding: isNone ? 'valid' : padding!})]};
}

/** A transposed convolution whose numeric padding becomes a Cropping2D behind it, named after the layer. */
export function croppedTranspose({config, twin: {make}}: TwinUse): TwinRow {
  const {kernel, strides, dilation, padding, dataFormat} = windowOfConfig(config, 'kernelSize');
  if (typeof padding === 'string') return {row: [make(config)]};
  // 'valid' gives windows narrower than their stride the whole of it, unless outputPadding says otherwise.
  const cropping = padding.map(([before, after], i) => [before, after + (config['outputPadding'] ? 0 :
    Math.max(0, strides[i]! - dilatedSize(kernel[i]!, dilation[i]!)))]);
  const valid = make({...config, padding: 'valid'});
  return {row: cropping.flat().every((size) => size === 0) ? [valid] :
    [valid, crop({name: `${config['name']}_cropping`, cropping, dataFormat})]};
}

/** A pool whose numeric padding becomes the word that means the same, and whose ties go by the backend's own rule. */
export function paddedPool(use: TwinUse): TwinRow {
  const {config, own: {ties}, label, twin: {factory, make}} = use;
  const refused = use.ties === 'refuse' ? ['all', 'split'] : use.ties === 'ignore' ? [] : ['split'];
  if (refused.includes(ties as string)) {
    throw new Error(`${label}: tf.layers.${factory} gives a gradient to one of tied maxima. Got ties ${show(ties)}. ` +
        `Use ties 'first' in the layer, or toBuiltIn(model, {ties: 'ignore'}): outputs do not depend on it.`);
  }
  const note = ties === undefined || ties === 'first' ? '' :
    `ties '${ties}' became the backend's own rule, a matter of gradients only`;
  return {row: [make({...config, padding: wordFor(use)})], note};
}

/** A global pool whose axes of size 1 come back by a Reshape after it, named after the layer. */
export function pooledThenReshaped({config, own: {keepDims}, label, inputShapes, twin: {factory, make}}: TwinUse): TwinRow {
  const pool = make(config);
  if (!keepDims) return {row: [pool]};
  const isLast = config['dataFormat'] !== 'channelsFirst';
  const channels = inputShapes[0]?.[isLast ? 3 : 1];
  if (channels === null || channels === undefined) {
    throw new Error(`${label}: tf.layers.${factory} knows no keepDims, and a Reshape after it needs the number of channels, ` +
        'which is open. Give the model an inputShape that holds it, or keep the explicit layer.');
  }
  const targetShape = isLast ? [1, 1, channels] : [channels, 1, 1];
  return {row: [pool, builtIn.reshape({name: `${config['name']}_keep_dims`, targetShape})]};
}

/** 'valid' or 'same', where that is what the padding comes to on every input. */
function wordFor({config, inputShapes, label, twin}: TwinUse): 'valid' | 'same' {
  const window = windowOfConfig(config, 'poolSize');
  const {padding} = window;
  if (typeof padding === 'string') return padding;
  if (isZero(padding)) return 'valid';
  if (inputShapes.length > 0 && inputShapes.every((shape) => isSame(window, padding, shape))) return 'same';
  throw new Error(`${label}: tf.layers.${twin.factory} pads only by 'same', which pads differently on inputs ` +
      `${inputShapes.map((shape) => `[${shape.map((size) => size ?? '?')}]`).join(', ')}. Got padding ${show(padding)}. ` +
      "Change it to 'same' or 'valid', or keep the explicit layer.");
}

type Sides = Exclude<CheckedWindow['padding'], string>;

function isZero(padding: Sides): boolean {
  return padding.flat().every((size) => size === 0);
}

function isSame(window: CheckedWindow, padding: Sides, shape: Sizes): boolean {
  const {height, width} = axesOf(window.dataFormat);
  return ([0, 1] as const).every((i) => {
    const size = shape[i === 0 ? height : width];
    const {kernel, stride, dilation} = axisWindow(window, i);
    if (size === null || size === undefined) return false;
    return sidePadding('same', size, kernel, stride, dilation).every((zeros, side) => zeros === padding[i][side]);
  });
}

function windowOfConfig(config: Config, sizeName: 'kernelSize' | 'poolSize'): CheckedWindow {
  return checkWindow('toBuiltIn', sizeName, config[sizeName], config as WindowOptions);
}
