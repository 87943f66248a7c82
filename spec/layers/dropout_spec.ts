import * as tf from '@tensorflow/tfjs-core';
import {sequential} from '@tensorflow/tfjs-layers';

import {layers, models} from '../../src';
import {keysOf, maskValues, mixed} from '../../src/ops/dropout_mask';
import {describeOnBackends} from '../support/backends';
import {expectClose, expectNoLeaks, expectRefusal} from '../support/matchers';

const training = {training: true};

/** What a layer makes of ones: its mask. */
const maskOf = (layer: layers.ExplicitDropout, shape: number[]): tf.Tensor => layer.apply(tf.ones(shape), training) as tf.Tensor;

describe('the hash of a dropout', () => {
  it('is what it is, on every machine', () => {
    expect([0, 1, 2 ** 31, -1].map(mixed)).toEqual([0, 1753845952, 3427483940, 1734902346]);
    expect(Array.from(maskValues(7, 3, 40, 0.5), (value) => (value > 0 ? 1 : 0)).join(''))
      .toBe('0100011010011111110100001101101101111101');
    expect(keysOf(1, 0)).not.toEqual(keysOf(0, 1));
  });

  it('drops as many as the rate says, independently of the neighbour, the call and the seed', () => {
    const size = 100_000;
    for (const rate of [0.1, 0.5, 0.9]) {
      const kept = (seed: number, call: number) => maskValues(seed, call, size, rate).map((value) => (value > 0 ? 1 : 0));
      const share = 1 - rate;
      const near = (found: number, wanted: number) => expect(Math.abs(found / size - wanted)).toBeLessThan(0.006);
      const base = kept(1, 0);
      near(base.reduce((sum, one) => sum + one, 0), share);
      for (const other of [kept(1, 1), kept(2, 0), kept(1, 2 ** 20), base.map((_, i) => base[i + 1] ?? 0)]) {
        near(base.reduce((sum, one, i) => sum + one * other[i]!, 0), share * share);
      }
    }
  });
});

describeOnBackends('dropout', () => {
  afterEach(() => tf.disposeVariables());

  it('has the masks of its seed, bit by bit, a new one at each call in training', async () => {
    const layer = layers.dropout({rate: 0.3, seed: 2 ** 31 + 5});
    for (const call of [0, 1, 2]) {
      const found = await maskOf(layer, [3, 5, 7]).data();
      expect(Array.from(found)).toEqual(Array.from(maskValues(2 ** 31 + 5, call, 105, 0.3)));
      layer.apply(tf.ones([3, 5, 7]));
    }
  });

  it('uses one mask in forward, backward and second derivative', async () => {
    const layer = layers.dropout({rate: 0.5, seed: 3});
    const x = tf.range(1, 41);
    const mask = tf.tensor1d(maskValues(3, 0, 40, 0.5));
    const {value, grad} = tf.valueAndGrad((v: tf.Tensor) => tf.sum(tf.mul(layer.apply(v, training) as tf.Tensor, v)))(x);
    await expectClose(value, tf.sum(tf.mul(mask, tf.square(x))), {relative: 1e-5, absolute: 0});
    await expectClose(grad, tf.mul(tf.mul(2, x), mask), {relative: 1e-6, absolute: 0});
    const again = layers.dropout({rate: 0.5, seed: 3});
    const second = tf.grad((v) => tf.sum(tf.grad((u) => tf.sum(tf.square(again.apply(u, training) as tf.Tensor)))(v)))(x);
    await expectClose(second, tf.mul(2, tf.square(mask)), {relative: 1e-6, absolute: 0});
  });

  it('repeats the mask along axes of size 1', async () => {
    const layer = layers.dropout({rate: 0.5, seed: 1, noiseShape: [null, 1, 3]});
    const mask = await maskOf(layer, [4, 2, 3]).array() as number[][][];
    for (const [first, last] of mask) expect(first!).toEqual(last!);
    expect(mask.flatMap(([first]) => first!)).toEqual(Array.from(maskValues(1, 0, 12, 0.5)));
  });

  it('is the identity outside of training and at rate 0; drops all at rate 1', async () => {
    const x = tf.tensor1d([1, NaN, -3]);
    await expectClose(layers.dropout({rate: 0.5}).apply(x) as tf.Tensor, [1, NaN, -3]);
    await expectClose(layers.dropout({rate: 0}).apply(x, training) as tf.Tensor, [1, NaN, -3]);
    await expectClose(layers.dropout({rate: 1}).apply(tf.ones([3]), training) as tf.Tensor, [0, 0, 0]);
  });

  it('draws a seed for each layer, and gives back what it made', async () => {
    const [a, b] = [layers.dropout({rate: 0.5}), layers.dropout({rate: 0.5})];
    expect(Array.from(await maskOf(a, [200]).data())).not.toEqual(Array.from(await maskOf(b, [200]).data()));
    expect(a.getConfig()['seed']).toBeNull();
    await expectNoLeaks(() => tf.tidy(() => {
      const net = sequential({layers: [layers.dropout({rate: 0.5, inputShape: [4]})]});
      net.apply(tf.ones([2, 4]), training);
      net.dispose();
    }));
  });

  it('converts both ways', () => {
    const net = sequential({layers: [layers.dropout({rate: 0.25, seed: 9, noiseShape: [null, 1], inputShape: [4]})]});
    const theirs = models.toBuiltIn(net);
    expect(theirs.layers[0]!.getClassName()).toBe('Dropout');
    expect(models.toExplicit(theirs).layers[0]!.getConfig()).toEqual(net.layers[0]!.getConfig());
  });

  it('refuses what does not fit', async () => {
    await expectRefusal(() => layers.dropout({rate: 1.5}), /layers\.dropout: rate must be a number from 0 to 1\. Got 1\.5/);
    await expectRefusal(() => layers.dropout({} as {rate: number}), /rate must be.*Got undefined/);
    await expectRefusal(() => layers.dropout({rate: 0.5, seed: 0.5}), /seed must be a whole number\. Got 0\.5/);
    await expectRefusal(() => layers.dropout({rate: 0.5, noiseShape: [0]}), /noiseShape must be a list/);
    const x = tf.ones([3, 4]);
    await expectRefusal(() => layers.dropout({rate: 0.5, noiseShape: [2, 1]}).apply(x),
      /noiseShape \[2,1\] does not fit an input of \[3,4\]/);
  });
});
