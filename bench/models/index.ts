/** Models of keras.applications, from the topologies that `write.py` wrote, with seeded weights. */
import {readFileSync} from 'node:fs';

import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {buildModel} from '../../src/models/io/build';
import {kerasTopology} from '../../src/models/io/topology';
import {normal} from '../data';

export type Application = 'MobileNetV2' | 'InceptionV3';

/** Height and width of the images. */
export const IMAGE: {[name in Application]: number} = {MobileNetV2: 224, InceptionV3: 299};

/** The model as tf.layers has it, 10 classes, scores without softmax. */
export function applicationNet(name: Application): LayersModel {
  const config: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8'));
  const model = buildModel(name, kerasTopology(name, config, 3), true, {bytes: Infinity, reason: ''});
  const weights = model.weights.map((weight, i) => initial(weight.originalName, weight.shape as number[], i));
  model.setWeights(weights);
  tf.dispose(weights);
  return model;
}

/** Kernels as He et al. draw them, so that the values of deep nets neither grow nor vanish; norms that change nothing. */
function initial(name: string, shape: number[], seed: number): tf.Tensor {
  if (/(gamma|variance)$/.test(name)) return tf.ones(shape);
  if (shape.length === 1) return tf.zeros(shape);
  const isDepthwise = /depthwise/.test(name);
  const fanIn = tf.util.sizeFromShape(shape.slice(0, isDepthwise ? -2 : -1));
  return tf.tidy(() => tf.mul(normal(shape as [number, number], seed), Math.sqrt(2 / fanIn)));
}
