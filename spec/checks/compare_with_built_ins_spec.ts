import * as tf from '@tensorflow/tfjs-core';
import {initializers, input, layers as builtIn, model as modelOf, sequential} from '@tensorflow/tfjs-layers';
import type {LayersModel, SymbolicTensor} from '@tensorflow/tfjs-layers';

import {compareWithBuiltIns} from '../../src/checks';
import type {CompareOptions, CompareReport} from '../../src/checks';
import * as layers from '../../src/layers';
import {softmaxLoss} from '../../src/losses';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {expectNoLeaks} from '../support/matchers';
import {randomValues} from '../support/random';

const random = (shape: number[], seed = 1) => toTensor(randomValues(shape, seed));
/** Whole numbers from -1 to 1, many of them equal. */
const tied = (shape: number[], seed = 1) => toTensor(randomValues(shape, seed, 'tied'));
const glorot = (seed: number) => initializers.glorotUniform({seed});
const kindsOf = ({reasons}: {reasons: {kind: string}[]}) => reasons.map(({kind}) => kind);
const layerOf = (report: CompareReport, name: string) => report.layers.find((layer) => layer.name === name)!;
const quick: CompareOptions = {steps: 2, repeats: 1};

const step = 0.25;

/** A clock that moves on at each look, whatever the machine's own does. */
function useSteadyClock(): void {
  let now = 0;
  spyOn(performance, 'now').and.callFake(() => now += step);
}

/** What lasts from one look to the next. wasm, waiting for its threads, looks in between; it has them in such a page. */
function expectOneStep(milliseconds: number | null, name: string): void {
  if (globalThis.crossOriginIsolated === true) expect(milliseconds).withContext(name).toBeGreaterThanOrEqual(step);
  else expect(milliseconds).withContext(name).toBe(step);
}

function convNet(ties: 'all' | 'first' = 'first'): LayersModel {
  return sequential({name: 'net', layers: [
    layers.conv2d({
      inputShape: [6, 6, 1], filters: 3, kernelSize: 3, padding: 1, kernelInitializer: glorot(1), name: 'conv',
    }),
    layers.batchNormalization({name: 'norm'}),
    layers.reLU({name: 'relu'}),
    layers.maxPooling2d({ties, name: 'pool'}),
    builtIn.flatten({name: 'flat'}),
    layers.dense({units: 4, kernelInitializer: glorot(2), name: 'scores'}),
  ]});
}

/**
 * Integer labels one-hot. Cast afterwards: asked for float32, tfjs's wasm kernel writes whole numbers' bits, where
 * 1 reads as 1.4e-45; losses of such weights are a few such steps, and rounding moves them by half of themselves.
 */
const labels = (examples: number, classes: number) => tf.cast(
    tf.oneHot(tf.mod(tf.range(0, examples, 1, 'int32'), tf.scalar(classes, 'int32')), classes), 'float32');

/** Awaited: at once, tfjs's webgpu gives zeros for what its device holds. */
const valuesOf = (model: LayersModel) =>
  Promise.all(model.getWeights().map(async (weight) => [...await weight.data()]));

/** A layer whose gradient is twice what it should be. */
class ExplicitFaulty extends builtIn.Layer {
  static readonly className = 'ExplicitFaulty';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tf.customGrad((one: unknown) => ({
      value: tf.relu(one as tf.Tensor),
      gradFunc: (dout) => tf.mul(tf.mul(dout as tf.Tensor, 2), tf.step(x)),
    }))(x);
  }
  override computeOutputShape(shape: number[]): number[] {
    return shape;
  }
}

