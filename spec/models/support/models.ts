/** Models that the specs of src/models convert, save and describe. */
import * as tf from '@tensorflow/tfjs-core';
import {input, layers as builtIn, model, sequential} from '@tensorflow/tfjs-layers';
import type {LayersModel, Sequential, SymbolicTensor} from '@tensorflow/tfjs-layers';

import {toTensor} from '../../support/arrays';
import {randomValues} from '../../support/random';

/** Every built-in layer that has an explicit form, and two that have none. */
export function convNet(): Sequential {
  const net = sequential({name: 'net', layers: [
    builtIn.conv2d({inputShape: [8, 8, 2], filters: 4, kernelSize: 3, padding: 'same', activation: 'relu', name: 'conv',
      kernelRegularizer: 'l1l2', kernelConstraint: 'maxNorm'}),
    builtIn.batchNormalization({name: 'norm', momentum: 0.9}),
    builtIn.reLU({name: 'relu', maxValue: 6}),
    builtIn.maxPooling2d({poolSize: 2, name: 'pool'}),
    builtIn.flatten({name: 'flat'}),
    builtIn.dense({units: 5, activation: 'tanh', name: 'fc', trainable: false}),
    builtIn.layerNormalization({name: 'layerNorm'}),
    builtIn.dropout({rate: 0.5, name: 'drop'}),
    builtIn.dense({units: 3, name: 'scores', biasInitializer: 'ones'}),
  ]});
  return fill(net);
}

/** A functional model: two inputs, a layer and a model in it used twice, a wrapper, two outputs. */
export function branchingNet(): LayersModel {
  const [a, b] = [input({shape: [6, 6, 2], name: 'a'}), input({shape: [6, 6, 2], name: 'b'})];
  const encoder = sequential({name: 'encoder', layers: [
    builtIn.conv2d({inputShape: [6, 6, 2], filters: 3, kernelSize: 3, name: 'conv'}), builtIn.reLU({name: 'relu'}),
  ]});
  const shared = builtIn.dense({units: 2, name: 'shared'});
  const joined = builtIn.concatenate({name: 'joined'}).apply([encoder.apply(a), encoder.apply(b)] as SymbolicTensor[]);
  const steps = builtIn.timeDistributed({layer: builtIn.dense({units: 2, name: 'inner'}), name: 'steps'}).apply(joined);
  const twice = shared.apply(shared.apply(steps)) as SymbolicTensor;
  const side = builtIn.flatten({name: 'flat'}).apply(encoder.apply(b)) as SymbolicTensor;
  return fill(model({inputs: [a, b], outputs: [twice, side], name: 'branching'}));
}

/** Seeded values for every weight, positive ones for variances. */
export function fill<M extends LayersModel>(net: M): M {
  net.setWeights(net.weights.map((weight, i) => {
    const values = toTensor(randomValues(weight.shape as number[], i + 1, 'coarse'));
    return weight.originalName.endsWith('moving_variance') ? tf.add(tf.abs(values), 0.5) : tf.mul(values, 0.25);
  }));
  return net;
}

/** An input for each input of the model, with 6 examples. */
export function inputsOf(net: LayersModel, seed = 11): tf.Tensor[] {
  return net.inputs.map(({shape}, i) => toTensor(randomValues([6, ...shape.slice(1) as number[]], seed + i)));
}

/** What the model makes of these, as a list. */
export function outputsOf(net: LayersModel, inputs: tf.Tensor[]): tf.Tensor[] {
  return [net.predict(inputs.length === 1 ? inputs[0]! : inputs)].flat() as tf.Tensor[];
}
