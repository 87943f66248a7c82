import * as tf from '@tensorflow/tfjs-core';
import type {NamedTensorMap, Tensor} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {freeingTape} from '../../abandoned_tape';

/** What a model makes of its inputs, and of gradients from above. */
export interface Pass {
  outputs: Tensor[];
  /** By the inputs; null for one that has none (whole numbers). */
  inputGradients: (Tensor | null)[];
  /** By the trainable weights, in their order; null for one that does not matter to the outputs. */
  weightGradients: (Tensor | null)[];
}

/**
 * One forward and backward pass. The caller disposes of it with {@link disposePass}.
 * @param douts the gradient from above for each output
 * @param training whether batch norm uses the statistics of the batch and dropout drops
 * @throws Where a kernel is missing, and leaves nothing behind.
 */
export function passThrough(model: LayersModel, xs: Tensor[], douts: Tensor[], training: boolean): Pass {
  const inputs = xs.filter(({dtype}) => dtype === 'float32');
  const weights = model.trainableWeights.map((weight) => weight.read());
  let outputs: Tensor[] = [];
  const forward = () => {
    outputs = asList<Tensor>(model.apply(xs, {training}));
    if (outputs.length === 1) return outputs[0]!;
    outputs.forEach((out) => tf.keep(out));
    return tf.addN(outputs.map((out, i) => tf.sum(tf.mul(out, douts[i]!))));
  };
  return freeingTape(() => {
    const result = tf.tidy(() => {
      const dy = douts.length === 1 ? douts[0] : undefined;
      const {value, grads} = tf.engine().gradients(forward, [...inputs, ...weights], dy, true);
      if (outputs.length === 1) outputs = [value];
      return {...outputs, grads: grads.map((gradient) => gradient ?? null)} as unknown as NamedTensorMap;
    });
    const grads = (result as unknown as {grads: (Tensor | null)[]}).grads;
    return {
      outputs,
      inputGradients: xs.map((x) => (inputs.includes(x) ? grads[inputs.indexOf(x)]! : null)),
      weightGradients: grads.slice(inputs.length),
    };
  });
}

/** The values of a model that has no gradient here; null where it has none either. */
export function forwardOnly(model: LayersModel, xs: Tensor[], training: boolean): Pass | null {
  try {
    const outputs = freeingTape(() => tf.tidy(() => asList<Tensor>(model.apply(xs, {training}))));
    return {outputs, inputGradients: xs.map(() => null), weightGradients: []};
  } catch {
    return null;
  }
}

/** A random gradient from above for each output of a model, whose sizes may be known only once it runs. */
export function randomUpstream(model: LayersModel, xs: Tensor[], seed: number): Tensor[] {
  return tf.tidy(() => asList<Tensor>(model.apply(xs)).map(({shape}) => tf.randomNormal(shape, 0, 1, 'float32', seed)));
}

/** Milliseconds of one forward and backward pass, to its end. */
export async function timePass(model: LayersModel, xs: Tensor[], douts: Tensor[]): Promise<number> {
  const start = performance.now();
  const pass = passThrough(model, xs, douts, true);
  const last = tensorsOf(pass).at(-1)!;
  const one = tf.tidy(() => tf.slice(tf.reshape(last, [last.size]), 0, 1));
  await one.data();  // now the queues of webgl and webgpu have run
  const milliseconds = performance.now() - start;
  one.dispose();
  disposePass(pass);
  return milliseconds;
}

/** Frees the tensors of a pass. */
export function disposePass(pass: Pass): void {
  tensorsOf(pass).forEach((tensor) => tensor.dispose());
}

/** One value or several, as a list. */
export function asList<T>(value: unknown): T[] {
  return (Array.isArray(value) ? value : [value]) as T[];
}

function tensorsOf({outputs, inputGradients, weightGradients}: Pass): Tensor[] {
  return [...outputs, ...inputGradients, ...weightGradients].filter((tensor) => tensor !== null);
}
