import {catalogue} from '../catalogue';
import {explicitRectifier} from '../catalogue/explicit_rectifier';
import type {TfjsLayer} from './calls';
import {own} from './dialect';
import type {Generation, JsonObject} from './dialect';
import {kerasArg, skipsEntries} from './layer_table';

/** A layer of Keras on its way here. */
export interface Given {
  /** Keras's class and configuration. */
  className: string;
  config: JsonObject;
  /** Name, trainable and shape in tfjs's words. */
  common: JsonObject;
  major: Generation;
  /** Its arguments as tf.layers' class takes them, without those that the caller honours. */
  args: (className: string, honoured?: readonly string[]) => JsonObject;
}

type Equivalent = (given: Given) => TfjsLayer & {note?: string} | null;

/**
 * The layer that computes what a layer of Keras does, where tf.layers' of that class does not; null where it does, or
 * where there is none of the class.
 *
 * @throws Naming the argument, where no layer does.
 */
export function equivalentOf(given: Given): TfjsLayer & {note?: string} | null {
  return own(equivalents, given.className)?.(given) ?? null;
}

const equivalents: {[kerasClass: string]: Equivalent} = {
  ReLU: ({config, common, args}) => {
    const {maxValue = null} = args('ReLU', ['negative_slope', 'threshold']);
    const explicit = explicitRectifier(maxValue, config['negative_slope'], config['threshold']);
    return explicit && {className: 'ExplicitReLU', config: {...common, ...explicit}};
  },
  ThresholdedReLU: ({config, common}) =>
    ({className: 'ExplicitReLU', config: {...common, ...explicitRectifier(null, 0, config['theta'] ?? 1)!}}),
  Conv1D: (given) => {
    const {config: {groups = 1, padding}} = given;
    if (groups === 1 && padding !== 'causal' && isWindowRight(given.config)) return null;
    return explicit(given);
  },
  Conv2D: (given) => {
    const {config: {groups = 1}} = given;
    if (groups === 1 && isWindowRight(given.config)) return null;
    return explicit(given);
  },
  DepthwiseConv2D: (given) => isMoreThan1(given.config['dilation_rate']) || !isWindowRight(given.config) ?
    explicit(given) : null,
  SeparableConv2D: (given) => given.config['data_format'] === 'channels_first' || !isWindowRight(given.config) ?
    explicit(given) : null,
  Conv2DTranspose: (given) => given.config['output_padding'] == null && !isMoreThan1(given.config['dilation_rate']) ? null :
    explicit(given),
  ...Object.fromEntries(['Average', 'Max'].flatMap((word) => [1, 2, 3].map((spatial): [string, Equivalent] =>
    [`Global${word}Pooling${spatial}D`, (given) => globalPooling(given, word, spatial)]))),
  // Those of which the catalogue says that they are here alone, and why.
  ...Object.fromEntries(Object.entries(catalogue).flatMap(([className, {onlyHere, keras}]): [string, Equivalent][] =>
    (onlyHere && 'kerasClass' in keras ? [[keras.kerasClass!, (given) => ours(given, className)]] : []))),
  ELU: ({common, config: {alpha = 1}}) =>
    (alpha === 1 ? null : {className: 'KerasElementwise', config: {...common, op: 'elu', alpha}}),
  Subtract: ({common}) => ({className: 'KerasElementwise', config: {...common, op: 'subtract'}}),
  UpSampling2D: (given) => ((given.config['interpolation'] ?? 'nearest') === 'nearest' ? null : ours(given, 'KerasUpSampling2D')),
  LayerScale: ({common, config}) => ({className: 'KerasLayerScale', config: {
    ...common, initValues: config['init_values'], projectionDim: config['projection_dim'],
  }}),
  StochasticDepth: ({common, config}) =>
    ({className: 'KerasStochasticDepth', config: {...common, rate: config['drop_path_rate']}}),
  SpatialDropout2D: ({common, config}) => {
    const noiseShape = config['data_format'] === 'channels_first' ? [null, null, 1, 1] : [null, 1, 1, null];
    return {className: 'Dropout', config: {...common, rate: config['rate'], noiseShape}};
  },
  Identity: ({common}) => identity(common),
  ActivityRegularization: ({common, config: {l1 = 0, l2 = 0}}) => (!l1 && !l2 ? identity(common) :
    {...identity(common), note: 'its penalty on activations is left out of the loss: tfjs has none'}),
  ...Object.fromEntries([
    'RandomFlip', 'RandomRotation', 'RandomZoom', 'RandomTranslation', 'RandomContrast', 'RandomBrightness', 'RandomHeight',
    'RandomWidth', 'RandomShear', 'RandomHue', 'RandomSaturation', 'RandomSharpness', 'RandomColorJitter',
    'RandomColorDegeneration', 'RandomGrayscale', 'RandomPerspective', 'RandomPosterization', 'RandomErasing', 'RandomInvert',
    'RandomElasticTransform', 'RandomGaussianBlur', 'RandAugment', 'AugMix', 'CutMix', 'MixUp',
  ].map((className): [string, Equivalent] => [className, ({common}) => ({
    ...identity(common), note: 'random augmentation is left out, of training too: augment the images before fit',
  })])),
};

/** Global pooling with keepdims or over three axes, which tf.layers does not have. */
function globalPooling(given: Given, word: string, spatial: number): TfjsLayer | null {
  const {keepdims = false} = given.config;
  if (!keepdims && spatial < 3) return null;
  if (spatial === 2) return explicit(given);
  const first = given.config['data_format'] === 'channels_first' ? 2 : 1;
  const axis = Array.from({length: spatial}, (_, i) => first + i);
  return {className: 'KerasReduce', config: {...given.common, op: word === 'Max' ? 'max' : 'mean', axis, keepDims: keepdims}};
}

function ours({common, args}: Given, className: string): TfjsLayer {
  return {className, config: {...common, ...args(className)}};
}

function identity(common: JsonObject): TfjsLayer {
  return {className: 'Activation', config: {...common, activation: 'linear'}};
}

/** Our layer in place of one of tf.layers, with the arguments that it takes beside those. */
function explicit({className, config, common, major, args}: Given): TfjsLayer {
  const {explicit: ours, keras} = catalogue[className]!;
  const more = 'none' in keras ? [] : (keras.more ?? []).map((arg) => ({arg, word: kerasArg(className, arg, major)}));
  const extra = Object.fromEntries(more.map(({arg, word}) => [arg, config[word] ?? undefined])) as JsonObject;
  return {className: ours!.class.className, config: {...common, ...args(className, more.map(({word}) => word)), ...extra}};
}

function isMoreThan1(value: unknown): boolean {
  return [value].flat().some((size) => Number(size ?? 1) !== 1);
}

/**
 * Whether tf.layers' convolutions compute such a window: none is strided and dilated, and on wasm those with padding 'same'
 * are wrong that skip entries of an axis.
 */
function isWindowRight({kernel_size: kernel, strides, dilation_rate: dilation, padding}: JsonObject): boolean {
  return !(isMoreThan1(strides) && isMoreThan1(dilation)) && !skipsEntries(padding, kernel, strides);
}
