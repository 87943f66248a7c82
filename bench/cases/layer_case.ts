import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {layers} from '@tensorflow/tfjs-layers';

import type {NodeBackend} from '../../examples/shared/backend';
import {distinct, normal} from '../data';
import {layerSide} from '../gradients';
import type {LayerRun} from '../gradients';
import type {Results, Side, Sides} from './case';

/** A layer of ours beside the built-in one. */
export interface LayerPair {
  ours: () => layers.Layer;
  builtIn: () => layers.Layer;
  /** The input's shape. */
  x: (backend: NodeBackend) => number[];
  run?: LayerRun;
  /** No two values of x are equal, for layers whose two sides treat ties differently. */
  tieFree?: boolean;
  /** Each side draws numbers of its own: how much is 0, and how large the rest is, are compared. */
  draws?: boolean;
}

/** Both layers built with the same random weights on the same input. */
export function layerSides({ours, builtIn, x: shapeFor, run, tieFree, draws}: LayerPair, backend: NodeBackend): Sides {
  const shape = shapeFor(backend);
  const x = tieFree ? distinct(shape, 1) : normal(shape, 1);
  const [mine, theirs] = [ours(), builtIn()];
  for (const layer of [mine, theirs]) if (!layer.built) layer.build(shape);
  const dout = normal(theirs.computeOutputShape(shape) as number[], 2);
  tf.tidy(() => {
    const weights = theirs.getWeights().map((weight, i) => randomWeight(theirs.weights[i]!.originalName, weight.shape, i));
    for (const layer of [mine, theirs]) layer.setWeights(weights);
  });
  const sides = {ours: layerSide(mine, x, dout, run), builtIn: layerSide(theirs, x, dout, run)};
  return {
    ...sides,
    ...draws && {compared: {ours: summaryOf(sides.ours), builtIn: summaryOf(sides.builtIn)}},
    dispose: () => {
      tf.dispose([x, dout]);
      for (const layer of [mine, theirs]) for (const weight of layer.weights) weight.dispose();
    },
  };
}

/** Of each result, the share that is not 0 and the mean of its squares. */
function summaryOf(side: Side): Side {
  return async () => {
    const results = await side();
    const summaries = tf.tidy(() => Object.fromEntries(Object.entries(results).flatMap(([name, values]) => [
      [`${name}, share that is not 0`, tf.mean(tf.cast(tf.notEqual(values, 0), 'float32'))],
      [`${name}, mean of squares`, tf.mean(tf.square(values))],
    ]))) as Results;
    tf.dispose(results);
    return summaries;
  };
}

/** Normal values, a variance around 1, kernels small enough that values keep their size. */
function randomWeight(name: string, shape: number[], seed: number): Tensor {
  const values = normal(shape, 10 + seed);
  if (name.includes('variance')) return tf.add(0.5, tf.square(values));
  if (!name.includes('kernel')) return values;
  return tf.mul(values, Math.sqrt(shape.at(-1)! / tf.util.sizeFromShape(shape)));
}
