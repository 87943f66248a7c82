import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {explicitNamed} from '../../catalogue';
import type {Config, ExplicitLayer, LayerName} from '../../catalogue';
import type * as layers from '../../layers';
import {freeWeights} from '../../models/layer_copy';
import type {ReferenceArray} from '../../reference';
import {changed, random, toTensor} from './case';
import type {VerifyCase} from './case';
import type {Evaluation} from './evaluation';

/** What is checked of one layer. */
interface LayerCase<L extends LayerName> {
  /** What is said of it beside the layer's name. */
  title?: string;
  args: Parameters<typeof layers[L]>[0];
  xShape: number[];
  /** Those of the trainable weights first. */
  weightShapes?: number[][];
  training?: boolean;
  exact: (x: ReferenceArray, weights: ReferenceArray[]) => Evaluation & {moved?: ReferenceArray[]};
}

/** What is checked of layers, by their factories. */
export type LayerRows = {[layer in LayerName]?: readonly LayerCase<layer>[]};

/** The cases of layers, by their factories. */
export function layerCases(rows: LayerRows): {[layer: string]: readonly VerifyCase[]} {
  return Object.fromEntries(Object.entries(rows).map(([layer, cases]) =>
    [layer, cases.map(one => layerCase(explicitNamed(layer as LayerName), one))]));
}

/** The value of a layer, its gradients by input and trainable weights, and its other weights after the call. */
function layerCase(
    {factory, make, op}: ExplicitLayer,
    {title = '', args, xShape, weightShapes = [], training = false, exact}: LayerCase<LayerName>): VerifyCase {
  const x = random(xShape, 30);
  const weights = weightShapes.map(weightValues);
  return {
    name: `layers.${factory}${title}${training ? ' in training' : ''}`,
    op: op ?? 'relu',  // what has no op copies values or drops them, as relu does
    compute: () => {
      // A name of its own keeps the automatic names of the user's layers as they are.
      const layer = make({...args, name: 'verify_backend'} as Config);
      try {
        layer.build([null, ...xShape.slice(1)]);
        layer.setWeights(weights.map(toTensor));
        const by = [toTensor(x), ...layer.trainableWeights.map(weight => weight.read())];
        const call = (): Tensor => layer.apply(by[0]!, {training}) as Tensor;
        const out = call();
        const others = layer.nonTrainableWeights.map(weight => tf.clone(weight.read()));
        const {grads} = tf.engine().gradients(call, by, toTensor(random(out.shape, 99)));
        return named(out, grads, others);
      } finally {
        freeWeights([layer]);
      }
    },
    expect: () => {
      const {out, backward, moved = []} = exact(x, weights);
      return named(out, backward(random(out.shape, 99)).filter(gradient => gradient !== null), moved);
    },
  };
}

function named<T>(out: T, gradients: T[], others: T[]): {[value: string]: T} {
  return {
    out,
    ...Object.fromEntries(gradients.map((gradient, i) => [i === 0 ? 'dx' : `gradient of weight ${i - 1}`, gradient])),
    ...Object.fromEntries(others.map((value, i) => [`other weight ${i}`, value])),
  };
}

/** Positive, since a variance is among them. */
function weightValues(shape: number[], i: number): ReferenceArray {
  return changed(random(shape, 40 + i), value => 0.1 + Math.abs(value));
}
