/** models.toExplicit, models.toBuiltIn and the report on both. */
import * as tf from '@tensorflow/tfjs-core';
import {input, layers as builtIn, model, sequential} from '@tensorflow/tfjs-layers';
import type {LayersModel, SymbolicTensor} from '@tensorflow/tfjs-layers';

import {layers, models} from '../../src';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import type {Layer} from '../support/layer_checks';
import {expectClose, expectNoLeaks, expectRefusal} from '../support/matchers';
import {randomValues} from '../support/random';
import type {Tolerance} from '../support/tolerances';
import {branchingNet, convNet, fill, inputsOf, outputsOf} from './support/models';

const same: Tolerance = {relative: 1e-5, absolute: 1e-6};
const classesOf = (net: LayersModel) => net.layers.map((layer) => layer.getClassName());

async function expectSameOutputs(actual: LayersModel, expected: LayersModel): Promise<void> {
  const inputs = inputsOf(expected);
  const [ours, theirs] = [outputsOf(actual, inputs), outputsOf(expected, inputs)];
  expect(ours.length).toBe(theirs.length);
  for (const [i, output] of theirs.entries()) await expectClose(ours[i]!, output, same, `output ${i}`);
}

async function expectSameWeights(actual: LayersModel, expected: LayersModel): Promise<void> {
  expect(actual.weights.map((weight) => weight.originalName)).toEqual(expected.weights.map((weight) => weight.originalName));
  for (const [i, weight] of expected.getWeights().entries()) await expectClose(actual.getWeights()[i]!, weight);
}

