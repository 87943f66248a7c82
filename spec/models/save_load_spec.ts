/** models.save and models.load, on handlers in memory. */
import * as tf from '@tensorflow/tfjs-core';
import {loadLayersModel, sequential} from '@tensorflow/tfjs-layers';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {layers, losses, models} from '../../src';
import {describeOnBackends} from '../support/backends';
import {expectClose, expectNoLeaks, leaksOf} from '../support/matchers';
import {branchingNet, inputsOf, outputsOf} from './support/models';
import {batch, memory, net, trainFor} from './support/saving';

type Loss = typeof losses.softmaxLoss;

const optimizers: [string, () => tf.Optimizer][] = [
  ['sgd', () => tf.train.sgd(0.05)],
  ['momentum', () => tf.train.momentum(0.02, 0.9, true)],
  ['adam', () => tf.train.adam(0.01)],
  ['adagrad', () => tf.train.adagrad(0.05)],
  ['adadelta', () => tf.train.adadelta(0.5, 0.9)],
  ['rmsprop', () => tf.train.rmsprop(0.01, 0.9, 0.5, undefined, true)],
];

describeOnBackends('save and load', () => {
  afterEach(() => tf.disposeVariables());

  it('free what an optimizer has, disposed or refused', async () => {
    for (const [, optimizer] of optimizers) {
      const model = net();
      model.compile({optimizer: optimizer(), loss: losses.softmaxLoss});
      await trainFor(model, 0, 2);
      const handler = memory();
      await models.save(model, handler);
      await expectNoLeaks(async () => { (await models.load(handler)).dispose(); });
    }
    const model = net();
    model.compile({optimizer: 'adam', loss: losses.softmaxLoss});
    const handler = memory();
    await model.save(handler, {includeOptimizer: true});
    const artifacts = {...handler.artifacts, trainingConfig: {
      loss: 'meanSquaredError', metrics: [], optimizer_config: {class_name: 'Adam', config: {learning_rate: 0.1, beta1: {}}}}};
    await expectNoLeaks(async () => {
      await expectAsync(models.load({load: async () => artifacts as never})).toBeRejectedWithError(
        /^models\.load: .*the optimizer Adam cannot be made of its configuration: /);
    });
  });

  for (const [title, optimizer] of optimizers) {
    it(`resume training with ${title} as if it had never stopped`, async () => {
      const model = net();
      model.compile({optimizer: optimizer(), loss: losses.softmaxLoss, metrics: [losses.accuracy]});
      await trainFor(model, 1, 4);
      const handler = memory();
      await models.save(model, handler);
      const again = await models.load(handler);
      expect(again.optimizer.iterations).toBe(4);
      const [mine, theirs] = [await trainFor(model, 5, 4), await trainFor(again, 5, 4)];
      await expectClose(tf.tensor1d(theirs), mine, {relative: 1e-6, absolute: 0}, 'losses');
      for (const [i, weight] of model.getWeights().entries()) {
        await expectClose(again.getWeights()[i]!, weight, {relative: 1e-6, absolute: 1e-7}, model.weights[i]!.originalName);
      }
      expect(again.loss as unknown).toBe(losses.softmaxLoss);
      expect(again.metricsNames).toEqual(model.metricsNames);
    });
  }

  it('refuse adamax, whose state cannot be read, and save without it', async () => {
    const model = net();
    model.compile({optimizer: 'adamax', loss: 'meanSquaredError'});
    await trainFor(model, 1, 1);
    await expectAsync(models.save(model, memory())).toBeRejectedWithError(/the optimizer Adamax has no readable state/);
    const handler = memory();
    await models.save(model, handler, {includeOptimizer: false});
    expect((await models.load(handler)).optimizer).toBeUndefined();
  });

  it('keep models of every kind, their metadata, frozen parts and outputs', async () => {
    const model = models.toExplicit(branchingNet());
    model.setUserDefinedMetadata({made: 'here'});
    (model.getLayer('encoder') as LayersModel).trainable = false;
    const handler = memory();
    await models.save(model, handler);
    const again = await models.load(handler);
    expect(again.getUserDefinedMetadata()).toEqual({made: 'here'});
    expect(again.toJSON()).toEqual(model.toJSON() as string);
    expect(again.trainableWeights.map((weight) => weight.originalName))
      .toEqual(model.trainableWeights.map((weight) => weight.originalName));
    const inputs = inputsOf(model);
    const expected = outputsOf(model, inputs);
    for (const [i, output] of outputsOf(again, inputs).entries()) await expectClose(output, expected[i]!);
    expect(again.getUserDefinedMetadata()).toEqual({made: 'here'});
  });

  it('keep losses and metrics of several outputs, tfjs\'s functions and named ones', async () => {
    const mine: Loss = (yTrue, yPred) => tf.mean(tf.abs(tf.sub(yTrue, yPred)), -1) as tf.Tensor1D;
    const model = branchingNet();
    const loss = {shared: mine, flat: 'meanSquaredError'} as object as {[output: string]: string};
    model.compile({optimizer: 'sgd', loss, metrics: {flat: 'mse'}});
    const handler = memory();
    await expectAsync(models.save(model, handler)).toBeRejectedWithError(/the loss of 'branching' is the function mine/);
    await models.save(model, handler, {functions: {mine}});
    await expectAsync(models.load(handler)).toBeRejectedWithError(/is the function 'mine'\. Give it in the option functions/);
    const again = await models.load(handler, {functions: {mine}});
    expect(again.loss as object).toEqual({shared: mine, flat: 'meanSquaredError'});
    expect(again.metricsNames).toEqual(model.metricsNames);
    const other = net();
    other.compile({optimizer: 'sgd', loss: tf.losses.meanSquaredError as unknown as Loss, metrics: ['accuracy']});
    await models.save(other, handler);
    expect((await models.load(handler)).loss as unknown).toBe(tf.losses.meanSquaredError);
  });

  it('write what tf.loadLayersModel reads, and read what model.save writes', async () => {
    const model = net();
    model.compile({optimizer: tf.train.adam(0.01), loss: 'meanSquaredError', metrics: ['accuracy']});
    await trainFor(model, 1, 2);
    const handler = memory();
    await models.save(model, handler);
    const theirs = await loadLayersModel(handler);
    await expectClose(theirs.predict(batch(9)) as tf.Tensor, model.predict(batch(9)) as tf.Tensor);
    expect(theirs.optimizer.getClassName()).toBe('Adam');
    await model.save(handler, {includeOptimizer: true});
    const again = await models.load(handler);
    expect(again.optimizer.iterations).toBe(2);
    expect(again.loss as unknown).toBe('meanSquaredError');
    model.compile({optimizer: 'sgd', loss: losses.softmaxLoss});
    await models.save(model, handler);
    expect((await loadLayersModel(handler)).layers.map((layer) => layer.getClassName()))
      .toEqual(model.layers.map((layer) => layer.getClassName()));
  });

  it('leave nothing behind', async () => {
    const model = net();
    model.compile({optimizer: 'adam', loss: losses.softmaxLoss});
    await trainFor(model, 1, 1);
    const handler = memory();
    await models.save(model, handler);
    const {artifacts} = handler;
    expect(await leaksOf(async () => { await models.save(model, handler); })).toEqual({tensors: 0, buffers: 0});
    expect(await leaksOf(async () => { (await models.load(handler)).dispose(); })).toEqual({tensors: 0, buffers: 0});
    const specs = artifacts.weightSpecs!;
    const broken: tf.io.ModelArtifacts[] = [
      {...artifacts, weightSpecs: specs.slice(1), weightData: (artifacts.weightData as ArrayBuffer).slice(288)},
      {...artifacts, modelTopology: renamed(artifacts, 'ExplicitDense', 'Nowhere')},
      {...artifacts, modelTopology: renamed(artifacts, '"units":3', '"units":4')},
    ];
    for (const each of broken) {
      handler.artifacts = each;
      expect(await leaksOf(() => expectAsync(models.load(handler)).toBeRejected())).toEqual({tensors: 0, buffers: 0});
    }
  });

  it('refuse, with the place, what is no model of layers', async () => {
    const handler = memory();
    await models.save(net(), handler);
    const {artifacts} = handler;
    const without = (count: number) => ({...artifacts, userDefinedMetadata: undefined,
      weightSpecs: artifacts.weightSpecs!.slice(0, -count),
      weightData: (artifacts.weightData as ArrayBuffer).slice(0, bytesOf(artifacts.weightSpecs!.slice(0, -count)))});
    const cases: [tf.io.ModelArtifacts, RegExp][] = [
      [{...artifacts, modelTopology: undefined}, /^models\.load: the Object given: there is no modelTopology in it\. Save the model again/],
      [{...artifacts, modelTopology: {node: []}}, /this is a graph model, which has no layers; tf\.loadGraphModel loads it/],
      [{...artifacts, modelTopology: new ArrayBuffer(8)}, /this is a graph model/],
      [{...artifacts, modelTopology: {model_config: {class_name: 'Sequential'}}}, /has no class_name and config\. Got \{"class/],
      [{...artifacts, modelTopology: {class_name: 'Nowhere', config: {}}}, /the model is of the unknown class 'Nowhere'\. Reg/],
      [{...artifacts, weightSpecs: [{...artifacts.weightSpecs![0]!, shape: [-1]}]},
        /it is damaged: the weight '.*' has the invalid shape \[-1\]\. Save the model again\.$/],
      [without(1), /: 1 of 10 weights are missing: 'norm\/moving_variance' of the layer 'norm'\. Save the model again/],
      [without(7), /: 7 of 10 weights are missing: .*, \.\.\.\. Save the model again/],
    ];
    for (const [given, message] of cases) {
      handler.artifacts = given;
      await expectAsync(models.load(handler)).toBeRejectedWithError(Error, message);
    }
    handler.artifacts = without(7);
    expect((await models.load(handler, {strict: false})).weights.length).toBe(10);
    handler.load = () => Promise.reject(new Error('the disk is gone'));
    await expectAsync(models.load(handler)).toBeRejectedWithError(/^models\.load: .* could not be loaded: the disk is gone$/);
    handler.save = () => Promise.reject(new Error('the disk is full'));
    await expectAsync(models.save(net(), handler)).toBeRejectedWithError(/'net' could not be saved to .*: the disk is full$/);
  });

  it('refuse a URL that two handlers take', async () => {
    const router = (url: string | string[]) => (url === 'twice://a' ? memory() : null!);
    for (let i = 0; i < 2; i++) tf.io.registerSaveRouter(router);
    await expectAsync(models.save(net(), 'twice://a')).toBeRejectedWithError(/more than one handler takes the URL 'twice:.*Pass an IOHandler instead\.$/);
  });

  it('refuse places and options that they do not know', async () => {
    const model = net();
    await expectAsync(models.save(model, 7 as never)).toBeRejectedWithError(/the place must be a URL, an IOHandler or, in Node/);
    await expectAsync(models.save(model, 'nowhere://a')).toBeRejectedWithError(/nothing here handles the URL 'nowhere:\/\/a'\. Use a scheme/);
    await expectAsync(models.save(model, {load: memory().load!})).toBeRejectedWithError(/it has no method save/);
    await expectAsync(models.load({save: memory().save!})).toBeRejectedWithError(/it has no method load/);
    await expectAsync(models.save(model, memory(), {optimizer: true} as object)).toBeRejectedWithError(/unknown option optimizer/);
    await expectAsync(models.load(memory(), {stric: true} as object)).toBeRejectedWithError(/unknown option stric/);
    await expectAsync(models.save({} as never, memory())).toBeRejectedWithError(/model must be a tf\.Sequential/);
    const twins = () => sequential({name: 'inner', layers: [layers.dense({units: 2, inputShape: [2], name: 'same'})]});
    const twice = sequential({layers: [twins(), layers.dense({units: 2, name: 'same'})]});
    await expectAsync(models.save(twice, memory())).toBeRejectedWithError(/two weights called 'same\/kernel'/);
  });
});

function renamed(artifacts: tf.io.ModelArtifacts, from: string, to: string): object {
  return JSON.parse(JSON.stringify(artifacts.modelTopology).replaceAll(from, to)) as object;
}

function bytesOf(specs: tf.io.WeightsManifestEntry[]): number {
  return specs.reduce((sum, {shape}) => sum + 4 * shape.reduce((size, n) => size * n, 1), 0);
}
