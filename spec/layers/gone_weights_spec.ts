/** Every way to use a model whose weights were freed says which weight of which layer is gone, and what to do. */
import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn, sequential} from '@tensorflow/tfjs-layers';
import type {Sequential} from '@tensorflow/tfjs-layers';

import {layers, models, ops} from '../../src';
import {explicitRows} from '../../src/catalogue';
import {compareWithBuiltIns} from '../../src/checks';
import {exportKeras} from '../../src/keras';
import {memory} from '../models/support/saving';
import {describeOnBackends} from '../support/backends';
import {leaksOf} from '../support/matchers';

const remedy = 'Build the model again, or load it.';

function makeNet(): Sequential {
  const net = sequential({layers: [
    builtIn.dense({units: 2, name: 'first', inputShape: [5, 5, 1]}),
    layers.conv2d({filters: 2, kernelSize: 3, name: 'conv'}),
    layers.batchNormalization({name: 'norm'}),
    builtIn.flatten({name: 'flat'}),
    layers.dropout({rate: 0.5, name: 'drop'}),
    layers.dense({units: 2, name: 'last'}),
  ]});
  net.compile({loss: 'meanSquaredError', optimizer: 'adam'});
  return net;
}

const x = () => tf.ones([2, 5, 5, 1]);
const y = () => tf.ones([2, 2]);

const uses: {[title: string]: (net: Sequential) => unknown} = {
  predict: (net) => net.predict(x()),
  apply: (net) => net.apply(x()),
  evaluate: (net) => net.evaluate(x(), y()),
  fit: (net) => net.fit(x(), y(), {verbose: 0}),
  trainOnBatch: (net) => net.trainOnBatch(x(), y()),
  'model.save': (net) => net.save(memory()),
  getWeights: (net) => net.getWeights(),
  setWeights: (net) => net.setWeights(net.weights.map(({shape}) => tf.zeros(shape as number[]))),
  'models.save': (net) => models.save(net, memory()),
  'models.toExplicit': (net) => models.toExplicit(net),
  'models.toBuiltIn': (net) => models.toBuiltIn(net),
  'models.toFullyConvolutional': (net) => models.toFullyConvolutional(net),
  exportKeras: (net) => exportKeras(net),
  compareWithBuiltIns: (net) => compareWithBuiltIns(net, x(), y()),
  'runAsGraph and predict': (net) => models.runAsGraph(net).predict(x()),
};

describeOnBackends('weights that are gone', () => {
  afterEach(() => tf.disposeVariables());

  for (const [title, use] of Object.entries(uses)) {
    it(`are named by ${title}`, async () => {
      const whole = makeNet();
      tf.disposeVariables();
      await expectAsync((async () => use(whole))()).toBeRejectedWithError(
        /the weight 'kernel' \[1,2\] of layer 'first' is gone: it was disposed.* Build the model again, or load it\.$/);
      const one = makeNet();
      one.getLayer('norm').weights[2]!.dispose();
      await expectAsync((async () => use(one))()).toBeRejectedWithError(
        /the weight 'moving_mean' \[2\] of layer 'norm' is gone: it was disposed/);
    });
  }

  it('of a graph that ran before', async () => {
    const net = models.runAsGraph(makeNet());
    for (let i = 0; i < 4; i++) (net.predict(x()) as tf.Tensor).dispose();
    for (let i = 0; i < 4; i++) await net.trainOnBatch(x(), y());
    tf.disposeVariables();
    expect(() => net.predict(x())).toThrowError(/the weight 'kernel' \[1,2\] of layer 'first' is gone/);
    await expectAsync(net.trainOnBatch(x(), y())).toBeRejectedWithError(/the weight 'kernel' \[1,2\] of layer 'first' is gone/);
  });

  it('are named by each layer, and nothing is left behind', async () => {
    for (const {explicit: {factory, make, example: {inputShape, args}}} of explicitRows) {
      const layer = make({...args, name: 'it'});
      const input = tf.ones([2, ...inputShape]);
      tf.dispose(layer.apply(input) as tf.Tensor);
      if (layer.weights.length === 0) continue;
      tf.disposeVariables();
      const leaks = await leaksOf(async () => {
        const weight = layer.weights[0]!.originalName.replace('it/', '');
        expect(() => layer.apply(input)).toThrowError(
          new RegExp(`^layers\\.${factory} 'it': the weight '${weight}' .* is gone: .*${remedy}$`));
        return [];
      });
      expect(leaks).withContext(factory).toEqual({tensors: 0, buffers: 0});
    }
  });

  it('of one model only: the others go on; a description needs none; what is gone can be disposed again', () => {
    const [gone, other] = [makeNet(), makeNet()];
    gone.dispose();
    expect((other.predict(x()) as tf.Tensor).shape).toEqual([2, 2]);
    expect(() => gone.getLayer('conv').getWeights()).toThrowError(/weight 'kernel' .* of layer 'conv' is gone/);
    expect(models.describe(gone, null, {print: null}).layers.length).toBe(6);
    tf.disposeVariables();
    expect(() => other.dispose()).not.toThrow();
  });

  it('are no values for an op either', () => {
    const w = tf.variable(tf.ones([2, 2]));
    tf.disposeVariables();
    expect(() => ops.affine(tf.ones([2, 2]), w as tf.Tensor2D, null)).toThrowError(/^affine: w \[2,2\] is disposed\. /);
  });
});
