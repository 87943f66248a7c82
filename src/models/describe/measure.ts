import type {LayerVariable} from '@tensorflow/tfjs-layers';

import {rowOf} from '../../catalogue';
import type {Kernels} from '../../catalogue';
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

/** The window that a layer slides over images; null where it has none. */
export function windowOfLayer(layer: Layer): CheckedWindow | null {
  const kind = rowOf(layer)?.kind;
  if (kind !== 'convolution' && kind !== 'pool') return null;
  const config = layer.getConfig();
  const sizeName = kind === 'pool' ? 'poolSize' : 'kernelSize';
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
  const given = typeof window.padding === 'string' ? [[0, 0], [0, 0]] : window.padding;
  return {
    K: rowOf(layer)?.kind === 'pool' ? null : output[axesOf(window.dataFormat).channels]!,
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
  const kernels = kernelsOf(layer, inputs[0]!);
  if (kernels) {  // counted without the layer, whose weights may be too large to make for a count
    const all = entriesOf(kernels) + kernels.bias;
    return {all, trainable: layer.trainable ? all : 0};
  }
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

/** The kernels of a layer on such an input, with the number of its offsets; null where nothing says. */
function kernelsOf(layer: Layer, input: Sizes): Kernels | null {
  const config = layer.getConfig();
  const found = rowOf(layer)?.kernels?.({config, channels: input.at(channelAxis(layer))!}) ?? null;
  return found && {...found, bias: config['useBias'] ? found.bias : 0};
}

function channelAxis(layer: Layer): number {
  return formatOf(layer) === 'channelsFirst' ? 1 : -1;
}

function entriesOf({sizes}: Kernels): number {
  return sizes.reduce((sum, groups) => sum + product(groups.flat()), 0);
}

/** '(11*11*3)*96 + 96', for layers that multiply with kernels. */
export function parametersFormula(layer: Layer, input: Sizes): string | null {
  const kernels = kernelsOf(layer, input);
  if (!kernels) return null;
  const group = (sizes: number[]) => (sizes.length > 1 ? `(${sizes.join('*')})` : String(sizes[0]));
  return [...kernels.sizes.map((groups) => groups.map(group).join('*')), ...(kernels.bias > 0 ? [kernels.bias] : [])].join(' + ');
}

/** Products with weights that one example takes; null where a size is open, 0 for layers without a product of tensors. */
export function multiplyAddsOf(layer: Layer, input: Sizes, output: Sizes): number | null {
  if (isTimeDistributed(layer)) {
    const each = multiplyAddsOf(layer.layer, withoutSteps(input), withoutSteps(output));
    return each === null || input[1] == null ? null : each * input[1];
  }
  const kernels = kernelsOf(layer, input);
  if (!kernels) return 0;
  const map = kernels.over === 'input' ? input : output;
  const positions = map.filter((_, axis) => axis > 0 && axis !== (channelAxis(layer) + map.length) % map.length);
  return positions.includes(null) ? null : product(positions as number[]) * entriesOf(kernels);
}

function withoutSteps([batch, , ...sizes]: Sizes): Sizes {
  return [batch!, ...sizes];
}

/** What an entry sees of the picture: the size of its window and the distance between neighbours' windows. */
export interface View {
  size: [number, number];
  step: [number, number];
}

/** The view of the output from those of the inputs; null where it is no window. */
export function viewAfter(layer: Layer, inputs: (View | null)[], input: Sizes, output: Sizes): View | null {
  const known = inputs.filter((view) => view !== null);
  const row = rowOf(layer);
  if (known.length === 0 || known.length < inputs.length || row?.kind === 'reshape') return null;
  const largest = (of: (view: View) => number) => Math.max(...known.map(of));
  const size = [0, 1].map((i) => largest((view) => view.size[i]!)) as [number, number];
  const step = [0, 1].map((i) => largest((view) => view.step[i]!)) as [number, number];
  const window = windowOfLayer(layer);
  if (window) {
    return {
      size: size.map((s, i) => s + (dilatedSize(window.kernel[i]!, window.dilation[i]!) - 1) * step[i]!) as [number, number],
      step: step.map((s, i) => s * window.strides[i]!) as [number, number],
    };
  }
  const factor = row?.upscales?.(layer.getConfig());
  if (factor) return {size, step: step.map((s, i) => s / factor[i]!) as [number, number]};
  if (row?.kind === 'border') return {size, step};
  return input.length === 4 && output.length === 4 && input[1] === output[1] && input[2] === output[2] ? {size, step} : null;
}
