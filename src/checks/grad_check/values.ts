import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {freeAbandonedTape} from '../../tfjs_private';
import {seeded} from './random';
import type {Place, Subject} from './subject';

/** Values on the host; null where a gradient is missing. */
export type Values = Float32Array | null;

/** A function of the places, of which gradCheck takes differences, and its gradients as tfjs computes them. */
export interface Checked {
  /** The outputs at these places, on the host. */
  outputs: (at: Array<Place['values']>) => Promise<Float32Array[]>;
  /** The gradients of sum(outputs * weights) by the places; null where tfjs has none. */
  gradients: (at: Array<Place['values']>, weights: Float32Array[]) => Promise<Values[]>;
}

type Tensors = Tensor[];

/** The value itself: its gradients are the first ones. */
export function firstOrder(subject: Subject): Checked {
  return checkedFunction(subject, subject.call);
}

/**
 * The first gradients as a function of the places: their gradients are the second ones. They belong to
 * sum(c * (y + y^2 / 2)), y the outputs divided by `sizes`: with a plain sum the second derivatives of whatever is
 * linear would be zero.
 */
export function secondOrder(subject: Subject, sizes: number[], seed: number): Checked {
  return checkedFunction(subject, tensors => {
    const bent = (): Tensor => tf.addN(subject.call(tensors).map((out, k) => {
      const c = constant(randomWeights(out.size, seed + k), out.shape);
      const y = tf.div(out, sizes[k]!);
      return tf.sum(tf.mul(c, tf.add(y, tf.div(tf.square(y), 2))));
    }));
    return derivatives(subject, bent, tensors).filter(gradient => gradient !== null);
  });
}

function checkedFunction(subject: Subject, call: (tensors: Tensors) => Tensors): Checked {
  return {
    outputs: at => read(subject, at, call),
    gradients: async (at, weights) => {
      const missing = new Set<number>();
      const given = await read(subject, at, tensors => {
        const projected = (): Tensor => tf.addN(call(tensors).map((out, k) =>
            tf.sum(tf.mul(out, constant(weights[k]!, out.shape)))));
        const all = derivatives(subject, projected, tensors);
        all.forEach((gradient, i) => { if (gradient === null) missing.add(i); });
        return all.filter(gradient => gradient !== null);
      });
      return subject.places.filter(place => place.differentiable)
          .map((_, i) => (missing.has(i) ? null : given.shift()!));
    },
  };
}

/** The gradients of a scalar by the places that have one; null where it does not depend on a place. */
function derivatives(subject: Subject, f: () => Tensor, tensors: Tensors): Array<Tensor | null> {
  const by = tensors.filter((_, i) => subject.places[i]!.differentiable);
  const {grads} = tf.engine().gradients(f, by, undefined, true);
  return by.map((place, i) => {
    const gradient = grads[i] ?? null;
    if (gradient && !tf.util.arraysEqual(gradient.shape, place.shape)) {
      throw new Error(`the gradient has shape [${gradient.shape}], the input [${place.shape}]`);
    }
    return gradient;
  });
}

async function read(
    subject: Subject, at: Array<Place['values']>, call: (tensors: Tensors) => Tensors): Promise<Float32Array[]> {
  const tensors = subject.bind(at);
  let outputs: Tensors = [];
  try {
    // Clones, so that freeing what f returns never frees what it was given.
    outputs = tf.tidy(() => call(tensors).map(out => tf.clone(out)));
    return await Promise.all(outputs.map(async out => Float32Array.from(await out.data())));
  } catch (error) {
    freeAbandonedTape();
    throw error;
  } finally {
    tf.dispose(outputs);
    subject.release(tensors);
  }
}

function constant(values: Float32Array, shape: number[]): Tensor {
  return tf.tensor(values, shape, 'float32');
}

/** Weights of size 1/2 to 1 and either sign, so that no output's part is lost or cancels by symmetry. */
export function randomWeights(size: number, seed: number): Float32Array {
  const random = seeded(seed);
  return Float32Array.from({length: size}, () => (random() < 0.5 ? -1 : 1) * (0.5 + random() / 2));
}
