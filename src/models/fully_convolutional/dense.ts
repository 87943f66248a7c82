import * as tf from '@tensorflow/tfjs-core';
import type {serialization, Tensor, Tensor1D, Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';
import {layers as builtIn} from '@tensorflow/tfjs-layers';

import {isExplicit} from '../../catalogue';
import * as explicit from '../../layers';
import {tidy} from '../../tidy';
import type {Layer} from '../graph';
import {shareValues, variablesOf} from '../layer_copy';
import type {Flattened, Successor, Use} from './meaning';
import {alongChannels, isSoftmax} from './softmax';

type Config = serialization.ConfigDict;

/** A dense layer on flattened windows or on scores as a convolution with reshaped weights. */
export function denseAsConvolution(use: Use, size: number): Successor {
  const {layer, dataFormat} = use;
  const input = use.inputs[0] as Flattened | {kind: 'scores'};
  const window: Flattened = input.kind === 'flattened' ? input : {kind: 'flattened', size: [1, 1, size], order: 'hwc', norms: []};
  const {units, inputDim: _, batchInputShape: __, activityRegularizer: ___, ...config} = layer.getConfig();
  const apart = dataFormat === 'channelsFirst' && isSoftmax(config['activation']);
  const args: Config = {
    ...config, filters: units, kernelSize: window.size.slice(0, 2), strides: 1, padding: 'valid', dataFormat,
    kernelConstraint: onAxes(config['kernelConstraint'] as Config | null),
    useBias: config['useBias'] === true || window.norms.length > 0,
    ...(apart ? {activation: 'linear'} : {}),
  };
  const factory = isExplicit(layer) ? explicit.conv2d : builtIn.conv2d;
  const conv = factory(args as unknown as Parameters<typeof explicit.conv2d>[0] & Parameters<typeof builtIn.conv2d>[0]) as Layer;
  const row = apart ?
    [conv, ...alongChannels(layer.name, builtIn.activation({
      name: `${layer.name}_${config['activation']}`, activation: config['activation'] as 'softmax',
    }))] : [conv];
  return {row, meaning: {kind: 'scores'}, setWeights: () => setWeights(layer, conv, window)};
}

/** maxNorm and its like take a norm over all that enters a unit: axis 0 of [D, K], axes 0 to 2 of [kh, kw, C, K]. */
function onAxes(constraint: Config | null): Config | null {
  const config = constraint?.['config'] as Config | undefined;
  if (!config || typeof config['axis'] !== 'number') return constraint;
  return {...constraint, config: {...config, axis: config['axis'] === 0 ? [0, 1, 2] : 3}};
}

function setWeights(dense: Layer, conv: Layer, window: Flattened): void {
  tidy(() => {
    const sources = variablesOf(dense);
    const targets = variablesOf(conv);
    let kernel = sources[0]!.read() as Tensor2D;
    let bias = (sources[1]?.read() ?? tf.zeros([kernel.shape[1]])) as Tensor1D;
    for (const norm of [...window.norms].reverse()) [kernel, bias] = throughNorm(norm, kernel, bias);
    shareValues(asFilters(kernel, window), targets[0]!);
    if (targets[1]) shareValues(bias, targets[1]);
    targets.forEach((target, i) => { target.trainable = (sources[i] ?? sources[0]!).trainable; });
  });
}

/** W (a x + b) + c = (W a) x + (W b + c) with a = gamma / sqrt(variance + epsilon) and b = beta - a mean. */
function throughNorm(norm: Layer, kernel: Tensor2D, bias: Tensor1D): [Tensor2D, Tensor1D] {
  const part = (name: string) => norm.weights.find(({originalName}) => originalName.endsWith(`/${name}`))?.read();
  const spread = tf.sqrt(tf.add(part('moving_variance')!, norm.getConfig()['epsilon'] as number));
  const a = tf.div(part('gamma') ?? tf.onesLike(spread), spread);
  const b = tf.sub(part('beta') ?? tf.zerosLike(spread), tf.mul(a, part('moving_mean')!));
  const moved = tf.reshape(tf.matMul(tf.reshape(b, [1, -1]), kernel), [-1]);
  return [tf.mul(kernel, tf.reshape(a, [-1, 1])) as Tensor2D, tf.add(bias, moved) as Tensor1D];
}

/** [D, K] to [h, w, C, K], D counted in the order in which the old model flattened. */
function asFilters(kernel: Tensor2D, {size: [h, w, c], order}: Flattened): Tensor {
  const units = kernel.shape[1];
  if (order === 'hwc') return tf.reshape<tf.Rank.R4>(kernel, [h, w, c, units]);
  if (order === 'chw') return tf.transpose(tf.reshape(kernel, [c, h, w, units]) as Tensor4D, [1, 2, 0, 3]);
  return tf.transpose(tf.reshape(kernel, [w, c, h, units]) as Tensor4D, [2, 0, 1, 3]);
}
