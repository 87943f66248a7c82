import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {layers as builtIn} from '@tensorflow/tfjs-layers';

import * as layers from '../../layers';
import {array} from '../../reference';
import type {ReferenceArray} from '../../reference';
import {changed, random, toTensor} from './case';
import type {VerifyCase} from './case';
import * as oracle from './oracle';
import type {Evaluation} from './oracle';
import type {VerifiedOp} from './tolerances';

interface LayerCase {
  op: VerifiedOp;
  title: string;
  /** Makes the layer; a name of its own keeps the automatic names of the user's layers as they are. */
  make: (name: string) => builtIn.Layer;
  xShape: number[];
  /** Those of the trainable weights first. */
  weightShapes?: number[][];
  training?: boolean;
  exact: (x: ReferenceArray, weights: ReferenceArray[]) => Evaluation & {moved?: ReferenceArray[]};
}

/** The value of a layer, its gradients by input and trainable weights, and its other weights after the call. */
function layerCase({op, title, make, xShape, weightShapes = [], training = false, exact}: LayerCase): VerifyCase {
  const x = random(xShape, 30);
  const weights = weightShapes.map(weightValues);
  return {
    name: `layers.${title}${training ? ' in training' : ''}`, op,
    compute: () => {
      const layer = make('verify_backend');
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
        layer.weights.forEach(weight => weight.dispose());
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

/** The relu after an op. */
function thenRelu(before: Evaluation): Evaluation {
  const {out, backward} = oracle.relu(before.out);
  return {out, backward: dout => before.backward(backward(dout)[0]!)};
}

/** Dense works on the last axis: every row of the others is an example. */
function denseRows(x: ReferenceArray, w: ReferenceArray, b: ReferenceArray | null): Evaluation {
  const {shape} = x;
  const {out, backward} = oracle.affine(array([x.data.length / shape.at(-1)!, shape.at(-1)!], x.data), w, b);
  return {
    out: {shape: [...shape.slice(0, -1), w.shape[1]!], data: out.data},
    backward: dout => {
      const [dx, ...rest] = backward({shape: out.shape, data: dout.data});
      return [{shape, data: dx!.data}, ...rest];
    },
  };
}

function batchNormCase(title: string, training: boolean, axis: number): VerifyCase {
  return layerCase({
    op: 'batchNorm', title: `batchNormalization${title}`, xShape: [3, 4, 5, 2], training,
    weightShapes: [0, 1, 2, 3].map(() => [axis === 1 ? 4 : 2]),
    make: name => layers.batchNormalization({name, axis}),
    exact: (x, [gamma, beta, runningMean, runningVar]) => {
      const common = {axis, epsilon: 1e-3};
      if (!training) {
        return {
          ...oracle.batchNorm(x, gamma!, beta!, {...common, runningMean, runningVar}),
          moved: [runningMean!, runningVar!],
        };
      }
      const batch = oracle.batchNorm(x, gamma!, beta!, {...common, momentum: 0});
      const after = (old: ReferenceArray, now: ReferenceArray): ReferenceArray =>
          changed(old, (value, i) => 0.99 * value + 0.01 * now.data[i]!);
      return {...batch, moved: [after(runningMean!, batch.runningMean), after(runningVar!, batch.runningVar)]};
    },
  });
}

export const layerCases: VerifyCase[] = [
  layerCase({
    op: 'conv2d', title: 'conv2d', xShape: [2, 7, 6, 3], weightShapes: [[3, 3, 3, 4], [4]],
    make: name => layers.conv2d({name, filters: 4, kernelSize: 3, strides: 2, padding: 'same'}),
    exact: (x, [w, b]) => oracle.conv2d(x, w!, b!, {strides: 2, padding: 'same'}),
  }),
  layerCase({
    op: 'conv2d', title: 'conv2d with relu, grouped, dilated', xShape: [2, 8, 7, 4], weightShapes: [[3, 2, 2, 6]],
    make: name => layers.conv2d({
      name, filters: 6, kernelSize: [3, 2], groups: 2, dilationRate: 2, padding: 1, activation: 'relu', useBias: false,
    }),
    exact: (x, [w]) => thenRelu(oracle.conv2d(x, w!, null, {groups: 2, dilationRate: 2, padding: 1})),
  }),
  layerCase({
    op: 'relu', title: 'reLU', xShape: [3, 17],
    make: name => layers.reLU({name, maxValue: 1.5, negativeSlope: 0.1, threshold: 0.25}),
    exact: x => oracle.relu(x, {maxValue: 1.5, negativeSlope: 0.1, threshold: 0.25}),
  }),
  layerCase({
    op: 'maxPool2d', title: 'maxPooling2d', xShape: [2, 7, 6, 3],
    make: name => layers.maxPooling2d({name, poolSize: 3, strides: 2, padding: 'same'}),
    exact: x => oracle.maxPool2d(x, {poolSize: 3, strides: 2, padding: 'same'}),
  }),
  layerCase({
    op: 'affine', title: 'dense', xShape: [5, 7], weightShapes: [[7, 4], [4]],
    make: name => layers.dense({name, units: 4}),
    exact: (x, [w, b]) => denseRows(x, w!, b!),
  }),
  layerCase({
    op: 'affine', title: 'dense with relu on the last of three axes', xShape: [2, 3, 7], weightShapes: [[7, 4]],
    make: name => layers.dense({name, units: 4, activation: 'relu', useBias: false}),
    exact: (x, [w]) => thenRelu(denseRows(x, w!, null)),
  }),
  batchNormCase('', false, -1),
  batchNormCase('', true, -1),
  batchNormCase(', channels first', false, 1),
  batchNormCase(', channels first', true, 1),
  layerCase({
    op: 'layerNorm', title: 'layerNormalization', xShape: [3, 4, 5], weightShapes: [[4, 5], [4, 5]],
    make: name => layers.layerNormalization({name, axis: [1, 2]}),
    exact: (x, [gamma, beta]) => oracle.layerNorm(x, gamma!, beta!, {axis: [1, 2], epsilon: 1e-3}),
  }),
];
