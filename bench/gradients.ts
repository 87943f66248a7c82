import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {layers} from '@tensorflow/tfjs-layers';

import type {Results, Side} from './cases/case';

type Layer = layers.Layer;

/** How a layer is run. */
export interface LayerRun {
  /** As in `fit`; false where not given. */
  training?: boolean;
  /** Leaves the backward out. */
  forwardOnly?: boolean;
  /** Leaves the gradient of the input out, as for a first layer. */
  weightsOnly?: boolean;
}

/**
 * A round of a layer: its value, from the upstream gradient the gradients of its input and of every trainable weight,
 * and what it changed itself (moving averages).
 */
export function layerSide(layer: Layer, x: Tensor, dout: Tensor, run: LayerRun = {}): Side {
  const {training = false, forwardOnly = false, weightsOnly = false} = run;
  const apply = (input: Tensor) => layer.apply(input, {training}) as Tensor;
  if (forwardOnly) return () => ({out: apply(x)});
  const weights = layer.trainableWeights.map((weight) => weight.read());
  const names = layer.trainableWeights.map(({originalName}) => `gradient of ${shortName(originalName)}`);
  const moving = training ? layer.nonTrainableWeights : [];
  return () => {
    const {value, gradients} = withGradients(
      (...args) => apply(weightsOnly ? x : args[0]!), weightsOnly ? weights : [x, ...weights], dout);
    const results: Results = {out: value};
    (weightsOnly ? names : ['gradient of x', ...names]).forEach((name, i) => {
      results[name] = gradients[i]!;
    });
    for (const weight of moving) results[shortName(weight.originalName)] = weight.read();
    return results;
  };
}

/** The value of f and its gradients by all of `inputs`; `dout` is the gradient of the value, 1 where not given. */
export function withGradients(f: (...inputs: Tensor[]) => Tensor, inputs: Tensor[], dout?: Tensor):
    {value: Tensor, gradients: Tensor[]} {
  const {value, grads} = tf.valueAndGrads(f)(inputs, dout);
  return {value, gradients: grads};
}

function shortName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
