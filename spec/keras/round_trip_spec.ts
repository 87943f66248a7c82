/** Keras files as bytes, there and back: nothing here needs Node, so that it runs in pages too. */
import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn, sequential} from '@tensorflow/tfjs-layers';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {layers, losses, models} from '../../src';
import {exportKeras, importKeras} from '../../src/keras';
import {branchingNet, convNet, fill, inputsOf, outputsOf} from '../models/support/models';
import {describeOnBackends} from '../support/backends';
import {expectClose} from '../support/matchers';

const TIMEOUT = 300_000;

function explicitNet(): LayersModel {
  return fill(sequential({name: 'explicit', layers: [
    layers.conv2d({inputShape: [8, 7, 2], filters: 4, kernelSize: 3, padding: 1, name: 'conv'}),
    layers.batchNormalization({name: 'norm'}), layers.reLU({name: 'relu'}),
    layers.maxPooling2d({poolSize: 2, name: 'pool'}), builtIn.flatten({name: 'flat'}),
    layers.dense({units: 3, name: 'scores'}),
  ]}));
}

/** What Keras has and tf.layers lacks. */
function moreThanTwins(): LayersModel {
  return fill(sequential({name: 'more', layers: [
    layers.conv2d({inputShape: [6, 6, 4], filters: 4, kernelSize: 3, groups: 2, padding: 1, name: 'groups'}),
    layers.depthwiseConv2d({kernelSize: 3, dilationRate: 2, padding: 1, depthMultiplier: 2, name: 'dilated'}),
    layers.groupNormalization({groups: 4, name: 'norm'}),
    layers.conv2dTranspose({filters: 3, kernelSize: 3, strides: 2, padding: 1, outputPadding: 1, name: 'up'}),
    layers.conv2dTranspose({filters: 3, kernelSize: 2, dilationRate: 2, name: 'spread'}),
    layers.separableConv2d({filters: 4, kernelSize: 3, padding: 'same', depthMultiplier: 2, name: 'separable'}),
    builtIn.reshape({targetShape: [-1, 4], name: 'sequence'}),
    layers.conv1d({filters: 4, kernelSize: 3, padding: 'causal', dilationRate: 2, name: 'causal'}),
    layers.conv1d({filters: 4, kernelSize: 3, groups: 2, name: 'grouped'}),
  ]}));
}

describeOnBackends('a Keras file in memory', () => {
  const nets: {[title: string]: () => LayersModel} = {
    'explicit layers': explicitNet, 'built-in layers': convNet,
    'what tf.layers lacks': moreThanTwins,
    'a graph of explicit ones': () => models.toExplicit(branchingNet()),
  };
  for (const format of ['keras', 'h5'] as const) {
    for (const [title, make] of Object.entries(nets)) {
      it(`.${format}: ${title}, the same outputs`, async () => {
        const net = make();
        const again = await importKeras(await exportKeras(net, {format, ties: 'ignore'}));
        const inputs = inputsOf(net);
        const [expected, found] = [outputsOf(net, inputs), outputsOf(again, inputs)];
        expect(found.length).toBe(expected.length);
        for (const [i, output] of expected.entries()) {
          await expectClose(found[i]!, output, {relative: 1e-5, absolute: 1e-5});
        }
        again.dispose();
      }, TIMEOUT);
    }

    it(`.${format}: how it was compiled`, async () => {
      const net = explicitNet();
      net.compile({optimizer: tf.train.momentum(0.125, 0.5), loss: losses.softmaxLoss, metrics: ['accuracy']});
      const again = await importKeras(await exportKeras(net, {format, ties: 'ignore'}));
      expect(again.loss).toBe(losses.softmaxLoss);
      expect(again.optimizer.getConfig()).toEqual(jasmine.objectContaining({learningRate: 0.125, momentum: 0.5}));
      again.dispose();
    }, TIMEOUT);
  }

  it('that is cut short is refused', async () => {
    const bytes = await exportKeras(explicitNet(), {ties: 'ignore'});
    await expectAsync(importKeras(bytes.subarray(0, bytes.length >> 1))).toBeRejectedWithError(/importKeras: the file/);
  }, TIMEOUT);
});
