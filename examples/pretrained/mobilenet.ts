import {createRequire} from 'node:module';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import {initializers, input, model} from '@tensorflow/tfjs-layers';
import type {LayersModel, SymbolicTensor} from '@tensorflow/tfjs-layers';

import {layers, losses, models} from '../../src';
import {packageFolder} from '../shared/package_folder';

/** What `tensorflowjs_converter` writes into a model.json, as far as it is read here. */
interface ModelJson {
  modelTopology: {model_config: {config: {layers: {class_name: string, config: {[name: string]: unknown}}[]}}};
  weightsManifest: {weights: tf.io.WeightsManifestEntry[]}[];
}

/** The last layer that sees an image; what follows it sorts them into the classes of its makers. */
const LAST_FEATURES = 'out_relu';
/**
 * Keras's momentum of 0.999 is meant for many thousand steps; with this the moving averages of batch norm have followed the
 * weights after some dozens.
 */
const MOMENTUM = 0.9;

/**
 * The MobileNetV2 of the npm package `nsfwjs`, trained on photographs (its makers moderate pictures with it): the files of
 * the official converter, kept in 8 bits, as modules.
 */
export function loadMobileNet(): Promise<LayersModel> {
  const require = createRequire(import.meta.url);
  const folder = path.join(packageFolder('nsfwjs'), 'dist', 'models', 'mobilenet_v2');
  const {modelTopology, weightsManifest} = require(path.join(folder, 'model.min.js')) as ModelJson;
  const bytes = Buffer.from(require(path.join(folder, 'group1-shard1of1.min.js')) as string, 'base64');
  for (const {class_name, config} of modelTopology.model_config.config.layers) {
    if (class_name === 'BatchNormalization') config['momentum'] = MOMENTUM;
  }
  return models.load({load: async () => ({
    modelTopology, weightSpecs: weightsManifest.flatMap(({weights}) => weights), weightData: new Uint8Array(bytes).buffer,
  })});
}

/** A net for ten digits from the features of another: for images [side, side, 3], its scores [10] from a new layer. */
export function digitNet(converted: LayersModel, side: number, seed: number): LayersModel {
  const features = model({
    name: 'features', inputs: converted.inputs, outputs: converted.getLayer(LAST_FEATURES).output as SymbolicTensor,
  });
  const images = input({shape: [side, side, 3]});
  const pooled = layers.globalAveragePooling2d().apply(features.apply(images));
  const scores = layers.dense({
    name: 'digits', units: 10, kernelInitializer: initializers.glorotNormal({seed}),
  }).apply(pooled) as SymbolicTensor;
  const net = model({name: 'digit_net', inputs: images, outputs: scores});
  net.compile({optimizer: tf.train.adam(1e-3), loss: losses.softmaxLoss, metrics: [losses.accuracy]});
  return net;
}
