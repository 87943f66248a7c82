/** A small trained net, and places in memory to save it to. */
import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn, sequential} from '@tensorflow/tfjs-layers';
import type {LayersModel, Sequential} from '@tensorflow/tfjs-layers';

import {layers, losses} from '../../../src';
import {toTensor} from '../../support/arrays';
import {randomValues} from '../../support/random';
import {fill} from './models';

/** Every explicit layer, filled with seeded values. */
export function net(): Sequential {
  return fill(sequential({name: 'net', layers: [
    layers.conv2d({inputShape: [6, 6, 2], filters: 4, kernelSize: 3, padding: 1, name: 'conv'}),
    layers.batchNormalization({name: 'norm', momentum: 0.8}),
    layers.reLU({name: 'relu'}),
    layers.maxPooling2d({poolSize: 2, name: 'pool'}),
    builtIn.flatten({name: 'flat'}),
    layers.layerNormalization({name: 'layerNorm'}),
    layers.dense({units: 3, name: 'scores'}),
  ]}));
}

/** A batch of images. */
export const batch = (seed: number) => toTensor(randomValues([6, 6, 6, 2], seed));
/** Their classes. */
export const labels = () => losses.oneHot([0, 1, 2, 0, 1, 2], 3);

/** Trains on batches from that number on; returns the losses. */
export async function trainFor(model: LayersModel, from: number, steps: number): Promise<number[]> {
  const history: number[] = [];
  for (let step = from; step < from + steps; step++) {
    const result = await model.trainOnBatch(batch(step), labels());
    history.push([result].flat()[0] as number);
  }
  return history;
}

/** A handler that keeps in memory what a file would hold. */
export function memory(): tf.io.IOHandler & {artifacts: tf.io.ModelArtifacts} {
  const handler = {
    artifacts: {} as tf.io.ModelArtifacts,
    save: async (artifacts: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> => {
      const {weightData, ...rest} = artifacts;
      handler.artifacts = {...JSON.parse(JSON.stringify(rest)) as object, weightData};
      return {modelArtifactsInfo: {dateSaved: new Date(), modelTopologyType: 'JSON'}};
    },
    load: async () => handler.artifacts,
  };
  return handler;
}
