/** Keras files that read well and make no model: the file is named, and nothing of it is left behind. */
import * as tf from '@tensorflow/tfjs-core';
import {unzipSync, zipSync} from 'fflate';

import {importKeras} from '../../src/keras';
import {goldenBytes} from '../keras/support/files';
import {backendNames} from '../support/backends';
import {expectNoLeaks} from '../support/matchers';

/** A .keras file of Keras's with another text in its configuration. */
function changed(name: string, from: RegExp, to: string): Uint8Array {
  const members = unzipSync(goldenBytes(name));
  const text = new TextDecoder().decode(members['config.json']);
  expect(text).toMatch(from);
  members['config.json'] = new TextEncoder().encode(text.replace(from, to));
  return zipSync(members);
}

const cases: Array<{title: string, file: () => Uint8Array, message: RegExp}> = [
  {title: 'sizes of Infinity, which tf.layers take', file: () =>
    changed('tf_keras_depthwise.keras', /("batch_(?:input_)?shape": \[null, \d+), \d+/, '$1, 1e999'),
  message: /^importKeras: the file: the layers do not make a model: layers\.conv2dTranspose 'up': .*width/},
  {title: 'inputs of another rank than explicit layers take', file: () =>
    changed('keras3_depthwise.keras', /("batch_shape": \[null, 8, 8, 4)\]/, '$1, 4]'),
  message: /^importKeras: the file: the layers do not make a model: layers\.depthwiseConv2d 'depthwise': .*ndim=4, found ndim=5/},
  {title: 'the state of an optimizer for other weights than those that train', file: () =>
    changed('keras3_conv_net.keras', /("class_name": "Conv2D", "config": \{"name": "[^"]*", "trainable": )true/, '$1false'),
  message: /^importKeras: the file: the state of the optimizer Adam does not fit the weights that train/},
];

describe('Keras files that make no model', () => {
  beforeAll(() => tf.setBackend(backendNames[0]!));

  for (const {title, file, message} of cases) {
    it(`are refused: ${title}`, async () => {
      const bytes = file();
      await expectNoLeaks(async () => {
        await expectAsync(importKeras(bytes)).toBeRejectedWithError(message);
      });
    });
  }
});
