import * as tf from '@tensorflow/tfjs-core';
import type {Scalar, Tensor, Tensor2D, Tensor4D, Variable} from '@tensorflow/tfjs-core';
import {model} from '@tensorflow/tfjs-layers';
import type {LayersModel, SymbolicTensor} from '@tensorflow/tfjs-layers';

import {ops} from '../../../src';
import type {Backprop, LayerPass, Weight} from './contract';

/**
 * What every layer puts out for an image [1, H, W, C], and the gradients of the loss by all of it. Batch norm takes its moving
 * averages, as when the net is used.
 *
 * A variable of zeros is added to what each layer puts out: the gradient by it is the dout of the layer.
 * @param label the class that the loss is about; null for the one that the net takes it for
 */
export async function backprop(net: LayersModel, image: Tensor4D, label: number | null):
    Promise<Pick<Backprop, 'image' | 'dimage' | 'label' | 'loss' | 'probabilities'> & {layers: Omit<LayerPass, 'dead'>[]}> {
  const layers = net.layers.filter((layer) => layer.getClassName() !== 'InputLayer');
  const shifts = [image, ...layers.map(({outputShape}) => outputShape as number[])].map((like) =>
    tf.variable(tf.zeros(Array.isArray(like) ? [1, ...like.slice(1)] : like.shape)));
  const kept: Tensor[] = [];
  const keep = <T extends Tensor>(tensor: T): T => {
    kept.push(tf.keep(tensor));
    return tensor;
  };
  try {
    const target = label ?? await guessOf(net, image);
    const outs: Tensor[] = [];
    const weights = net.trainableWeights.map((weight) => weight.read() as Variable);
    const {value, grads} = tf.variableGrads(() => {
      let here: Tensor = tf.add(image, shifts[0]!);
      layers.forEach((layer, i) => {
        here = tf.add(layer.apply(here, {training: false}) as Tensor, shifts[i + 1]!);
        outs.push(keep(here.clone()));
      });
      return ops.softmaxLoss(here as Tensor2D, tf.tensor1d([target], 'int32')) as Scalar;
    }, [...weights, ...shifts]);
    kept.push(value, ...Object.values(grads));
    const probabilities = keep(tf.softmax(outs.at(-1) as Tensor2D));
    // A copy: some backends hand out what they compute with.
    const read = async (tensor: Tensor) => (await tensor.data() as Float32Array).slice();
    const gradient = (variable: Variable) => read(grads[variable.name]!);
    return {
      image: await read(image), dimage: await gradient(shifts[0]!), label: target, loss: (await read(value))[0]!,
      probabilities: [...await read(probabilities)],
      layers: await Promise.all(layers.map(async (layer, i) => ({
        name: layer.name, shape: outs[i]!.shape.slice(1), out: await read(outs[i]!), dout: await gradient(shifts[i + 1]!),
        weights: await Promise.all(layer.trainableWeights.map(async (weight): Promise<Weight> => ({
          name: weight.originalName.split('/').at(-1)!, shape: weight.shape as number[],
          values: await read(weight.read()), gradient: await gradient(weight.read() as Variable),
        }))),
      }))),
    };
  } finally {
    tf.dispose([...kept, ...shifts]);
  }
}

/** The probability of a class, and the loss, of an image. */
export async function lossOf(net: LayersModel, image: Tensor4D, label: number): Promise<{loss: number, probability: number}> {
  const [loss, probabilities] = tf.tidy(() => {
    const scores = net.predict(image) as Tensor2D;
    return [ops.softmaxLoss(scores, tf.tensor1d([label], 'int32')) as Tensor, tf.softmax(scores) as Tensor] as const;
  });
  try {
    return {loss: (await loss.data())[0]!, probability: (await probabilities.data())[label]!};
  } finally {
    tf.dispose([loss, probabilities]);
  }
}

export async function guessOf(net: LayersModel, image: Tensor4D): Promise<number> {
  const guess = tf.tidy(() => tf.argMax(net.predict(image) as Tensor2D, 1));
  try {
    return (await guess.data())[0]!;
  } finally {
    guess.dispose();
  }
}

/** Of each ReLU the channels that put out 0 for all of these images. */
export async function deadUnits(net: LayersModel, images: Tensor4D): Promise<{[layer: string]: number[]}> {
  const layers = net.layers.filter(({name}) => name.startsWith('relu'));
  const probe = model({inputs: net.inputs, outputs: layers.map(({output}) => output as SymbolicTensor)});
  const most = tf.tidy(() => [probe.predict(images)].flat().map((out) => tf.max(out as Tensor, [0, 1, 2])));
  try {
    return Object.fromEntries(await Promise.all(layers.map(async ({name}, i) =>
      [name, [...await most[i]!.data()].flatMap((value, channel) => (value <= 0 ? [channel] : []))])));
  } finally {
    tf.dispose(most);
  }
}
