import type {LayerVariable} from '@tensorflow/tfjs-layers';

import {axesOf, axisWindow, checkWindow, dilatedSize} from '../../geometry';
import type {CheckedWindow, DataFormat, WindowOptions} from '../../geometry';
import {tidy} from '../../tidy';
import {freeWeights, sameLayer} from '../layer_copy';
import {isTimeDistributed, oneOrMany} from '../graph';
import type {Layer} from '../graph';
import type {Sizes} from '../rebuild';
import {axisFit} from './fit';
import type {AxisFit} from './fit';
import type {Hyperparameters} from './types';

const CONVOLUTIONS = new Set(['Conv2D', 'ExplicitConv2D', 'DepthwiseConv2D', 'SeparableConv2D']);
const POOLS = new Set(['MaxPooling2D', 'ExplicitMaxPooling2D', 'AveragePooling2D']);

/** A layer's class without our prefix: 'Conv2D' of ExplicitConv2D. */
export function kindOf(layer: Layer): string {
  return layer.getClassName().replace(/^Explicit/, '');
}

/** The window that a layer slides; null where it has none. */
export function windowOf(layer: Layer): CheckedWindow | null {
  const className = layer.getClassName();
  if (!CONVOLUTIONS.has(className) && !POOLS.has(className)) return null;
  const config = layer.getConfig();
  const sizeName = POOLS.has(className) ? 'poolSize' : 'kernelSize';
  return checkWindow(layer.name, sizeName, config[sizeName], config as WindowOptions);
}

/** Height and width of the window on an input, each with its formula; null where a size is open. */
export function fitsOf(window: CheckedWindow, shape: Sizes): [AxisFit | null, AxisFit | null] {
  const {height, width} = axesOf(window.dataFormat);
  const [h, w] = [shape[height], shape[width]];
  return [
    h == null ? null : axisFit('H', h, axisWindow(window, 0)), w == null ? null : axisFit('W', w, axisWindow(window, 1)),
  ];
}

/** The document's letters. */
export function hyperparametersOf(
    layer: Layer, window: CheckedWindow, fits: (AxisFit | null)[], output: Sizes): Hyperparameters {
  const isPool = POOLS.has(layer.getClassName());
  const given = typeof window.padding === 'string' ? [[0, 0], [0, 0]] : window.padding;
  return {
    K: isPool ? null : output[axesOf(window.dataFormat).channels]!,
    F: window.kernel, S: window.strides,
    P: [0, 1].map((i) => fits[i]?.padding ?? given[i]) as Hyperparameters['P'],
    dilation: window.dilation, groups: (layer.getConfig()['groups'] as number | undefined) ?? 1,
  };
}

/** Which axes of an image are what. */
export function formatOf(layer: Layer): DataFormat | null {
  return (layer.getConfig()['dataFormat'] as DataFormat | null | undefined) ?? null;
}

/** The numbers of weights, all and trainable ones, made for the count where the layer is not built. */
export function parametersOf(layer: Layer, inputs: Sizes[]): {all: number, trainable: number} {
  const count = (weights: LayerVariable[]) => weights.reduce((sum, {shape}) => sum + product(shape as number[]), 0);
  if (layer.built) return {all: count(layer.weights), trainable: count(layer.trainableWeights)};
  const known = knownParameters(layer, inputs[0]!);
  if (known !== null) return {all: known, trainable: layer.trainable ? known : 0};
  return tidy(() => {
    const copy = sameLayer(layer);
    copy.setFastWeightInitDuringBuild(true);
    try {
      copy.build(oneOrMany(inputs));
      return {all: count(copy.weights), trainable: count(copy.trainableWeights)};
    } finally {
      freeWeights([copy]);
    }
  });
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((n, size) => n * size, 1);
}

/** Of the layers whose weights may be too large to make for a count. */
function knownParameters(layer: Layer, input: Sizes): number | null {
  const config = layer.getConfig() as {[key: string]: number | boolean | undefined};
  const bias = (n: number) => (config['useBias'] ? n : 0);
  const kind = kindOf(layer);
  if (kind === 'Conv2D') {
    const {kernel, dataFormat} = windowOf(layer)!;
    const channels = input[axesOf(dataFormat).channels]! / ((config['groups'] as number | undefined) ?? 1);
    return kernel[0] * kernel[1] * channels * (config['filters'] as number) + bias(config['filters'] as number);
  }
  if (kind === 'Dense') return input.at(-1)! * (config['units'] as number) + bias(config['units'] as number);
  return null;
}

