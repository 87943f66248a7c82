import * as tf from '@tensorflow/tfjs-core';
import {array as listDataset, zip} from '@tensorflow/tfjs-data';
import {regularizers, sequential} from '@tensorflow/tfjs-layers';
import type {Sequential} from '@tensorflow/tfjs-layers';

import {layers, losses, ops} from '../../src';
import {softmaxLoss} from '../../src/reference';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {numberOf, trained} from '../support/layer_checks';
import {expectClose, expectNoLeaks, expectRefusal} from '../support/matchers';
import {randomValues} from '../support/random';
import {toleranceOf} from '../support/tolerances';

const classes = [0, 2, 1, 2, 2, 0, 1, 2, 0, 2, 2, 1];
const rows = classes.length;
const kernel = randomValues([4, 3], 2);
const images = randomValues([rows, 4], 1);

type Metrics = ('accuracy' | typeof losses.accuracy)[];

function classifier(metrics: Metrics = [], kernelRegularizer?: ReturnType<typeof regularizers.l2>): Sequential {
  const model = sequential({layers: [layers.dense({units: 3, inputShape: [4], kernelRegularizer})]});
  model.setWeights([toTensor(kernel), tf.tensor1d([0.1, -0.2, 0.3])]);
  model.compile({optimizer: tf.train.sgd(0.1), loss: losses.softmaxLoss, metrics});
  return model;
}

