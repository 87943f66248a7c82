/**
 * Derivatives of derivatives, twice: by tfjs on the op, and by central differences in float64 of the first gradient
 * that the reference computes. Both start from one loss,
 *
 *     L = sum(c * (out + out^2 / 2 + out^3 / 6)),    dout = c * (1 + out + out^2 / 2)
 *
 * so that a second and a third derivative exist where the op itself is linear.
 */
import * as tf from '@tensorflow/tfjs-core';

import type {Evaluation} from '../../src/checks/verify/evaluation';
import type {ReferenceArray} from '../../src/reference/array';
import {numericGradient, randomArray} from './numeric_gradient';

/** An op of tensors, and the same function in float64. */
export interface Twin {
  op: (...inputs: tf.Tensor[]) => tf.Tensor;
  exact: (...inputs: ReferenceArray[]) => Evaluation;
}

const direction = (shape: number[], seed: number): ReferenceArray => randomArray(shape, 7000 + seed);
const tensorOf = ({shape, data}: ReferenceArray): tf.Tensor => tf.tensor(Float32Array.from(data), shape, 'float32');

/** The gradients of L by each input, in float64. */
function firstExact({exact}: Twin, inputs: ReferenceArray[]): ReferenceArray[] {
  const {out, backward} = exact(...inputs);
  const c = direction(out.shape, 0);
  const dout = {shape: out.shape, data: out.data.map((y, i) => c.data[i]! * (1 + y + y * y / 2))};
  return backward(dout).filter(gradient => gradient !== null);
}

/** Phi = sum over the inputs of <u_i, dL/dinput_i>: its gradients hold every second derivative, mixed ones too. */
function phiExact(twin: Twin, inputs: ReferenceArray[]): number {
  return firstExact(twin, inputs).reduce((sum, gradient, i) => {
    const u = direction(inputs[i]!.shape, 1 + i);
    return sum + gradient.data.reduce((s, g, j) => s + g * u.data[j]!, 0);
  }, 0);
}

function replaced(inputs: ReferenceArray[], i: number, input: ReferenceArray): ReferenceArray[] {
  return inputs.map((old, k) => (k === i ? input : old));
}

/** dPhi by each input: central differences in float64 of the reference's gradients. */
export function secondExact(twin: Twin, inputs: ReferenceArray[]): ReferenceArray[] {
  return inputs.map((input, i) => numericGradient(x => phiExact(twin, replaced(inputs, i, x)), input));
}

/** d<v, dPhi> by each input, by differences of differences. */
export function thirdExact(twin: Twin, inputs: ReferenceArray[], h = 3e-4): ReferenceArray[] {
  const moved = (sign: number, at: ReferenceArray[]): ReferenceArray[] => at.map((input, i) => {
    const v = direction(input.shape, 100 + i);
    return {shape: input.shape, data: input.data.map((x, j) => x + sign * h * v.data[j]!)};
  });
  const alongV = (at: ReferenceArray[]): number =>
      (phiExact(twin, moved(1, at)) - phiExact(twin, moved(-1, at))) / (2 * h);
  return inputs.map((input, i) => numericGradient(x => alongV(replaced(inputs, i, x)), input, undefined, h));
}

function lossOf({op}: Twin): (...inputs: tf.Tensor[]) => tf.Scalar {
  return (...inputs) => {
    const out = op(...inputs);
    const c = tensorOf(direction(out.shape, 0));
    const square = tf.square(out);
    const bent = tf.addN([out, tf.div(square, 2), tf.div(tf.mul(square, out), 6)]);
    return tf.sum(tf.mul(c, bent));
  };
}

/** sum_i <u_i, gradients of f by input i>, as a function of the inputs. */
function alongDirections(f: (...inputs: tf.Tensor[]) => tf.Scalar, seed: number): typeof f {
  return (...inputs) => {
    const parts = tf.grads(f)(inputs).map((gradient, i) =>
        tf.sum(tf.mul(gradient, tensorOf(direction(gradient.shape, seed + i)))));
    return tf.addN(parts) as tf.Scalar;
  };
}

/** dPhi by each input, by tfjs. */
export function second(twin: Twin, inputs: ReferenceArray[]): tf.Tensor[] {
  return tf.tidy(() => tf.grads(alongDirections(lossOf(twin), 1))(inputs.map(tensorOf)));
}

/** d<v, dPhi> by each input, by tfjs. */
export function third(twin: Twin, inputs: ReferenceArray[]): tf.Tensor[] {
  return tf.tidy(() => tf.grads(alongDirections(alongDirections(lossOf(twin), 1), 100))(inputs.map(tensorOf)));
}

/** An op's two halves: from its inputs, then dout, to the gradients of the inputs. */
export interface TwinPair {
  gradients: (inputs: tf.Tensor[], dout: tf.Tensor) => Array<tf.Tensor | null>;
  exact: (...inputs: ReferenceArray[]) => Evaluation;
}

/** d(sum_i <u_i, dinput_i>) by each input and by dout, through the backward half. */
export function throughPair({gradients}: TwinPair, inputs: ReferenceArray[], dout: ReferenceArray): tf.Tensor[] {
  const along = (...all: tf.Tensor[]): tf.Scalar => {
    const got = gradients(all.slice(0, -1), all.at(-1)!).filter(gradient => gradient !== null);
    const unused = all.map(input => tf.sum(tf.mul(input, 0)));  // no gradient depends on b: its derivative is zeros
    return tf.addN([...unused, ...got.map((gradient, i) =>
        tf.sum(tf.mul(gradient, tensorOf(direction(gradient.shape, 1 + i)))))]) as tf.Scalar;
  };
  return tf.tidy(() => tf.grads(along)([...inputs, dout].map(tensorOf)));
}

export function throughPairExact({exact}: TwinPair, inputs: ReferenceArray[], dout: ReferenceArray): ReferenceArray[] {
  const all = [...inputs, dout];
  const along = (at: ReferenceArray[]): number =>
      exact(...at.slice(0, -1)).backward(at.at(-1)!).filter(gradient => gradient !== null).reduce(
          (sum, gradient, i) => {
            const u = direction(gradient.shape, 1 + i);
            return sum + gradient.data.reduce((s, g, j) => s + g * u.data[j]!, 0);
          }, 0);
  return all.map((input, i) => numericGradient(x => along(replaced(all, i, x)), input));
}
