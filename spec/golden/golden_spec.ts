/** Values and gradients that others computed: Keras 3, JAX, and the course's own printed figures. See make.py. */
import * as tf from '@tensorflow/tfjs-core';
import type {layers as builtIn} from '@tensorflow/tfjs-layers';

import * as layers from '../../src/layers';
import {softmaxLoss} from '../../src/losses';
import * as ops from '../../src/ops';
import * as reference from '../../src/reference';
import {array} from '../../src/reference';
import type {ReferenceArray} from '../../src/reference';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {expectClose} from '../support/matchers';
import {toleranceOf} from '../support/tolerances';
import type {ToleranceName} from '../support/tolerances';
import course from './course.json';
import jax from './jax.json';
import keras from './keras.json';

type Stored = {shape: number[], data: number[]};

/** The array with this seed, as make.py has it. */
function values(shape: number[], seed: number): ReferenceArray {
  const size = shape.reduce((product, n) => product * n, 1);
  return array(shape, Array.from({length: size}, (_, i) => ((7919 * i + 131 * seed) % 2003 - 1001) / 512));
}

const seeded = (shape: number[], seed: number): tf.Tensor => toTensor(values(shape, seed));
const weight = (shape: number[], i: number): tf.Tensor => tf.add(tf.abs(seeded(shape, 10 + i)), 0.125);
const stored = ({shape, data}: Stored): ReferenceArray => array(shape, data);

/** Whose tolerance holds for a layer. */
const opOf: {[layer: string]: ToleranceName} = {
  conv2d: 'conv2d', dense: 'affine', reLU: 'relu', maxPooling2d: 'maxPool2d', batchNormalization: 'batchNorm',
  layerNormalization: 'layerNorm',
};

/** Two roundings more than the ops' own comparisons: the 8 digits that are stored, and a relu or a sum around. */
function toleranceFor(op: ToleranceName) {
  const {relative, absolute} = toleranceOf(op);
  return {relative: 2 * relative, absolute: 2 * absolute};
}

interface KerasLayerCase {
  layer: string;
  args: object;
  shape: number[];
  training: boolean;
  weights: number[][];
  out: Stored;
  gradients: Stored[];
  others: Stored[];
}

async function checkKerasLayer(c: KerasLayerCase): Promise<void> {
  const make = layers[c.layer as 'conv2d'] as (args: object) => builtIn.Layer;
  const layer = make({...c.args, name: 'golden'});
  layer.build([null, ...c.shape.slice(1)]);
  layer.setWeights(c.weights.map(weight));
  const by = [seeded(c.shape, 1), ...layer.trainableWeights.map(w => w.read())];
  let others: tf.Tensor[] = [];
  const {value, grads} = tf.engine().gradients(() => {
    const out = layer.apply(by[0]!, {training: c.training}) as tf.Tensor;
    others = layer.nonTrainableWeights.map(w => tf.keep(tf.clone(w.read())));
    return out;
  }, by, seeded(c.out.shape, 99));
  const tolerance = toleranceFor(opOf[c.layer]!);
  await expectClose(value, stored(c.out), tolerance, 'out');
  expect(grads.length).toBe(c.gradients.length);
  for (const [i, gradient] of grads.entries()) {
    await expectClose(gradient, stored(c.gradients[i]!), tolerance, i === 0 ? 'dx' : `gradient of weight ${i - 1}`);
  }
  for (const [i, other] of others.entries()) {
    await expectClose(other, stored(c.others[i]!), tolerance, `weight ${grads.length - 1 + i} after the call`);
  }
  tf.dispose(others);
  layer.weights.forEach(w => w.dispose());
}

interface KerasLossCase {
  shape: number[];
  scale: number;
  labels: number[] | number[][];
  losses: Stored;
  out: Stored;
  gradients: Stored[];
}

async function checkKerasLoss({shape, scale, labels, ...c}: KerasLossCase): Promise<void> {
  const scores = tf.mul(seeded(shape, 1), scale) as tf.Tensor2D;
  const tolerance = toleranceFor('softmaxLoss');
  const isClass = !Array.isArray(labels[0]);
  const y = isClass ? tf.tensor1d(labels as number[], 'int32') : tf.tensor2d(labels as number[][]);
  await expectClose(ops.softmaxLoss(scores, y), stored(c.out), tolerance, 'out');
  await expectClose(ops.softmaxLoss(scores, y, {reduction: 'none'}), stored(c.losses), tolerance, 'losses');
  if (!isClass) await expectClose(softmaxLoss(y, scores), stored(c.losses), tolerance, 'losses.softmaxLoss');
  const dx = tf.grad(x => ops.softmaxLoss(x as tf.Tensor2D, y))(scores);
  await expectClose(dx, stored(c.gradients[0]!), tolerance, 'dx');
}

describeOnBackends('the figures of Keras 3', () => {
  for (const [i, c] of keras.cases.entries()) {
    if (c.layer === 'softmaxLoss') {
      const one = c as unknown as KerasLossCase;
      it(`${i} softmaxLoss ${JSON.stringify(one.labels)} times ${one.scale}`, () => checkKerasLoss(one));
    } else {
      const one = c as KerasLayerCase;
      it(`${i} ${one.layer} x=[${one.shape}] ${JSON.stringify(one.args)}${one.training ? ' in training' : ''}`,
          () => checkKerasLayer(one));
    }
  }
});

