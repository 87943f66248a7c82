import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import {model as modelOf} from '@tensorflow/tfjs-layers';
import type {LayersModel, SymbolicTensor} from '@tensorflow/tfjs-layers';

import {rowOf} from '../../catalogue';
import {allLayers, isModel, pathOf} from '../../models/graph';
import type {Layer} from '../../models/graph';
import {holdsExplicit} from './copies';
import {asList} from './pass';

/** An explicit layer, with what comes to it when the model gets an input. */
export interface FoundLayer {
  /** Its name, after those of the models it is in. */
  path: string;
  layer: Layer;
  /** The caller disposes it. */
  x: Tensor;
}

/**
 * The explicit layers of a model, those of models in it too, in their order; of a shared layer its first use.
 * @param model a copy: it is run, which in training moves the averages of batch norm
 */
export function explicitLayersOf(
    model: LayersModel, xs: Tensor[], kwargs: {training: boolean}, prefix = ''): FoundLayer[] {
  const wanted = model.layers.filter((layer) => holdsExplicit(layer) || isModel(layer));
  const inputs = inputsOf(model, wanted, xs, kwargs);
  return wanted.flatMap((layer, i) => {
    const path = `${prefix}${layer.name}`;
    if (!isModel(layer)) return [{path, layer, x: inputs[i]![0]!}];
    const inside = explicitLayersOf(layer, inputs[i]!, kwargs, `${path}/`);
    tf.dispose(inputs[i]!);
    return inside;
  });
}

/** Names of the layers that draw at random in training, anew each time. */
export function randomLayersOf(model: LayersModel): string[] {
  return allLayers(model).filter(({layer}) => rowOf(layer)?.kind === 'noise').map(pathOf);
}

/** What comes to each of these layers of the model. */
function inputsOf(model: LayersModel, wanted: Layer[], xs: Tensor[], kwargs: {training: boolean}): Tensor[][] {
  const symbols = wanted.map(nodeIn);
  const inner = [...new Set(symbols.flat())].filter((symbol) => !model.inputs.includes(symbol));
  const values = new Map<SymbolicTensor, Tensor>(model.inputs.map((symbol, i) => [symbol, xs[i]!]));
  return tf.tidy(() => {
    if (inner.length > 0) {
      const probe = modelOf({inputs: model.inputs, outputs: inner, name: `${model.name}_inside`});
      asList<Tensor>(probe.apply(xs, kwargs)).forEach((value, i) => values.set(inner[i]!, value));
    }
    return symbols.map((list) => list.map((symbol) => tf.clone(values.get(symbol)!)));
  });
}

/** The symbolic inputs of the layer's first use; a model inside also has a node of its own, which nothing leads to. */
function nodeIn(layer: Layer): SymbolicTensor[] {
  return layer.inboundNodes.find((node) => node.inboundLayers.length > 0)!.inputTensors;
}