/** The reference's loss of each example of the untrained model. */
function expectedLosses(): number[] {
  return classes.map((label, i) => {
    const scores = [0, 1, 2].map((k) => [0.1, -0.2, 0.3][k]! +
      [0, 1, 2, 3].reduce((sum, j) => sum + images.data[i * 4 + j]! * kernel.data[j * 3 + k]!, 0));
    return softmaxLoss({shape: [1, 3], data: Float64Array.from(scores)}, [label]).loss;
  });
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The share of examples whose largest score is the label's. */
async function expectedAccuracy(model: Sequential): Promise<number> {
  const found = Array.from(await tf.argMax(model.predict(toTensor(images)) as tf.Tensor, 1).data());
  return mean(found.map((label, i) => Number(label === classes[i])));
}

function integerLabels(batch: number) {
  const xs = Array.from({length: rows}, (_, i) => Array.from(images.data.slice(4 * i, 4 * i + 4)));
  return zip({xs: listDataset(xs), ys: listDataset(classes)}).batch(batch) as unknown as
    Parameters<Sequential['fitDataset']>[0];
}

describeOnBackends('losses.softmaxLoss', () => {
  afterEach(() => tf.disposeVariables());
  const x = () => toTensor<tf.Rank.R2>(images);
  const oneHot = () => losses.oneHot(classes, 3);
  const near = (actual: number, expected: number) =>
    expectClose(tf.scalar(actual), expected, toleranceOf('softmaxLoss'));

  it('gives each example\'s loss, whatever the labels\' form', async () => {
    const scores = toTensor<tf.Rank.R2>(randomValues([rows, 3], 5));
    const each = ops.softmaxLoss(scores, tf.tensor1d(classes, 'int32'), {reduction: 'none'});
    const forms = [tf.tensor1d(classes, 'int32'), tf.tensor2d(classes, [rows, 1], 'int32'), tf.tensor1d(classes),
      oneHot(), tf.cast(oneHot(), 'int32')];
    for (const yTrue of forms) await expectClose(losses.softmaxLoss(yTrue, scores), each, toleranceOf('softmaxLoss'));
  });

  it('is the notes\' loss in evaluate and trainOnBatch', async () => {
    const model = classifier();
    await near(await numberOf(model.evaluate(x(), oneHot())), mean(expectedLosses()));
    await near(await model.trainOnBatch(x(), oneHot()) as number, mean(expectedLosses()));
    expect(await numberOf(model.evaluate(x(), oneHot()))).toBeLessThan(mean(expectedLosses()));
  });

  it('takes int32 one-hot rows and probabilities in fit', async () => {
    const {history} = await classifier().fit(x(), tf.cast(oneHot(), 'int32'), {epochs: 1, batchSize: rows, verbose: 0});
    await near(history['loss']![0] as number, mean(expectedLosses()));
    const smooth = tf.add(tf.mul(oneHot(), 0.7), 0.1);
    const scores = classifier().predict(x()) as tf.Tensor2D;
    const loss = await classifier().trainOnBatch(x(), smooth) as number;
    await near(loss, await numberOf(ops.softmaxLoss(scores, smooth)));
  });

  it('adds the regularisers\' penalties', async () => {
    const penalty = 0.3 * kernel.data.reduce((sum, value) => sum + value * value, 0);
    await near(await classifier([], regularizers.l2({l2: 0.3})).trainOnBatch(x(), oneHot()) as number,
      mean(expectedLosses()) + penalty);
  });

  it('is reported beside metrics', async () => {
    const model = classifier(['accuracy', losses.accuracy]);
    const wanted = await expectedAccuracy(model);
    const [loss, builtIn, ours] = await Promise.all((model.evaluate(x(), oneHot()) as tf.Scalar[]).map(numberOf));
    await near(loss!, mean(expectedLosses()));
    await near(builtIn!, wanted);
    await near(ours!, wanted);
    const {history} = await model.fit(
      x(), oneHot(), {epochs: 2, batchSize: 5, verbose: 0, validationData: [x(), oneHot()]});
    expect(Object.keys(history).sort()).toEqual(['acc', 'accuracy', 'loss', 'val_acc', 'val_accuracy', 'val_loss']);
  });

  it('weighs classes in fit: loss and step', async () => {
    const classWeight = {0: 3, 1: 0.5, 2: 1};
    const model = classifier();
    const {history} = await model.fit(x(), oneHot(), {epochs: 1, batchSize: rows, verbose: 0, classWeight});
    const weights = classes.map((label) => classWeight[label as 0 | 1 | 2]);
    await near(history['loss']![0] as number, mean(expectedLosses().map((loss, i) => loss * weights[i]!)));
    const [w, b] = [toTensor<tf.Rank.R2>(kernel), tf.tensor1d([0.1, -0.2, 0.3])];
    const dw = tf.grad((moved) => {
      const each = ops.softmaxLoss(ops.affine(x(), moved as tf.Tensor2D, b), oneHot(), {reduction: 'none'});
      return tf.mean(tf.mul(each as tf.Tensor1D, tf.tensor1d(weights)));
    })(w);
    await expectClose(model.getWeights()[0]!, tf.sub(w, tf.mul(dw, 0.1)), trained, 'kernel after the step');
  });

  it('takes integer labels in fitDataset and evaluateDataset, with losses.accuracy', async () => {
    const model = classifier([losses.accuracy]);
    const wanted = await expectedAccuracy(model);
    const [loss, accuracy] = await model.evaluateDataset(integerLabels(4) as never, {}) as tf.Scalar[];
    await near(await numberOf(loss!), mean(expectedLosses()));
    await near(await numberOf(accuracy!), wanted);
    const {history} = await model.fitDataset(integerLabels(rows), {epochs: 40, verbose: 0});
    await near(history['loss']![0] as number, mean(expectedLosses()));
    await near(history['accuracy']![0] as number, wanted);
    expect(history['loss']![39] as number).toBeLessThan(history['loss']![0] as number);
    expect(await expectedAccuracy(model)).toBeGreaterThanOrEqual(wanted);
  });

  it('weighs classes of integer labels in fitDataset', async () => {
    const {history} = await classifier().fitDataset(
      integerLabels(rows), {epochs: 1, verbose: 0, classWeight: {0: 3, 1: 0.5, 2: 1}});
    const weighted = expectedLosses().map((loss, i) => loss * [3, 0.5, 1][classes[i]!]!);
    await near(history['loss']![0] as number, mean(weighted));
  });

  it('cannot take integer labels in fit, where tfjs refuses them for every function', async () => {
    await expectAsync(classifier().fit(x(), tf.tensor1d(classes, 'int32'), {verbose: 0}))
      .toBeRejectedWithError(/each with shape 3|expected a batch of elements/);
  });

  it('stays finite for scores of 1e4', async () => {
    const scores = tf.tensor2d([[1e4, -1e4], [1e4, -1e4]]);
    await expectClose(losses.softmaxLoss(tf.tensor1d([0, 1], 'int32'), scores), [0, 2e4]);
  });

  it('refuses labels outside the classes and of another length', async () => {
    const scores = tf.zeros([2, 3]);
    const [far, short] = [tf.tensor1d([0, 3], 'int32'), tf.tensor1d([0], 'int32')];
    if (!['webgl', 'webgpu'].includes(tf.getBackend())) {
      await expectRefusal(() => losses.softmaxLoss(far, scores),
        /softmaxLoss: labels must be whole numbers from 0 to 2/);
    }
    await expectRefusal(() => losses.softmaxLoss(short, scores),
      /softmaxLoss: labels must be \[2\] classes or \[2,3\]/);
  });

  it('leaves nothing behind', async () => {
    const [labels, scores] = [oneHot(), tf.zeros([rows, 3])];
    await expectNoLeaks(() => losses.softmaxLoss(labels, scores));
    const model = classifier(['accuracy', losses.accuracy]);
    const images = x();
    await model.trainOnBatch(images, labels);
    await expectNoLeaks(async () => { await model.trainOnBatch(images, labels); });
    await expectNoLeaks(() => model.evaluate(images, labels));
  });
});

describeOnBackends('losses of scores [N, ..., C]', () => {
  const shape = [2, 3, 2, 4];
  const scores = () => toTensor(randomValues(shape, 11));
  const labels = Array.from({length: 12}, (_, i) => (i * 7) % 4);

  it('are each example\'s mean over its positions, whatever the labels\' form', async () => {
    const flat = randomValues(shape, 11).data;
    const each = labels.map((label, i) =>
      softmaxLoss({shape: [1, 4], data: Float64Array.from(flat.slice(4 * i, 4 * i + 4))}, [label]).loss);
    const wanted = tf.tensor1d([mean(each.slice(0, 6)), mean(each.slice(6))]);
    const hits = labels.map((label, i) => {
      const row = flat.slice(4 * i, 4 * i + 4);
      return Number(row.indexOf(Math.max(...row)) === label);
    });
    const classesOf = tf.tensor(labels, [2, 3, 2], 'int32');
    const forms = [classesOf, tf.reshape(classesOf, [2, 3, 2, 1]), losses.oneHot<tf.Tensor>(classesOf, 4)];
    for (const form of forms) {
      await expectClose(losses.softmaxLoss(form, scores()), wanted, toleranceOf('softmaxLoss'));
      await expectClose(losses.accuracy(form, scores()), tf.tensor1d([mean(hits.slice(0, 6)), mean(hits.slice(6))]), trained);
    }
    expect(forms[2]!.shape).toEqual(shape);
  });

  it('train a model of positions', async () => {
    const model = sequential({layers: [layers.dense({units: 4, inputShape: [3, 2, 4]})]});
    model.compile({optimizer: tf.train.sgd(0.5), loss: losses.softmaxLoss, metrics: [losses.accuracy]});
    const y = losses.oneHot<tf.Tensor>(tf.tensor(labels, [2, 3, 2], 'int32'), 4);
    const found: number[] = [];
    for (let step = 0; step < 3; step++) found.push((await model.trainOnBatch(scores(), y) as number[])[0]!);
    expect(found[2]!).toBeLessThan(found[0]!);
  });

  it('name both shapes where these do not fit', () => expectRefusal(
      () => tf.tidy(() => losses.softmaxLoss(tf.zeros([2, 3], 'int32'), scores())),
      /softmaxLoss: yTrue must be .*\[2,3,2\] classes.*Got \[2,3\]/));
});
