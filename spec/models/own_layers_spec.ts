/** Layers of classes that this library does not know: what it cannot replace is refused, what it need not stays. */
import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn, sequential} from '@tensorflow/tfjs-layers';

import {layers, models} from '../../src';
import {exportKeras} from '../../src/keras';
import {describeOnBackends} from '../support/backends';
import {expectRefusal} from '../support/matchers';

describeOnBackends('conversions of layers of classes of a user', () => {
  class Doubled extends layers.ExplicitDense {
    override call(...args: Parameters<layers.ExplicitDense['call']>): tf.Tensor {
      return tf.mul(super.call(...args), 2);
    }
  }

  class Wrapper extends (builtIn.timeDistributed({layer: builtIn.dense({units: 1})}).constructor as
      new (args: object) => builtIn.Layer) {
    static readonly className = 'Wrapper';
  }

  class Residual extends builtIn.Layer {
    static readonly className = 'Residual';
    private readonly inner = [layers.reLU({name: 'inner'})];

    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return this.inner[0]!.call(inputs, {});
    }
  }

  const kept: Array<[string, RegExp, () => builtIn.Layer]> = [
    ['that inherits the name of an explicit one', /knows no layer/,
      () => new Doubled({units: 1, inputShape: [2, 2], name: 'own'})],
    ['that wraps an explicit one', /holds 'inner' \(ExplicitDense\)/,
      () => new Wrapper({layer: layers.dense({units: 1, name: 'inner'}), inputShape: [2, 2], name: 'own'})],
    ['with an explicit one in a field', /holds 'inner' \(ExplicitReLU\)/,
      () => new Residual({inputShape: [2, 2], name: 'own'})],
  ];

  for (const [what, why, make] of kept) {
    it(`refuses a layer ${what}`, async () => {
      const net = sequential({layers: [make()]});
      await expectRefusal(() => models.toBuiltIn(net), new RegExp(`toBuiltIn: layer 'own' .*${why.source}.*\\. Put `));
      await expectAsync(exportKeras(net)).toBeRejectedWithError(/exportKeras: layer 'own' /);
    });
  }

  it('does not take a layer that inherits the name of a dense one for one', async () => {
    const net = sequential({layers: [
      builtIn.flatten({inputShape: [2, 2, 1]}), new Doubled({units: 3}), new Doubled({units: 1, name: 'own'})]});
    await expectRefusal(() => models.toFullyConvolutional(net), /toFullyConvolutional: the layer '.*' \(ExplicitDense\)/);
  });

  it('leaves alone a layer that inherits the name of a built-in one', () => {
    class Halved extends (builtIn.reLU().constructor as new (args: object) => builtIn.Layer) {
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.mul(super.call(inputs, {}) as tf.Tensor, 0.5);
      }
    }
    const net = sequential({layers: [new Halved({inputShape: [2]})]});
    const explicit = models.toExplicit(net);
    expect((explicit.predict(tf.ones([1, 2])) as tf.Tensor).dataSync()[0]).toBe(0.5);
    expect(models.conversionReport(explicit).kept.length).toBe(1);
  });
});
