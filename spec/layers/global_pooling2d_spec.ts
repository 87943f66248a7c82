import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn, model as functional, input, sequential} from '@tensorflow/tfjs-layers';
import type {SymbolicTensor} from '@tensorflow/tfjs-layers';

import {layers, models} from '../../src';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {expectClose, expectRefusal} from '../support/matchers';
import {randomValues} from '../support/random';
import {toleranceOf} from '../support/tolerances';

const tolerance = toleranceOf('averagePool2d');

describeOnBackends('global pooling', () => {
  afterEach(() => tf.disposeVariables());

  for (const [ours, theirs] of [
    [layers.globalAveragePooling2d, builtIn.globalAveragePooling2d], [layers.globalMaxPooling2d, builtIn.globalMaxPooling2d],
  ] as const) {
    for (const dataFormat of ['channelsLast', 'channelsFirst'] as const) {
      it(`${ours.name}, ${dataFormat}: as tf.layers, on images of any size, keeping axes if told`, async () => {
        const image = input({shape: dataFormat === 'channelsLast' ? [null, null, 3] : [3, null, null]});
        const net = functional({inputs: image, outputs: ours({dataFormat}).apply(image) as SymbolicTensor});
        expect(net.outputShape).toEqual([null, 3]);
        for (const size of [[4, 5], [7, 2]]) {
          const x = toTensor(randomValues([2, ...dataFormat === 'channelsLast' ? [...size, 3] : [3, ...size]], 1));
          const out = theirs({dataFormat}).apply(x) as tf.Tensor;
          await expectClose(net.predict(x) as tf.Tensor, out, tolerance);
          const kept = ours({dataFormat, keepDims: true}).apply(x) as tf.Tensor;
          expect(kept.shape).toEqual(dataFormat === 'channelsLast' ? [2, 1, 1, 3] : [2, 3, 1, 1]);
          await expectClose(tf.reshape(kept, [2, 3]), out, tolerance);
        }
      });
    }
  }

  it('means of many entries keep their digits', async () => {
    const x = tf.fill([1, 128, 128, 1], 0.1);
    await expectClose(layers.globalAveragePooling2d().apply(x) as tf.Tensor, [[Math.fround(0.1)]],
      {relative: 5e-6, absolute: 0});
  });

  it('ties share the gradient as they are told', async () => {
    const x = tf.tensor4d([1, 3, 3, 2], [1, 2, 2, 1]);
    for (const [ties, dx] of [['all', [0, 1, 1, 0]], ['first', [0, 1, 0, 0]], ['split', [0, 0.5, 0.5, 0]]] as const) {
      const layer = layers.globalMaxPooling2d({ties});
      await expectClose(tf.reshape(tf.grad((v) => layer.apply(v) as tf.Tensor)(x), [4]), [...dx]);
    }
  });

  it('keepDims becomes a Reshape in tf.layers; another rule for ties is refused', async () => {
    const net = sequential({layers: [layers.globalMaxPooling2d({inputShape: [4, 5, 3], keepDims: true, name: 'top'})]});
    const theirs = models.toBuiltIn(net);
    expect(theirs.layers.map((layer) => layer.getClassName())).toEqual(['GlobalMaxPooling2D', 'Reshape']);
    const x = toTensor(randomValues([2, 4, 5, 3], 1));
    await expectClose(theirs.predict(x) as tf.Tensor, net.predict(x) as tf.Tensor);
    const first = sequential({layers: [layers.globalMaxPooling2d({inputShape: [4, 5, 3], ties: 'first'})]});
    await expectRefusal(() => models.toBuiltIn(first), /gives every tied maximum the full gradient.*ties 'first'/);
  });
});