describeOnBackends('toExplicit', (backend) => {
  afterEach(() => tf.disposeVariables());

  it('keeps names, weights, outputs and flags of a Sequential', async () => {
    const net = convNet();
    const ours = models.toExplicit(net);
    expect(ours.name).toBe('net');
    expect(ours.layers.map(({name}) => name)).toEqual(net.layers.map(({name}) => name));
    expect(classesOf(ours)).toEqual(['ExplicitConv2D', 'ExplicitBatchNormalization', 'ExplicitReLU', 'ExplicitMaxPooling2D',
      'Flatten', 'ExplicitDense', 'ExplicitLayerNormalization', 'ExplicitDropout', 'ExplicitDense']);
    expect(ours.layers.map(({trainable}) => trainable)).toEqual(net.layers.map(({trainable}) => trainable));
    for (const [i, layer] of net.layers.entries()) {
      const {activityRegularizer: _, ...config} = layer.getConfig();
      expect(JSON.parse(JSON.stringify(ours.layers[i]!.getConfig())))
        .toEqual(jasmine.objectContaining(JSON.parse(JSON.stringify(config)) as object));
    }
    await expectSameWeights(ours, net);
    await expectSameOutputs(ours, net);
  });

  it('keeps an input that nothing reads', () => {
    const [used, unread] = [input({shape: [3], name: 'used'}), input({shape: [2], name: 'unread'})];
    const out = builtIn.dense({units: 2}).apply(used) as SymbolicTensor;
    const ours = models.toExplicit(model({inputs: [unread, used], outputs: out}));
    expect(ours.inputNames).toEqual(['unread', 'used']);
    const found = ours.predict([tf.ones([4, 2]), tf.ones([4, 3])]) as tf.Tensor;
    expect(found.shape).toEqual([4, 2]);
  });

  it('keeps shared layers, models inside, wrappers and several inputs and outputs', async () => {
    const net = branchingNet();
    const ours = models.toExplicit(net);
    expect(ours.layers.map(({name}) => name)).toEqual(net.layers.map(({name}) => name));
    expect(ours.inputNames).toEqual(net.inputNames);
    expect(ours.outputNames).toEqual(net.outputNames);
    const encoder = ours.getLayer('encoder') as LayersModel;
    expect(classesOf(encoder)).toEqual(['ExplicitConv2D', 'ExplicitReLU']);
    expect((ours.getLayer('steps') as unknown as {layer: typeof encoder}).layer.getClassName()).toBe('ExplicitDense');
    expect(ours.getLayer('shared').inboundNodes.length).toBe(2);
    await expectSameWeights(ours, net);
    await expectSameOutputs(ours, net);
    const {converted, kept} = models.conversionReport(ours);
    expect(converted.map(({name}) => name)).toEqual(['encoder/conv', 'encoder/relu', 'steps/inner', 'shared']);
    expect(kept).toEqual([
      {name: 'joined', className: 'Concatenate', reason: 'it has no explicit form', trains: true},
      {name: 'flat', className: 'Flatten', reason: 'it has no explicit form', trains: true},
    ]);
    expect(String(models.conversionReport(ours))).toContain('stays: it has no explicit form');
  });

  it('says of what stays whether it trains on this backend, and leaves nothing behind', async () => {
    const net = sequential({layers: [
      builtIn.zeroPadding2d({inputShape: [40, 40, 3]}), builtIn.depthwiseConv2d({kernelSize: 5, strides: 2, name: 'depthwise'}),
      builtIn.thresholdedReLU({theta: 0.1}), builtIn.averagePooling2d({poolSize: 3}), builtIn.reshape({targetShape: [108]}),
      builtIn.dense({units: 300, name: 'left'}), builtIn.softmax(),
    ]});
    const ours = models.toExplicit(net, {only: ['left']});
    const without = (layer: Layer) => tf.grad((x) => layer.apply(x) as tf.Tensor);
    await expectNoLeaks(() => models.conversionReport(ours));
    const {kept} = models.conversionReport(ours);
    expect(kept.filter(({trains}) => !trains).map(({className}) => className))
      .toEqual(backend === 'wasm' ? ['DepthwiseConv2D', 'ThresholdedReLU'] : ['ThresholdedReLU']);
    expect(() => without(net.layers[2]!)(tf.ones([1, 2]))).toThrow();
    expect(String(models.conversionReport(ours))).toContain(`does not train on ${backend}`);
  });

  it('a ThresholdedReLU becomes a rectifier that has a gradient, and the same again by toBuiltIn', async () => {
    const net = sequential({layers: [builtIn.thresholdedReLU({inputShape: [4], theta: 0.5, name: 'it'})]});
    const ours = models.toExplicit(net);
    const x = tf.tensor2d([[-1, 0.5, 0.75, 3]]);
    await expectClose(ours.predict(x) as tf.Tensor, tf.tensor2d([[0, 0, 0.75, 3]]));
    await expectClose(tf.grad((value) => ours.apply(value) as tf.Tensor)(x), tf.tensor2d([[0, 0, 1, 1]]));
    expect(models.conversionReport(ours).converted.map(({to}) => to)).toEqual(['ExplicitReLU']);
    expect(models.toBuiltIn(ours).getLayer('it').getConfig()).toEqual(net.getLayer('it').getConfig());
  });

  it('a ThresholdedReLU below 0, which layers.reLU does not have, stays, with the reason', async () => {
    const net = sequential({layers: [builtIn.thresholdedReLU({inputShape: [3], theta: -1})]});
    const ours = models.toExplicit(net);
    await expectClose(ours.predict(tf.tensor2d([[-2, -0.5, 1]])) as tf.Tensor, tf.tensor2d([[0, -0.5, 1]]));
    expect(models.conversionReport(ours).kept[0]!.reason).toMatch(/threshold must be a finite number of at least 0/);
  });

  it('leaves the original alone, now and in training', async () => {
    const net = convNet();
    const before = net.getWeights().map((weight) => weight.clone());
    const topology = net.toJSON();
    const ours = models.toExplicit(net);
    ours.compile({optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError'});
    const y = toTensor(randomValues([6, 3], 3));
    await ours.trainOnBatch(inputsOf(net)[0]!, y);
    expect(net.toJSON()).toEqual(topology);
    for (const [i, weight] of net.getWeights().entries()) await expectClose(weight, before[i]!);
    const [moved] = await tf.max(tf.abs(tf.sub(ours.getWeights()[0]!, before[0]!))).data();
    expect(moved).toBeGreaterThan(0);
  });

  it('shares the data of the weights until one side writes', () => {
    const net = convNet();
    const ours = models.toExplicit(net);
    const [mine, theirs] = [ours, net].map((each) => each.getWeights().map((weight) => weight.dataId));
    expect(mine).toEqual(theirs!);
  });

  it('keeps what model.trainable = false froze', () => {
    const net = convNet();
    net.trainable = false;
    const ours = models.toExplicit(net);
    expect(ours.trainable).toBeFalse();
    expect(ours.trainableWeights.length).toBe(0);
    const frozen = convNet();
    frozen.layers[0]!.trainable = false;
    frozen.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    expect(models.toExplicit(frozen).trainableWeights.map((weight) => weight.originalName))
      .toEqual(frozen.trainableWeights.map((weight) => weight.originalName));
  });

  it('takes layers by name, by class, and all that a model inside holds', () => {
    const converted = (only: string[], net: LayersModel = convNet()) =>
      models.conversionReport(models.toExplicit(net, {only})).converted.map(({name}) => name);
    expect(converted(['fc', 'Conv2D'])).toEqual(['conv', 'fc']);
    expect(converted(['encoder'], branchingNet())).toEqual(['encoder/conv', 'encoder/relu']);
    expect(converted(['steps/inner'], branchingNet())).toEqual(['steps/inner']);
    expect(converted([])).toEqual([]);
  });

  it('numbers of automatic names are not used up', () => {
    const net = convNet();
    const number = () => Number(/\d+$/.exec(builtIn.dense({units: 1}).name)![0]);
    const before = number();
    models.toExplicit(net);
    expect(number()).toBe(before + 1);
  });

  it('leaves nothing behind, converting, disposing or refusing', async () => {
    const net = convNet();
    outputsOf(net, inputsOf(net));
    await expectNoLeaks(() => { models.toExplicit(net).dispose(); });
    await expectRefusal(() => models.toExplicit(net, {only: ['nowhere', 'conv']}),
        /toExplicit: only names 'nowhere', which 'net' has neither as layer nor as class\. Its layers are conv, norm/);
    await expectRefusal(() => models.toExplicit(net, {onyl: []} as object), /unknown option onyl/);
    await expectRefusal(() => models.toExplicit(net, {only: 'conv' as never}), /only must be a list of names/);
    await expectRefusal(() => models.toExplicit(null as never), /model must be a tf\.Sequential or a tf\.LayersModel\. Got null/);
    await expectRefusal(() => models.toExplicit(sequential({name: 'bare'})), /the model 'bare' has no layers yet/);
  });

  it('names a custom layer that cannot be rebuilt, and frees what it had made', async () => {
    class Fussy extends builtIn.Layer {
      static readonly className = 'Fussy';
      constructor(private readonly size?: number) {
        super({name: 'fussy'});
        if (typeof size !== 'number') throw new Error('a size is needed');
      }
      override computeOutputShape() { return [null, this.size!]; }
    }
    const net = sequential({layers: [builtIn.dense({units: 2, inputShape: [3]}), new Fussy(2)]});
    await expectRefusal(() => models.toExplicit(net), /the layer 'fussy' \(Fussy\) cannot be rebuilt.*a size is needed/);
  });

  if (backend === 'wasm') {
    it('makes a model trainable that was not: tf.layers.conv2d has no gradient here', async () => {
      const net = convNet();
      net.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
      const [x, y] = [inputsOf(net)[0]!, toTensor(randomValues([6, 3], 3))];
      await expectAsync(net.trainOnBatch(x, y)).toBeRejected();
      const ours = models.toExplicit(net);
      ours.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
      expect(await ours.trainOnBatch(x, y)).toBeGreaterThan(0);
    });
  }
});

describeOnBackends('toBuiltIn', () => {
  afterEach(() => tf.disposeVariables());

  it('is the way back', async () => {
    for (const net of [convNet(), branchingNet()]) {
      const back = models.toBuiltIn(models.toExplicit(net));
      expect(back.toJSON()).toEqual(net.toJSON() as string);
      await expectSameWeights(back, net);
      await expectSameOutputs(back, net);
    }
  });

  const image = {inputShape: [7, 6, 2]};
  const mapped: [string, () => Layer, string[]][] = [
    ['padding 1', () => layers.conv2d({...image, filters: 3, kernelSize: 3, padding: 1, name: 'it'}),
      ['ZeroPadding2D', 'Conv2D']],
    ['padding on each side', () => layers.conv2d({...image, filters: 3, kernelSize: 3, padding: [[1, 0], [2, 1]], name: 'it'}),
      ['ZeroPadding2D', 'Conv2D']],
    ['padding channels first', () => layers.conv2d({
      inputShape: [2, 7, 6], filters: 3, kernelSize: 3, padding: [1, 2], dataFormat: 'channelsFirst', name: 'it'}),
    ['ZeroPadding2D', 'Conv2D']],
    ['padding 0', () => layers.conv2d({...image, filters: 3, kernelSize: 3, padding: 0, name: 'it'}), ['Conv2D']],
    ['dilation', () => layers.conv2d({...image, filters: 3, kernelSize: 2, dilationRate: 2, name: 'it'}), ['Conv2D']],
    ['pool', () => layers.maxPooling2d({...image, poolSize: 2, name: 'it'}), ['MaxPooling2D']],
    ['pool padded as by same', () => layers.maxPooling2d({...image, poolSize: 3, strides: 1, padding: 1, name: 'it'}),
      ['MaxPooling2D']],
    ['relu up to 1', () => layers.reLU({...image, maxValue: 1, name: 'it'}), ['ReLU']],
    ['relu with a slope', () => layers.reLU({...image, negativeSlope: 0.1, name: 'it'}), ['LeakyReLU']],
    ['relu from a threshold on', () => layers.reLU({...image, threshold: 0.5, name: 'it'}), ['ThresholdedReLU']],
    ['norm without scale', () => layers.batchNormalization({...image, scale: false, name: 'it'}), ['BatchNormalization']],
    ['norm over two axes', () => layers.layerNormalization({...image, axis: [3, 1], name: 'it'}), ['LayerNormalization']],
  ];
  for (const [title, make, classes] of mapped) {
    it(`maps ${title} exactly`, async () => {
      const net = fill(sequential({layers: [make()]}));
      const theirs = models.toBuiltIn(net);
      expect(classesOf(theirs)).toEqual(classes);
      expect(theirs.layers.at(-1)!.name).toBe('it');
      await expectSameOutputs(theirs, net);
    });
  }

  it('keeps a value at the threshold of relu', async () => {
    const net = sequential({layers: [layers.reLU({inputShape: [3], threshold: 0.3})]});
    const x = tf.tensor2d([[0.3, 0.2999, 0.31]]);
    await expectClose(models.toBuiltIn(net).predict(x) as tf.Tensor, [[0.3, 0, 0.31]], same);
    await expectClose(net.predict(x) as tf.Tensor, [[0.3, 0, 0.31]], same);
  });

  it('pads inside a functional model, a wrapper and with its name taken', async () => {
    const conv = layers.conv2d({filters: 2, kernelSize: 3, padding: 1, name: 'conv'});
    const x = input({shape: [4, 5, 2]});
    const once = conv.apply(builtIn.reLU({name: 'conv_padding'}).apply(x)) as SymbolicTensor;
    const net = fill(model({inputs: x, outputs: conv.apply(once) as SymbolicTensor}));
    const theirs = models.toBuiltIn(net);
    expect(theirs.layers.map(({name}) => name)).toContain('conv_padding_');
    await expectSameOutputs(theirs, net);
    const timed = fill(sequential({layers: [builtIn.timeDistributed({
      inputShape: [3, 4, 5, 2], name: 'steps', layer: layers.conv2d({filters: 2, kernelSize: 3, padding: 1, name: 'conv'}),
    })]}));
    expect(models.toBuiltIn(timed).layers.map(({name}) => name)).toEqual(['steps_conv_padding', 'steps']);
    await expectSameOutputs(models.toBuiltIn(timed), timed);
  });

  const refused: [string, () => Layer, RegExp][] = [
    ['groups', () => layers.conv2d({...image, filters: 4, kernelSize: 3, groups: 2, name: 'it'}),
      /layer 'it' \(ExplicitConv2D\): tf\.layers\.conv2d knows no groups\. Got groups 2/],
    ['strides with dilation', () => layers.conv2d({...image, filters: 4, kernelSize: 2, strides: 2, dilationRate: 2, name: 'it'}),
      /'it'.*strides or dilationRate above 1, not both/],
    ['a dilated pool', () => layers.maxPooling2d({...image, dilationRate: 2, name: 'it'}), /'it'.*no dilation/],
    ['a padded pool', () => layers.maxPooling2d({...image, poolSize: 3, strides: 2, padding: 1, name: 'it'}),
      /'it'.*pads only by 'same'.*\[\?,7,6,2\].*Got padding \[\[1,1\],\[1,1\]\]/],
    ['divided ties', () => layers.maxPooling2d({...image, ties: 'split', name: 'it'}), /'it'.*one of tied maxima.*Got ties 'split'/],
    ['a slope and a cap', () => layers.reLU({...image, negativeSlope: 0.1, maxValue: 6, name: 'it'}),
      /'it'.*more than one of maxValue, negativeSlope and threshold/],
  ];
  for (const [title, make, message] of refused) {
    it(`refuses ${title} by the layer's name`, async () => {
      const net = sequential({layers: [make()]});
      await expectRefusal(() => models.toBuiltIn(net), message);
    });
  }

  it('says of a graph model what it is', async () => {
    await expectRefusal(() => models.toBuiltIn({executeAsync: () => null} as never), /toBuiltIn: this is a graph model/);
    await expectRefusal(() => models.toExplicit({executeAsync: () => null} as never), /toExplicit: this is a graph model/);
  });

  it('takes a word on ties', async () => {
    const net = (ties: 'all' | 'first' | 'split') => sequential({layers: [layers.maxPooling2d({...image, ties})]});
    const noteOf = (made: LayersModel) => models.conversionReport(made).converted[0]!.note;
    expect(noteOf(models.toBuiltIn(net('first'), {ties: 'refuse'}))).toBe('');
    expect(noteOf(models.toBuiltIn(net('all')))).toContain('matter of gradients');
    expect(noteOf(models.toBuiltIn(net('split'), {ties: 'ignore'}))).toContain('matter of gradients');
    await expectRefusal(() => models.toBuiltIn(net('all'), {ties: 'refuse'}), /Got ties 'all'/);
    await expectRefusal(() => models.toBuiltIn(net('all'), {ties: 'any'} as never), /ties must be one of/);
  });

  it('reports on its own models only', () => {
    expect(() => models.conversionReport(convNet())).toThrowError(/must come from models\.toExplicit or models\.toBuiltIn.*'net'/);
  });
});