type Options = {[option: string]: unknown};

/** The ops that JAX's cases are about. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each takes tensors of its own ranks
const jaxOps: {[op: string]: (options: Options) => (...inputs: any[]) => tf.Tensor} = {
  conv2d: options => (x, w, b) => ops.conv2d(x, w, b, options),
  maxPool2d: options => x => ops.maxPool2d(x, options as unknown as ops.MaxPool2dOptions),
  relu: options => x => ops.relu(x, options),
  affine: () => (x, w, b) => ops.affine(x, w, b),
  softmaxLoss: ({labels, ...options}) => x => ops.softmaxLoss(x, labels as tf.TensorLike, options),
  batchNorm: options => (x, gamma, beta) => ops.batchNorm(x, gamma, beta, options),
  layerNorm: options => (x, gamma, beta) => ops.layerNorm(x, gamma, beta, options),
};

describeOnBackends('the figures of JAX', () => {
  for (const [i, c] of jax.cases.entries()) {
    const f = jaxOps[c.op]!(c.options as Options);
    const inputs = () => c.shapes.map((shape, k) => seeded(shape, 1 + k));
    const bent = (...all: tf.Tensor[]): tf.Scalar => {
      const out = f(...all);
      return tf.sum(tf.mul(seeded(out.shape, 99), tf.add(out, tf.div(tf.square(out), 2))));
    };

    it(`${i} ${c.op} ${JSON.stringify(c.options)} x=[${c.shapes[0]}]`, async () => {
      const tolerance = toleranceFor(c.op as ToleranceName);
      await expectClose(f(...inputs()), stored(c.out), tolerance, 'out');
      const gradients = tf.grads((...all) => f(...all))(inputs(), seeded(c.out.shape, 99));
      for (const [k, gradient] of gradients.entries()) {
        await expectClose(gradient, stored(c.gradients[k]!), tolerance, `gradient ${k}`);
      }
    });

    it(`${i} ${c.op} ${JSON.stringify(c.options)} x=[${c.shapes[0]}], second derivatives`, async () => {
      const second = tf.grads((...all) => tf.addN(tf.grads(bent)(all).map((gradient, k) =>
          tf.sum(tf.mul(gradient, seeded(gradient.shape, 200 + k))))))(inputs());
      for (const [k, gradient] of second.entries()) {
        await expectClose(gradient, stored(c.second[k]!), {relative: 2e-4, absolute: 2e-5}, `by input ${k}`);
      }
    });
  }
});

describe("the course's printed figures", () => {
  /** numpy.linspace(start, stop) in this shape, and its transpose for a matrix. */
  const linspace = ([start, stop, shape]: [number, number, number[]]): ReferenceArray => {
    const size = shape.reduce((product, n) => product * n, 1);
    return array(shape, Array.from({length: size}, (_, i) => start + (stop - start) * i / (size - 1)));
  };
  const byExercise = (name: string) => {
    const found = course.cases.find(({exercise}) => exercise === name)!;
    const inputs = Object.fromEntries(Object.entries(found.inputs).map(
        ([input, how]) => [input, linspace(how as [number, number, number[]])]));
    return {...found, inputs: inputs as {[name: string]: ReferenceArray}};
  };
  /** The notebooks print eight digits after the point. */
  const expectPrinted = (got: ReferenceArray, want: Stored): void => {
    expect(got.shape).toEqual(want.shape);
    expect(want.data.filter((value, i) => !(Math.abs(got.data[i]! - value) < 6e-9 * Math.max(1, Math.abs(value)))))
        .toEqual([]);
  };

  it('affine_forward', () => {
    const {inputs: {x, w, b}, out} = byExercise('affine_forward');
    expectPrinted(reference.affineForward(x!, w!, b!).out, out);
  });

  it('relu_forward', () => {
    const {inputs: {x}, out} = byExercise('relu_forward');
    expectPrinted(reference.reluForward(x!).out, out);
  });

  it('conv_forward_naive', () => {
    const {inputs: {x, w, b}, out, stride, pad} = byExercise('conv_forward_naive');
    expectPrinted(reference.convForward(x!, w!, b!, {stride, pad}).out, out);
  });

  it('max_pool_forward_naive', () => {
    const {inputs: {x}, out, pool, stride} = byExercise('max_pool_forward_naive');
    expectPrinted(reference.maxPoolForward(x!, {poolHeight: pool!, poolWidth: pool!, stride}).out, out);
  });

  it('the scores and the loss of the two-layer net', () => {
    const {inputs: {x, w1, b1, w2, b2}, out, labels, loss} = byExercise('two_layer_net');
    const [features, examples] = x!.shape as [number, number];
    const turned = array([examples, features],
        Array.from(x!.data, (_, i) => x!.data[i % features * examples + Math.floor(i / features)]!));
    const hidden = reference.reluForward(reference.affineForward(turned, w1!, b1!).out).out;
    const scores = reference.affineForward(hidden, w2!, b2!).out;
    expectPrinted(scores, out);
    expect(reference.softmaxLoss(scores, labels!).loss).toBeCloseTo(loss!, 9);
  });
});
