import {weightOptions as weight} from '../layers/weight_args';

/** Arguments that several layers have in a Keras file. */
export {weight};
export const bias = ['useBias', ...weight('bias')];
export const window = ['strides', 'padding', 'dataFormat'];
export const convolution = ['filters', 'kernelSize', ...window, 'activation', ...bias];
export const pool = ['poolSize', ...window];
export const pool1d = ['poolSize', 'strides', 'padding'];
export const lastAxis = {data_format: ['channels_last']};
export const noKeepdims = {keepdims: [false]};
export const recurrent = [
  'units', 'activation', ...bias, ...weight('kernel'), ...weight('recurrent'), 'dropout', 'recurrentDropout', 'returnSequences',
  'returnState', 'goBackwards', 'unroll',
];
export const noStates = {
  stateful: [false], time_major: [false], zero_output_for_mask: [false], implementation: [1, 2],
};
export const noDilation = {dilation_rate: [1, [1], [1, 1]]};
export const noDilation3d = {dilation_rate: [1, [1, 1, 1]]};
