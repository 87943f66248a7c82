import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {freeingTape} from '../abandoned_tape';
import {rowOf} from '../catalogue';
import {tidy} from '../tidy';
import {oneOrMany} from './graph';
import type {Layer} from './graph';
import {freeWeights, sameLayer} from './layer_copy';
import type {Sizes} from './rebuild';

/** A layer, and the shapes of its inputs. */
export interface LayerInPlace {
  layer: Layer;
  shapes: Sizes[];
}

/** What was found, by backend, class, config and shapes. */
const known = new Map<string, boolean>();

/**
 * Whether a layer trains on the current backend, as a small copy of it does: it runs as in training, and has a gradient by
 * its input and by each of its weights. tfjs lacks kernels and gradients of some operations on some backends.
 */
export function trainsHere({layer, shapes}: LayerInPlace): boolean {
  const {name: _, ...config} = layer.getConfig();
  const key = JSON.stringify([tf.getBackend(), layer.getClassName(), config, shapes]);
  const found = known.get(key) ?? (isTrainable(layer, shapes.map((shape) => sized(shape, 12, 2))) ||
      isTrainable(layer, shapes.map((shape) => sized(shape, Infinity, Infinity))));
  known.set(key, found);
  return found;
}

/** Two examples, with sizes of at most so much; the last and the first axis after the batch may be channels. */
function sized(shape: Sizes, most: number, mostChannels: number): number[] {
  return shape.map((size, axis) => axis === 0 ? 2 :
    Math.min(size ?? 8, axis === shape.length - 1 || (axis === 1 && (size ?? 8) <= 4) ? mostChannels : most));
}

function isTrainable(layer: Layer, shapes: number[][]): boolean {
  const few = Object.fromEntries(['units', 'filters'].filter((size) => typeof layer.getConfig()[size] === 'number')
      .map((size) => [size, 2]));
  const copy = sameLayer(layer, few);
  copy.setFastWeightInitDuringBuild(true);
  try {
    // A window larger than its input: tfjs's convolution on wasm writes behind the end of an output without entries.
    if ([copy.computeOutputShape(oneOrMany(shapes))].flat(2).some(size => size !== null && size < 1)) return false;
    return tidy(() => freeingTape(() => {
      const indices = rowOf(layer)?.takesIndices ?? false;
      const xs = shapes.map((shape) => (indices ? tf.zeros(shape, 'int32') : tf.randomUniform(shape, 0.5, 1)));
      const call = (): Tensor => [copy.apply(oneOrMany(xs), {training: true})].flat()[0] as Tensor;
      call();  // makes the weights
      copy.trainable = true;
      const by = [...indices ? [] : xs, ...copy.trainableWeights.map((weight) => weight.read())];
      return tf.engine().gradients(call, by, undefined, true).grads.every((gradient) => gradient != null);
    }));
  } catch {
    return false;  // a kernel or a gradient is missing, or a small input does not fit
  } finally {
    freeWeights([copy]);
  }
}