describeOnBackends('compareWithBuiltIns', (backend) => {
  const builtInConvTrains = backend !== 'wasm';

  beforeEach(useSteadyClock);

  it('a ConvNet: every layer alone, the whole and its training agree', async () => {
    const report = await compareWithBuiltIns(convNet(), random([6, 6, 6, 1]), labels(6, 4), {steps: 3, repeats: 2});
    expect(report.passed).withContext(String(report)).toBeTrue();
    expect(report.backend).toBe(backend);
    expect(report.layers.map(({name}) => name)).toEqual(['conv', 'norm', 'relu', 'pool', 'scores']);
    expect(layerOf(report, 'conv').builtIn).toBe('ZeroPadding2D + Conv2D');
    for (const {name, output, inputGradient, weightGradients, milliseconds} of report.layers) {
      const trains = builtInConvTrains || name !== 'conv';
      expect(output!.relative).withContext(name).toBeLessThan(1e-5);
      expect(inputGradient === null).withContext(name).toBe(!trains);
      expectOneStep(milliseconds.explicit, name);
      if (trains) expectOneStep(milliseconds.builtIn, name);
      else expect(milliseconds.builtIn).withContext(name).toBeNull();
      if (name === 'scores') expect(Object.keys(weightGradients)).toEqual(['kernel', 'bias']);
    }
    expect(report.model.losses.explicit.length).toBe(3);
    if (!builtInConvTrains) {
      expect(report.model.losses.builtIn).toBeNull();
      expect(kindsOf(report.model)).toContain('fails');
      expect(String(report)).toContain('Conv2DBackpropFilter');
    } else {
      expect(report.model.lossDifference!.relative).toBeLessThan(1e-4);
      expect(Object.keys(report.model.weightGradients)).toContain('conv/kernel');
      expect(report.model.inputGradient!.norm).toBeLessThan(1e-4);
    }
  });

  it('leaves the model as it is, and no tensor', async () => {
    const model = convNet();
    const x = random([4, 6, 6, 1]);
    const y = labels(4, 4);
    const before = await valuesOf(model);
    await expectNoLeaks(async () => {
      await compareWithBuiltIns(model, x, y, quick);
    });
    expect(await valuesOf(model)).toEqual(before);
    expect(model.optimizer).toBeUndefined();
  });

  it('trains like a model of built-in layers with the optimizer and the loss of the compiled one', async () => {
    const args = {inputShape: [5], units: 3, kernelInitializer: glorot(4), name: 'scores'};
    const explicit = sequential({layers: [layers.dense(args)]});
    explicit.compile({optimizer: tf.train.momentum(0.3, 0.5), loss: softmaxLoss});
    const plain = sequential({layers: [builtIn.dense(args)]});
    plain.compile({
      optimizer: tf.train.momentum(0.3, 0.5), loss: (yTrue, yPred) => tf.losses.softmaxCrossEntropy(yTrue, yPred),
    });
    const [x, y] = [random([4, 5]), labels(4, 3)];
    const {model} = await compareWithBuiltIns(explicit, x, y, {steps: 3, batchSize: 2});
    for (let step = 0; step < 3; step++) {
      const rows = [2 * (step % 2), 2] as const;
      const loss = await plain.trainOnBatch(tf.slice(x, ...rows), tf.slice(y, ...rows)) as number;
      expect(model.losses.builtIn![step]).toBeCloseTo(loss, 5);
      expect(model.losses.explicit[step]).toBeCloseTo(loss, 5);
    }
  });

  it('ties: names them, counts them, and compares what they do not touch', async () => {
    const model = sequential({layers: [layers.maxPooling2d({inputShape: [4, 6, 2], poolSize: 2, name: 'pool'})]});
    const x = tied([3, 4, 6, 2]);
    const report = await compareWithBuiltIns(model, x, random([3, 2, 3, 2]), quick);
    const {inputGradient, whole, reasons, passed} = layerOf(report, 'pool');
    expect(reasons.map(({kind}) => kind)).toEqual(backend === 'wasm' ? ['ties', 'defect'] : ['ties']);
    expect(reasons[0]!.ties!.windows).toBe(36);
    expect(reasons[0]!.ties!.tied).toBeGreaterThan(reasons[0]!.ties!.tiedAboveZero);
    expect(reasons[0]!.text).toContain(`${reasons[0]!.ties!.tied} pooling windows of 36`);
    expect(inputGradient!.relative).toBe(0);
    expect(inputGradient!.leftOut).toBeGreaterThanOrEqual(4 * reasons[0]!.ties!.tied);
    expect(whole.inputGradient!.relative).toBeGreaterThan(0.1);
    expect(passed).toBeTrue();
    expect(report.passed).toBeTrue();
  });

  it('windows below zero, to which the built-in kernel of wasm passes no gradient', async () => {
    const model = sequential({layers: [layers.maxPooling2d({inputShape: [4, 4, 1], name: 'pool'})]});
    const x = tf.neg(tf.abs(random([2, 4, 4, 1])));
    const report = await compareWithBuiltIns(model, x, random([2, 2, 2, 1]), {...quick, steps: 0});
    expect(kindsOf(layerOf(report, 'pool'))).toEqual(backend === 'wasm' ? ['defect'] : []);
    expect(report.passed).withContext(String(report)).toBeTrue();
  });

  it('finds a gradient that is wrong, and a reason does not excuse the rest of it', async () => {
    const model = sequential({layers: [new ExplicitFaulty({inputShape: [8], name: 'relu'})]});
    const twin = sequential({layers: [builtIn.reLU({inputShape: [8], name: 'relu'})]});
    const report = await compareWithBuiltIns(model, random([4, 8]), random([4, 8]), {...quick, builtIn: twin});
    expect(layerOf(report, 'relu').output!.relative).toBe(0);
    expect(layerOf(report, 'relu').inputGradient!.relative).toBeCloseTo(1, 5);
    expect(report.passed).toBeFalse();
    expect(String(report)).toContain('FAILED');
  });

  it('finds other weights, and an epsilon that is another by its name', async () => {
    const dense = (seed: number) => ({inputShape: [5], units: 3, kernelInitializer: glorot(seed), name: 'dense'});
    const twin = (seed: number, epsilon: number) => sequential({layers: [
      builtIn.dense(dense(seed)), builtIn.batchNormalization({epsilon, name: 'norm'}),
    ]});
    const explicit = sequential({layers: [layers.dense(dense(1)), layers.batchNormalization({name: 'norm'})]});
    const [x, y] = [random([6, 5]), labels(6, 3)];
    const other = await compareWithBuiltIns(explicit, x, y, {...quick, builtIn: twin(2, 1e-3)});
    expect(layerOf(other, 'dense').passed).toBeFalse();
    expect(layerOf(other, 'norm').passed).toBeTrue();
    expect(other.passed).toBeFalse();
    const epsilon = await compareWithBuiltIns(explicit, x, y, {...quick, builtIn: twin(1, 0.1)});
    expect(kindsOf(layerOf(epsilon, 'norm'))).toEqual(['epsilon']);
    expect(layerOf(epsilon, 'norm').output!.relative).toBeLessThan(1e-5);
    expect(layerOf(epsilon, 'norm').whole.output!.relative).toBeGreaterThan(1e-3);
    expect(epsilon.passed).toBeTrue();
  });

  it('a frozen batch norm: equal to what toBuiltIn makes; any other built-in one: named, equal in inference', async () => {
    const args = {inputShape: [3], trainable: false, name: 'norm'};
    const model = sequential({layers: [layers.batchNormalization(args)]});
    const obeying = await compareWithBuiltIns(model, random([5, 3]), labels(5, 3), {...quick, steps: 0});
    expect(kindsOf(layerOf(obeying, 'norm'))).toEqual([]);
    expect(obeying.passed).withContext(String(obeying)).toBeTrue();
    const given = sequential({layers: [builtIn.batchNormalization(args)]});
    const report = await compareWithBuiltIns(model, random([5, 3]), labels(5, 3), {...quick, steps: 0, builtIn: given});
    expect(kindsOf(layerOf(report, 'norm'))).toEqual(['frozen']);
    expect(layerOf(report, 'norm').whole.output!.relative).toBeGreaterThan(1e-3);
    expect(report.passed).withContext(String(report)).toBeTrue();
  });

  it('a batch norm of 1x1 maps, whose gradient is nothing but rounding', async () => {
    const model = sequential({layers: [layers.batchNormalization({inputShape: [1, 1, 6], epsilon: 1e-9, name: 'norm'})]});
    const x = tf.mul(random([2, 1, 1, 6]), 100);
    const report = await compareWithBuiltIns(model, x, random([2, 1, 1, 6], 2), {...quick, steps: 0});
    expect(report.passed).withContext(String(report)).toBeTrue();
    expect(layerOf(report, 'norm').reasons).toEqual([]);
  });

  it('inputs on a kink, and NaN', async () => {
    const model = sequential({layers: [layers.reLU({inputShape: [4], maxValue: 6, name: 'relu'})]});
    const kink = await compareWithBuiltIns(model, tf.tensor2d([[6, 1, -1, 8]]), random([1, 4]), {...quick, steps: 0});
    expect(kink.passed).withContext(String(kink)).toBeTrue();
    expect(layerOf(kink, 'relu').inputGradient!.relative).toBe(0);
    const pool = sequential({layers: [layers.maxPooling2d({inputShape: [2, 4, 1], name: 'pool'})]});
    const x = tf.tensor4d([NaN, 1, 5, 6, 2, 3, 7, 8], [1, 2, 4, 1]);
    const report = await compareWithBuiltIns(pool, x, random([1, 1, 2, 1]), {...quick, steps: 0});
    expect(kindsOf(layerOf(report, 'pool'))).toContain('NaN');
    expect(layerOf(report, 'pool').inputGradient!.leftOut).toBe(4);
    expect(report.passed).withContext(String(report)).toBeTrue();
  });

  it('a layer without built-in form is said to have none; ours trains alone', async () => {
    const model = sequential({layers: [
      layers.conv2d({
        inputShape: [4, 4, 2], filters: 2, kernelSize: 3, groups: 2, kernelInitializer: glorot(1), name: 'grouped',
      }),
      builtIn.flatten(),
      layers.dense({units: 3, kernelInitializer: glorot(2), name: 'scores'}),
    ]});
    const report = await compareWithBuiltIns(model, random([3, 4, 4, 2]), labels(3, 3), quick);
    expect(layerOf(report, 'grouped').builtIn).toBeNull();
    expect(kindsOf(layerOf(report, 'grouped'))).toEqual(['no twin']);
    expect(layerOf(report, 'scores').output!.relative).toBeLessThan(1e-5);
    expect(report.model.losses.builtIn).toBeNull();
    expect(report.model.losses.explicit.length).toBe(2);
    expect(String(report)).toContain('knows no groups');
  });

  it('sizes that the model leaves open', async () => {
    const model = sequential({layers: [
      layers.conv2d({
        inputShape: [null, null, 1], filters: 2, kernelSize: 3, kernelInitializer: glorot(1), name: 'conv',
      }),
      layers.reLU({name: 'relu'}),
    ]});
    const report = await compareWithBuiltIns(model, random([2, 5, 6, 1]), random([2, 3, 4, 2]), quick);
    expect(report.layers.map(({name}) => name)).toEqual(['conv', 'relu']);
    expect(report.passed).withContext(String(report)).toBeTrue();
  });

  it('dropout makes losses a matter of chance: said, not failed', async () => {
    const model = sequential({layers: [
      layers.dense({inputShape: [5], units: 6, kernelInitializer: glorot(1), name: 'hidden'}),
      builtIn.dropout({rate: 0.5, name: 'drop'}),
      layers.dense({units: 3, kernelInitializer: glorot(2), name: 'scores'}),
    ]});
    const report = await compareWithBuiltIns(model, random([4, 5]), labels(4, 3), {...quick, tolerances: {losses: 0}});
    expect(kindsOf(report.model)).toEqual(['random']);
    expect(report.model.output!.relative).toBeLessThan(1e-5);
    expect(report.passed).toBeTrue();
  });

  it("a mean of windows that reach over the border, whose built-in gradient is tfjs-node's alone to get right", async () => {
    const model = sequential({layers: [
      layers.averagePooling2d({inputShape: [5, 5, 2], poolSize: 3, strides: 1, padding: 'same', name: 'mean'}),
    ]});
    const [x, y] = [random([2, 5, 5, 2]), random([2, 5, 5, 2], 2)];
    const report = await compareWithBuiltIns(model, x, y, {...quick, loss: 'meanSquaredError'});
    const mean = layerOf(report, 'mean');
    expect(kindsOf(mean)).toEqual(tf.getBackend() === 'tensorflow' ? [] : ['defect']);
    expect(mean.inputGradient!.relative).toBeLessThan(1e-6);
    expect(mean.inputGradient!.leftOut).toBe(tf.getBackend() === 'tensorflow' ? 0 : 96);
    expect(report.passed).withContext(String(report)).toBeTrue();
  });

  it('explicit dropout draws other values than the built-in one: said, and compared in inference', async () => {
    const model = sequential({layers: [
      layers.dense({inputShape: [50], units: 60, kernelInitializer: glorot(1), name: 'hidden'}),
      layers.dropout({rate: 0.5, name: 'drop'}),
    ]});
    const report = await compareWithBuiltIns(model, random([4, 50]), random([4, 60]), {...quick, loss: 'meanSquaredError'});
    const drop = layerOf(report, 'drop');
    expect(kindsOf(drop)).toEqual(['random']);
    expect([drop.output!.relative, drop.inputGradient!.relative]).toEqual([0, 0]);
    expect(drop.whole.output!.relative).toBeGreaterThan(0.1);
    expect(report.passed).withContext(String(report)).toBeTrue();
  });

  it('functional models, models inside, several inputs, layers used twice', async () => {
    const inner = sequential({name: 'inner', layers: [
      layers.dense({inputShape: [4], units: 4, kernelInitializer: glorot(1), name: 'a'}),
      layers.layerNormalization({name: 'b'}),
    ]});
    const [p, q] = [input({shape: [4], name: 'p'}), input({shape: [4], name: 'q'})];
    const shared = layers.dense({units: 3, kernelInitializer: glorot(2), name: 'shared'});
    const left = shared.apply(inner.apply(p)) as SymbolicTensor;
    const right = shared.apply(q) as SymbolicTensor;
    const sum = builtIn.add({name: 'sum'}).apply([left, right]) as SymbolicTensor;
    const model = modelOf({inputs: [p, q], outputs: sum, name: 'two'});
    const report = await compareWithBuiltIns(model, [random([5, 4]), random([5, 4], 2)], labels(5, 3), quick);
    expect(report.layers.map(({name}) => name)).toEqual(['inner/a', 'inner/b', 'shared']);
    expect(Object.keys(report.model.weightGradients)).toContain('inner/b/gamma');
    expect(report.passed).withContext(String(report)).toBeTrue();
  });

  it('keeps to 80 columns and tells how far it is', async () => {
    const steps: string[] = [];
    const model = sequential({layers: [
      layers.maxPooling2d({inputShape: [4, 4, 1], name: 'a_pooling_layer_with_a_name_that_goes_on_and_on_and_on_and_on'}),
      layers.reLU({name: 'relu'}),
    ]});
    const report = await compareWithBuiltIns(model, tied([2, 4, 4, 1]), random([2, 2, 2, 1]), {
      ...quick, steps: 1, onProgress: (done, total) => steps.push(`${done}/${total}`),
      optimizer: () => tf.train.sgd(0.1), loss: 'meanAbsoluteError',
    });
    expect(String(report).split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(String(report)).toContain('on_and_on');
    expect(steps).toEqual(['1/3', '2/3', '3/3']);
    expect(kindsOf(report.model)).toContain('untrainable');
  });

  it('stops when asked to, and leaves nothing behind', async () => {
    const controller = new AbortController();
    const [model, x, y] = [convNet(), random([2, 6, 6, 1]), labels(2, 4)];
    await expectNoLeaks(async () => {
      await expectAsync(compareWithBuiltIns(model, x, y, {
        ...quick, signal: controller.signal, onProgress: (done) => done === 3 && controller.abort(new Error('enough')),
      })).toBeRejectedWithError('enough');
    });
  });

  const [x, y] = [() => random([2, 6, 6, 1]), () => labels(2, 4)];
  const refusals: [string, (model: LayersModel) => Parameters<typeof compareWithBuiltIns>, RegExp][] = [
    ['an unknown option', (m) => [m, x(), y(), {step: 1} as CompareOptions], /unknown option step\./],
    ['an unknown tolerance', (m) => [m, x(), y(), {tolerances: {loss: 1} as object}], /unknown option loss\./],
    ['half a step', (m) => [m, x(), y(), {steps: 0.5}], /steps must be a whole number/],
    ['one optimizer', (m) => [m, x(), y(), {optimizer: tf.train.sgd(1) as never}], /each side needs its own/],
    ['x of another shape', (m) => [m, random([2, 5, 6, 1]), y()], /x must be a tensor for the shapes \[\?,6,6,1\]/],
    ['fewer x than y', (m) => [m, x(), labels(3, 4)], /x has 2 examples, y has 3/],
    ['no model', () => [{} as LayersModel, x(), y()], /model must be a tf\.Sequential/],
    ['a model without explicit layers', () => [without(), random([2, 3]), labels(2, 2)], /toExplicit/],
    ['a twin with other names', (m) => [m, x(), y(), {builtIn: without()}], /builtIn has no layer 'conv'.*plain/],
  ];
  const without = () => sequential({layers: [builtIn.dense({inputShape: [3], units: 2, name: 'plain'})]});
  for (const [title, args, message] of refusals) {
    it(`refuses ${title}`, async () => {
      const given = args(convNet());
      await expectNoLeaks(async () => {
        await expectAsync(compareWithBuiltIns(...given)).toBeRejectedWithError(message);
      });
    });
  }
});
