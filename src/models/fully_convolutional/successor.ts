import type {serialization} from '@tensorflow/tfjs-core';

import {classOf, ownRowOf} from '../../catalogue';
import {show, showShape} from '../../validate';
import type {Layer} from '../graph';
import {sameLayer} from '../layer_copy';
import {denseAsConvolution} from './dense';
import {channelAxis} from './meaning';
import type {Flattened, Meaning, Successor, Use} from './meaning';
import {alongChannels, isSoftmax} from './softmax';

/**
 * What stands for a layer in the fully convolutional model.
 * @throws With the layer's name, if nothing does.
 */
export function successorOf(use: Use): Successor {
  const kinds = new Set(use.inputs.map(({kind}) => kind));
  if (kinds.size > 1) {
    throw refusal(use, 'joins maps of scores with tensors that are none, whose sizes differ on a larger image');
  }
  if (kinds.has('scores')) return onScores(use);
  if (kinds.has('flattened')) return onFlattened(use);
  const flattened = flattenedBy(use);
  return flattened ? {row: [], meaning: flattened} : {row: [copyOf(use)], meaning: {kind: 'same'}};
}

/** A copy without the shape that the layer was given as the first one of a model. */
function copyOf({layer}: Use, changes: serialization.ConfigDict = {}): Layer {
  const copy = sameLayer(layer, changes);
  copy.batchInputShape = undefined as unknown as typeof copy.batchInputShape;
  return copy;
}

/** What Flatten, or Reshape to one axis, makes of an image. */
function flattenedBy({layer, shapes, dataFormat}: Use): Meaning | null {
  const shape = shapes[0]!;
  const config = layer.getConfig();
  const isReshape = layer.getClassName() === 'Reshape' && (config['targetShape'] as unknown[]).length === 1;
  if ((layer.getClassName() !== 'Flatten' && !isReshape) || shape.length !== 4) return null;
  const [height, width, channels] = (dataFormat === 'channelsLast' ? [1, 2, 3] : [2, 3, 1]).map((axis) => shape[axis]!);
  if (height === 1 && width === 1) return {kind: 'scores'};
  // Flatten with dataFormat 'channelsFirst' moves axis 1 to the end first; without, it reads the entries as they lie.
  const moves = config['dataFormat'] === 'channelsFirst' && !isReshape;
  const order = dataFormat === 'channelsLast' ? (moves ? 'wch' : 'hwc') : (moves ? 'hwc' : 'chw');
  return {kind: 'flattened', size: [height!, width!, channels!], order, norms: []};
}

function onFlattened(use: Use): Successor {
  const {layer} = use;
  const [input] = use.inputs as [Flattened];
  if (ownRowOf(layer)?.kind === 'dense') return denseAsConvolution(use, 0);
  if (layer.getClassName() === 'Flatten') return {row: [], meaning: input};
  if (use.inputs.length === 1 && classOf(layer) === 'BatchNormalization') {
    return {row: [], meaning: {...input, norms: [...input.norms, layer]}};
  }
  const isIdentity = ownRowOf(layer)?.kind === 'noise';  // in inference, for which the norms are taken up
  if (use.inputs.length === 1 && isEntrywise(layer) && (input.norms.length === 0 || isIdentity)) {
    return {row: [copyOf(use)], meaning: input};
  }
  const after = input.norms.length > 0 ? `after the batch norm '${input.norms[0]!.name}' ` : '';
  throw refusal(use, `works on flattened windows ${after}in a way that no layer on whole maps does`);
}

function onScores(use: Use): Successor {
  const {layer} = use;
  const config = layer.getConfig();
  const axis = channelAxis(use);
  const one = (row: Layer[]): Successor => ({row, meaning: {kind: 'scores'}});
  const onLastAxis = (copy: Layer) => one(axis === 3 ? [copy] : alongChannels(layer.name, copy));
  if (ownRowOf(layer)?.kind === 'dense') return denseAsConvolution(use, use.shapes[0]!.at(-1)!);
  if (layer.getClassName() === 'Flatten') return one([]);
  if (isEntrywise(layer) || ownRowOf(layer)?.kind === 'merge') return one([copyOf(use)]);
  const wanted = [config['axis']].flat().map(Number);
  const isOnLast = wanted.length === 1 && (wanted[0] === -1 || wanted[0] === 1);
  if (layer.getClassName() === 'Activation') return onLastAxis(copyOf(use));  // isEntrywise took all but softmax
  if (layer.getClassName() === 'Softmax' && isOnLast) return onLastAxis(copyOf(use, {axis: -1}));
  if (layer.getClassName() === 'BatchNormalization' && isOnLast && axis !== 3) {
    return onLastAxis(copyOf(use, {axis: -1}));  // on axis 1 the built-in one is wrong on cpu
  }
  if (ownRowOf(layer)?.alongAxis && isOnLast) return one([copyOf(use, {axis})]);
  if (layer.getClassName() === 'PReLU') return onLastAxis(copyOf(use, {sharedAxes: [1, 2]}));  // on axis 1 wasm's is wrong
  throw refusal(use, 'has no counterpart that works on the channels of a map');
}

function isEntrywise(layer: Layer): boolean {
  if (layer.getClassName() === 'Activation') return !isSoftmax(layer.getConfig()['activation']);
  return ['entrywise', 'noise'].includes(ownRowOf(layer)?.kind ?? 'other');
}

function refusal({layer, shapes}: Use, why: string): Error {
  return new Error(`the layer '${layer.name}' (${layer.getClassName()}) on ${shapes.map(showShape).join(', ')} ${why}. ` +
      `Its config is ${show(layer.getConfig()).slice(0, 200)}. Replace it, or convert the layers before it as a model of ` +
      'their own.');
}
