import {show} from '../validate';
import type {Generation, JsonObject} from './dialect';
import {snakeCase} from './names';

/** How a class of tf.layers stands in a Keras file. */
export interface LayerEntry {
  /** Arguments under tf.layers' names; Keras has the same in its own spelling. */
  args: readonly string[];
  /** Arguments that Keras alone has, with the values that mean what tf.layers does. */
  neutral?: {[kerasArg: string]: readonly unknown[]};
  /** Keras's class, where it is another one. */
  kerasClass?: string;
}

const weight = (name: string) => [`${name}Initializer`, `${name}Regularizer`, `${name}Constraint`];
const bias = ['useBias', ...weight('bias')];
const window = ['strides', 'padding', 'dataFormat'];
const convolution = ['filters', 'kernelSize', ...window, 'activation', ...bias];
const pool = ['poolSize', ...window];
const lastAxis = {data_format: ['channels_last']};
const noDilation = {dilation_rate: [1, [1], [1, 1]]};
const noStates = {
  stateful: [false], time_major: [false], zero_output_for_mask: [false], implementation: [1, 2],
};
const cell = ['units', 'activation', ...bias, ...weight('kernel'), ...weight('recurrent'), 'dropout', 'recurrentDropout'];
const sequence = ['returnSequences', 'returnState', 'goBackwards', 'unroll'];

/** The layers that both have and that compute the same, by tf.layers' names. */
export const layerTable: {readonly [className: string]: LayerEntry} = {
  Activation: {args: ['activation']},
  Add: {args: []},
  AlphaDropout: {args: ['rate', 'noiseShape']},
  Average: {args: []},
  AveragePooling1D: {args: ['poolSize', 'strides', 'padding'], neutral: lastAxis},
  AveragePooling2D: {args: pool},
  AveragePooling3D: {args: pool},
  BatchNormalization: {
    args: ['axis', 'momentum', 'epsilon', 'center', 'scale', ...weight('beta'), ...weight('gamma'),
      'movingMeanInitializer', 'movingVarianceInitializer'],
    neutral: {renorm: [false], renorm_momentum: [0.99], synchronized: [false], fused: [true, false]},
  },
  Concatenate: {args: ['axis']},
  Conv1D: {args: [...convolution.filter((arg) => arg !== 'dataFormat'), 'dilationRate', ...weight('kernel')],
    neutral: {...lastAxis, groups: [1]}},
  Conv2D: {args: [...convolution, 'dilationRate', ...weight('kernel')], neutral: {groups: [1]}},
  Conv2DTranspose: {args: [...convolution, ...weight('kernel')], neutral: {...noDilation, groups: [1]}},
  Conv3D: {args: [...convolution, 'dilationRate', ...weight('kernel')], neutral: {groups: [1]}},
  Conv3DTranspose: {args: [...convolution, ...weight('kernel')], neutral: {dilation_rate: [1, [1, 1, 1]], groups: [1]}},
  Cropping2D: {args: ['cropping', 'dataFormat']},
  Dense: {args: ['units', 'activation', ...bias, ...weight('kernel')]},
  DepthwiseConv2D: {
    args: ['kernelSize', ...window, 'depthMultiplier', 'activation', ...bias, 'depthwiseInitializer',
      'depthwiseRegularizer'],
    neutral: {...noDilation, groups: [1]},
  },
  Dot: {args: ['axes', 'normalize']},
  Dropout: {args: ['rate', 'noiseShape', 'seed']},
  ELU: {args: ['alpha']},
  Embedding: {args: ['inputDim', 'outputDim', ...weight('embeddings'), 'maskZero'], neutral: {sparse: [false]}},
  Flatten: {args: ['dataFormat']},
  GRU: {args: [...cell, ...sequence, 'recurrentActivation', 'resetAfter'], neutral: noStates},
  GaussianDropout: {args: ['rate']},
  GaussianNoise: {args: ['stddev']},
  GlobalAveragePooling1D: {args: [], neutral: {...lastAxis, keepdims: [false]}},
  GlobalAveragePooling2D: {args: ['dataFormat'], neutral: {keepdims: [false]}},
  GlobalMaxPooling1D: {args: [], neutral: {...lastAxis, keepdims: [false]}},
  GlobalMaxPooling2D: {args: ['dataFormat'], neutral: {keepdims: [false]}},
  LayerNormalization: {
    args: ['axis', 'epsilon', 'center', 'scale', ...weight('beta').slice(0, 2), ...weight('gamma').slice(0, 2)],
    neutral: {rms_scaling: [false]},
  },
  LSTM: {args: [...cell, ...sequence, 'recurrentActivation', 'unitForgetBias'], neutral: noStates},
  LeakyReLU: {args: ['alpha']},
  Masking: {args: ['maskValue']},
  MaxPooling1D: {args: ['poolSize', 'strides', 'padding'], neutral: lastAxis},
  MaxPooling2D: {args: pool},
  MaxPooling3D: {args: pool},
  Maximum: {args: []},
  Minimum: {args: []},
  Multiply: {args: []},
  PReLU: {args: [...weight('alpha'), 'sharedAxes']},
  Permute: {args: ['dims']},
  ReLU: {args: ['maxValue'], neutral: {negative_slope: [0], threshold: [0]}},
  RepeatVector: {args: ['n']},
  Rescaling: {args: ['scale', 'offset']},
  Reshape: {args: ['targetShape']},
  SeparableConv2D: {
    args: [...convolution, 'dilationRate', 'depthMultiplier', ...weight('depthwise'), ...weight('pointwise')],
    neutral: {groups: [1]},
  },
  SimpleRNN: {args: [...cell, ...sequence], neutral: noStates},
  Softmax: {args: ['axis']},
  SpatialDropout1D: {args: ['rate']},
  // Keras 3 has none; its ReLU with a threshold lets through, as this does, what is strictly above.
  ThresholdedReLU: {args: ['theta'], kerasClass: 'ReLU'},
  UpSampling2D: {args: ['size', 'dataFormat', 'interpolation']},
  ZeroPadding2D: {args: ['padding', 'dataFormat']},
};

/** What Keras calls an argument of tf.layers. */
export function kerasArg(className: string, arg: string, generation: Generation): string {
  if (className === 'LeakyReLU' && arg === 'alpha') return generation === 3 ? 'negative_slope' : 'alpha';
  if (className === 'ThresholdedReLU' && arg === 'theta') return 'threshold';
  return snakeCase(arg);
}

/**
 * Refuses values that tfjs takes as Keras does but computes otherwise.
 * @param config in tf.layers' words
 */
export function checkSameMeaning(label: string, className: string, config: JsonObject): void {
  if (className === 'UpSampling2D' && (config['interpolation'] ?? 'nearest') !== 'nearest') {
    throw new Error(`${label}: interpolation ${show(config['interpolation'])} takes other points in tfjs than in Keras. ` +
        'Only nearest gives the same values.');
  }
  if (className === 'GRU' && config['resetAfter']) {
    throw new Error(`${label}: reset_after is true, tfjs's GRU resets before the product. Make it ` +
        'GRU(..., reset_after=False) in Python.');
  }
}
