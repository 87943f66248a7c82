/** The layers beside each other and beside built-in ones, in models of each kind. */
import * as tf from '@tensorflow/tfjs-core';
import {input, layers as builtIn, loadLayersModel, model, models, sequential} from '@tensorflow/tfjs-layers';
import type {LayersModel, Sequential, SymbolicTensor} from '@tensorflow/tfjs-layers';

import {layers, losses} from '../../src';
import * as classes from '../../src/layers';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {randomizeWeights, saved, trained} from '../support/layer_checks';
import type {Layer} from '../support/layer_checks';
import {expectClose, expectRefusal} from '../support/matchers';
import {randomValues} from '../support/random';

type Factories = Pick<typeof builtIn, 'conv2d' | 'reLU' | 'dense' | 'batchNormalization' | 'layerNormalization'> & {
  maxPooling2d: (args: object) => Layer,
};

/** Ours with tf.layers' rule for ties, which relu's zeros make. */
const firstTie = (args: object) => layers.maxPooling2d({...args, ties: 'first'});
const ours = {...layers, maxPooling2d: firstTie} as unknown as Factories;
const theirs = builtIn as unknown as Factories;

function convNet(from: Factories): Sequential {
  return sequential({layers: [
    from.conv2d({inputShape: [8, 8, 2], filters: 4, kernelSize: 3, padding: 'same', name: 'conv1'}),
    from.batchNormalization({name: 'norm1'}),
    from.reLU({name: 'relu1'}),
    from.maxPooling2d({poolSize: 2, name: 'pool1'}),
    from.conv2d({filters: 6, kernelSize: 3, activation: 'relu', name: 'conv2'}),
    builtIn.flatten({name: 'flat'}),
    builtIn.dropout({rate: 0, name: 'drop'}),
    from.dense({units: 8, activation: 'relu', name: 'fc1'}),
    from.layerNormalization({name: 'norm2'}),
    from.dense({units: 3, name: 'fc2'}),
  ]});
}

const images = () => toTensor(randomValues([12, 8, 8, 2], 1));
const labels = () => losses.oneHot(Array.from({length: 12}, (_, i) => i % 3), 3);