/** '(11*11*3)*96 + 96', for convolutions and dense layers. */
export function parametersFormula(layer: Layer, input: Sizes): string | null {
  const config = layer.getConfig();
  const kind = kindOf(layer);
  const bias = (n: unknown) => (config['useBias'] ? ` + ${n}` : '');
  if (kind === 'Dense') return `${input.at(-1)}*${config['units']}${bias(config['units'])}`;
  if (kind !== 'Conv2D') return null;
  const {kernel, dataFormat} = windowOf(layer)!;
  const channels = input[axesOf(dataFormat).channels]! / ((config['groups'] as number | undefined) ?? 1);
  return `(${kernel[0]}*${kernel[1]}*${channels})*${config['filters']}${bias(config['filters'])}`;
}

/** Products with weights that one example takes; null where a size is open, 0 for layers without a product of tensors. */
export function multiplyAddsOf(layer: Layer, input: Sizes, output: Sizes): number | null {
  if (isTimeDistributed(layer)) {
    const each = multiplyAddsOf(layer.layer, withoutSteps(input), withoutSteps(output));
    return each === null || input[1] == null ? null : each * input[1];
  }
  const kind = kindOf(layer);
  const sizes = output.slice(1);
  const entries = sizes.includes(null) ? null : product(sizes as number[]);
  const times = (perEntry: number) => (entries === null ? null : entries * perEntry);
  if (kind === 'Dense') return times(input.at(-1)!);
  const window = windowOf(layer);
  if (!window || POOLS.has(layer.getClassName())) return 0;
  const {channels} = axesOf(window.dataFormat);
  const area = window.kernel[0] * window.kernel[1];
  const [into, out] = [input[channels]!, output[channels]!];
  if (kind === 'Conv2D') return times(area * into / ((layer.getConfig()['groups'] as number | undefined) ?? 1));
  if (kind === 'DepthwiseConv2D') return times(area);
  const middle = into * ((layer.getConfig()['depthMultiplier'] as number | undefined) ?? 1);
  return entries === null ? null : entries / out * middle * area + entries * middle;
}

function withoutSteps([batch, , ...sizes]: Sizes): Sizes {
  return [batch!, ...sizes];
}

/** What an entry sees of the picture: the size of its window and the distance between neighbours' windows. */
export interface View {
  size: [number, number];
  step: [number, number];
}

/** Kinds that mix a whole image, after which an entry has no window of its own. */
const WHOLE = /^(Flatten|Reshape|Permute|GlobalAveragePooling2D|GlobalMaxPooling2D|RepeatVector)$/;

/** The view of the output from those of the inputs; null where it is no window. */
export function viewAfter(layer: Layer, inputs: (View | null)[], input: Sizes, output: Sizes): View | null {
  const known = inputs.filter((view) => view !== null);
  if (known.length === 0 || known.length < inputs.length || WHOLE.test(layer.getClassName())) return null;
  const largest = (of: (view: View) => number) => Math.max(...known.map(of));
  const size = [0, 1].map((i) => largest((view) => view.size[i]!)) as [number, number];
  const step = [0, 1].map((i) => largest((view) => view.step[i]!)) as [number, number];
  const window = windowOf(layer);
  if (window) {
    return {
      size: size.map((s, i) => s + (dilatedSize(window.kernel[i]!, window.dilation[i]!) - 1) * step[i]!) as [number, number],
      step: step.map((s, i) => s * window.strides[i]!) as [number, number],
    };
  }
  if (layer.getClassName() === 'UpSampling2D') {
    const factor = layer.getConfig()['size'] as [number, number];
    return {size, step: step.map((s, i) => s / factor[i]!) as [number, number]};
  }
  if (layer.getClassName() === 'ZeroPadding2D' || layer.getClassName() === 'Cropping2D') return {size, step};
  return input.length === 4 && output.length === 4 && input[1] === output[1] && input[2] === output[2] ? {size, step} : null;
}