describeOnBackends('layers in models', (backend) => {
  afterEach(() => tf.disposeVariables());

  // tf.layers.conv2d has no gradient on wasm.
  if (backend !== 'wasm') {
    it('train a ConvNet to tf.layers\' losses and weights', async () => {
      const nets = [convNet(ours), convNet(theirs)];
      randomizeWeights(nets[1]!);
      nets[0]!.setWeights(nets[1]!.getWeights());
      const history = nets.map(() => [] as number[]);
      for (const [i, net] of nets.entries()) {
        const loss = i === 0 ? losses.softmaxLoss :
          (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.losses.softmaxCrossEntropy(yTrue, yPred, 1, 0, tf.Reduction.NONE);
        net.compile({optimizer: tf.train.sgd(0.02), loss: loss as typeof losses.softmaxLoss});
        for (let step = 0; step < 5; step++) history[i]!.push(await net.trainOnBatch(images(), labels()) as number);
      }
      await expectClose(tf.tensor1d(history[0]!), history[1]!, trained, 'losses');
      expect(history[0]![4]!).toBeLessThan(history[0]![0]!);
      for (const [i, weight] of nets[0]!.getWeights().entries()) {
        await expectClose(weight, nets[1]!.getWeights()[i]!, trained, nets[1]!.weights[i]!.originalName);
      }
    });
  }

  it('learn, save, load and go on learning as if nothing had happened', async () => {
    const compile = (net: LayersModel) => {
      net.compile({optimizer: tf.train.sgd(0.02), loss: losses.softmaxLoss});
      return net;
    };
    const net = compile(convNet(ours)) as Sequential;
    randomizeWeights(net);
    for (let step = 0; step < 2; step++) await net.trainOnBatch(images(), labels());
    const again = compile(await loadLayersModel(tf.io.fromMemory(await saved(net))));
    for (let step = 0; step < 3; step++) {
      expect(await again.trainOnBatch(images(), labels())).toBe(await net.trainOnBatch(images(), labels()));
    }
  });

  it('work in a functional model, shared and branching', async () => {
    const build = (from: Factories) => {
      const [a, b] = [input({shape: [4, 4, 2]}), input({shape: [4, 4, 2]})];
      const shared = from.batchNormalization({name: 'norm'});
      const pool = from.maxPooling2d({name: 'pool'});
      const branch = (x: SymbolicTensor) => pool.apply(shared.apply(x)) as SymbolicTensor;
      const joined = builtIn.concatenate().apply([branch(a), branch(b)]);
      const out = from.dense({units: 2, name: 'out'}).apply(from.reLU({}).apply(builtIn.flatten().apply(joined)));
      return model({inputs: [a, b], outputs: out as SymbolicTensor});
    };
    const [mine, other] = [build(ours), build(theirs)];
    expect(mine.outputs[0]!.shape).toEqual([null, 2]);
    mine.setWeights(other.getWeights());
    const x = [1, 2].map((seed) => tf.abs(toTensor(randomValues([3, 4, 4, 2], seed))));
    const y = toTensor(randomValues([3, 2], 3));
    for (const net of [mine, other]) {
      net.compile({optimizer: tf.train.sgd(0.02), loss: 'meanSquaredError'});
      for (let step = 0; step < 3; step++) await net.trainOnBatch(x, y);
    }
    for (const [i, weight] of mine.getWeights().entries()) await expectClose(weight, other.getWeights()[i]!, trained);
    const again = await models.modelFromJSON(JSON.parse(mine.toJSON() as string) as tf.io.ModelJSON['modelTopology']);
    expect(again.layers.map((layer) => layer.name)).toEqual(mine.layers.map((layer) => layer.name));
  });

  it('work inside timeDistributed', async () => {
    const build = (from: Factories) => sequential({layers: [
      builtIn.timeDistributed({layer: from.dense({units: 3, name: 'inner'}), inputShape: [4, 5], name: 'outer'}),
      builtIn.timeDistributed({layer: from.batchNormalization({name: 'innerNorm', momentum: 0.5}), name: 'norms'}),
    ]});
    const [mine, other] = [build(ours), build(theirs)];
    mine.setWeights(other.getWeights());
    const [x, y] = [toTensor(randomValues([6, 4, 5], 1)), toTensor(randomValues([6, 4, 3], 2))];
    for (const net of [mine, other]) {
      net.compile({optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError'});
      for (let step = 0; step < 3; step++) await net.trainOnBatch(x, y);
    }
    for (const [i, weight] of mine.getWeights().entries()) await expectClose(weight, other.getWeights()[i]!, trained);
    const again = await loadLayersModel(tf.io.fromMemory(await saved(mine)));
    await expectClose(again.predict(x) as tf.Tensor, mine.predict(x) as tf.Tensor);
  });

  it('refuse an input that does not fit by their name, its shape and the remedy, and stay as they were', async () => {
    const conv = layers.conv2d({filters: 2, kernelSize: 3, name: 'c'});
    const flat = tf.zeros([2, 8]);
    const refusal = (problem: string) => new RegExp(`^layers\\.conv2d 'c': the input does not fit: ${problem}\\. Got ` +
        '.*\\. Correct inputShape, or put tf\\.layers\\.reshape before the layer\\.$');
    await expectRefusal(() => conv.apply(flat), refusal('expected ndim=4, found ndim=2'));
    expect(conv.getWeights()).toEqual([]);
    conv.apply(tf.zeros([1, 8, 8, 3]));
    const narrow = tf.zeros([1, 8, 8, 2]);
    await expectRefusal(() => conv.apply(narrow), refusal('expected axis 3 .* value 3 but got shape 1,8,8,2'));
    await expectRefusal(() => conv.apply([narrow, narrow]), /^layers\.conv2d 'c': takes one input tensor\. Got 2\. Join/);
  });

  const withWeights: [string, (weights: tf.Tensor[]) => Layer][] = [
    ['dense', (weights) => layers.dense({units: 2, weights})],
    ['batchNormalization', (weights) => layers.batchNormalization({weights, scale: false, center: false})],
  ];
  for (const [title, make] of withWeights) {
    it(`${title} refuses \`weights\` that do not fit and leaves none of its own behind`, async () => {
      const [x, weights] = [tf.zeros([2, 3]), [tf.ones([5])]];
      const layer = make(weights);
      await expectRefusal(() => layer.apply(x), /weight list of length 1, but the layer was expecting 2 weights/);
      expect(layer.getWeights()).toEqual([]);
    });
  }

  it('pass a mask on where tf.layers does', () => {
    const build = (from: Factories) => sequential({layers: [
      builtIn.masking({inputShape: [4, 3]}), from.dense({units: 3}), from.reLU({}), from.layerNormalization({}),
      from.batchNormalization({}), builtIn.simpleRNN({units: 2, recurrentInitializer: 'glorotUniform'}),
    ]});
    const x = tf.zeros([2, 4, 3]);
    expect((build(ours).predict(x) as tf.Tensor).shape).toEqual((build(theirs).predict(x) as tf.Tensor).shape);
  });
});

describe('layer classes', () => {
  const factories: [string, () => Layer][] = [
    ['ExplicitConv2D', () => layers.conv2d({filters: 1, kernelSize: 1})],
    ['ExplicitReLU', () => layers.reLU()],
    ['ExplicitMaxPooling2D', () => layers.maxPooling2d()],
    ['ExplicitDense', () => layers.dense({units: 1})],
    ['ExplicitBatchNormalization', () => layers.batchNormalization()],
    ['ExplicitLayerNormalization', () => layers.layerNormalization()],
  ];
  for (const [className, make] of factories) {
    it(`${className} is named, registered and numbered as tf.layers' classes are`, () => {
      const [first, second] = [make(), make()];
      expect(first.getClassName()).toBe(className);
      expect(first).toBeInstanceOf(classes[className as 'ExplicitDense']);
      const [prefix, number] = /^([a-z0-9_]+_(?!Explicit)[A-Z]\w*\D)(\d+)$/.exec(first.name)!.slice(1);
      expect(prefix!.split('_').at(-1)).toBe(className.replace('Explicit', ''));
      expect(second.name).toBe(`${prefix}${Number(number) + 1}`);
    });

    it(`${className} may be registered again`, async () => {
      const made = make();
      tf.serialization.registerClass(made.constructor as tf.serialization.SerializableConstructor<Layer> & {
        className: string, fromConfig: tf.serialization.FromConfigMethod<Layer>,
      });
      const net = sequential({layers: [builtIn.inputLayer({inputShape: [4, 4, 1]}), made]});
      const again = await models.modelFromJSON(JSON.parse(net.toJSON() as string) as tf.io.ModelJSON['modelTopology']);
      expect(again.layers[1]).toBeInstanceOf(classes[className as 'ExplicitDense']);
      tf.disposeVariables();
    });
  }

  it('share the numbers of tf.layers\' automatic names, so that a model with both kinds has each name once', () => {
    const numberOf = () => Number(/\d+$/.exec(builtIn.dense({units: 1}).name)![0]);
    const before = numberOf();
    factories.forEach(([, make]) => make());
    expect(numberOf()).toBe(before + 2);
    const net = sequential({layers: [
      layers.dense({units: 2, inputShape: [3]}), builtIn.dense({units: 2}), layers.dense({units: 2}), builtIn.dense({units: 2}),
    ]});
    expect(new Set(net.layers.map(({name}) => name)).size).toBe(4);
    tf.disposeVariables();
  });

  it('leave tf.layers\' own classes to models saved without us', async () => {
    const other = sequential({layers: [builtIn.conv2d({inputShape: [4, 4, 1], filters: 1, kernelSize: 2})]});
    const again = await models.modelFromJSON(JSON.parse(other.toJSON() as string) as tf.io.ModelJSON['modelTopology']);
    expect(again.layers[0]!.getClassName()).toBe('Conv2D');
  });
});
