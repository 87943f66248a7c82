import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import {input, layers as builtIn, model as functional, sequential} from '@tensorflow/tfjs-layers';
import type {LayersModel, SymbolicTensor} from '@tensorflow/tfjs-layers';
import {strFromU8, unzipSync} from 'fflate';

import {exportKeras, importKeras} from '../../src/keras';
import {layers, losses, models} from '../../src';
import {branchingNet, convNet, fill, inputsOf, outputsOf} from '../models/support/models';
import {describeOnBackends} from '../support/backends';
import {expectClose, expectNoLeaks} from '../support/matchers';

const tolerance = {relative: 1e-5, absolute: 1e-5};
const formats = ['keras', 'h5'] as const;

/** Explicit layers with what tf.layers lacks and a file can still hold. */
function explicitNet(): LayersModel {
  const net = fill(sequential({name: 'explicit', layers: [
    layers.conv2d({inputShape: [9, 8, 2], filters: 4, kernelSize: [3, 2], padding: [[1, 0], [2, 1]], strides: [2, 1],
      name: 'conv', kernelRegularizer: 'l1l2'}),
    layers.batchNormalization({name: 'norm'}),
    layers.reLU({threshold: 0.25, name: 'threshold'}),
    layers.maxPooling2d({name: 'pool', ties: 'first'}),
    layers.reLU({negativeSlope: 0.25, name: 'leak'}),
    builtIn.flatten({name: 'flat'}),
    layers.dense({units: 3, name: 'scores', activation: 'softmax'}),
  ]}));
  net.layers[1]!.trainable = false;
  return net;
}

function frozenNet(): LayersModel {
  const part = sequential({name: 'part', layers: [
    layers.conv2d({inputShape: [5, 5, 2], filters: 2, kernelSize: 2, name: 'conv'}),
    layers.batchNormalization({name: 'norm'}),
  ]});
  const after = [builtIn.flatten({name: 'flat'}), layers.dense({units: 2, name: 'fc'})];
  const net = fill(sequential({name: 'whole', layers: [part, ...after]}));
  part.trainable = false;
  return net;
}

const nets: {[title: string]: () => LayersModel} = {
  'built-in layers': convNet, 'explicit layers': () => models.toExplicit(convNet()), 'a graph': branchingNet,
  'padding in numbers, slopes and thresholds': explicitNet, 'a frozen model inside': frozenNet,
};

describeOnBackends('exportKeras', () => {
  for (const [title, make] of Object.entries(nets)) {
    for (const format of formats) {
      it(`as ${format}: ${title}`, async () => {
        const net = make();
        const again = await importKeras(await exportKeras(net, {format}));
        const x = inputsOf(net);
        const expected = outputsOf(net, x);
        for (const [i, output] of outputsOf(again, x).entries()) await expectClose(output, expected[i]!, tolerance);
        const kept = again.weights.map((weight) => weight.originalName);
        expect(kept).toEqual(net.weights.map((weight) => weight.originalName));
        for (const [i, weight] of again.getWeights().entries()) await expectClose(weight, net.getWeights()[i]!);
        expect(again.trainableWeights.map((weight) => weight.originalName))
            .toEqual(net.trainableWeights.map((weight) => weight.originalName));
        expect(again.name).toBe(net.name);
      });
    }
  }
});

const optimizers: {[title: string]: () => tf.Optimizer} = {
  sgd: () => tf.train.sgd(0.1), momentum: () => tf.train.momentum(0.1, 0.8, true), adam: () => tf.train.adam(0.01, 0.8, 0.99),
  adamax: () => tf.train.adamax(0.02), rmsprop: () => tf.train.rmsprop(0.01, 0.8, 0.5), adagrad: () => tf.train.adagrad(0.1),
  adadelta: () => tf.train.adadelta(0.1, 0.9),
};

describe('exportKeras, how a model was compiled', () => {
  beforeAll(async () => void await tf.setBackend('cpu'));

  for (const [title, optimizer] of Object.entries(optimizers)) {
    it(`keeps ${title}`, async () => {
      for (const format of formats) {
        const net = explicitNet();
        net.compile({optimizer: optimizer(), loss: 'categoricalCrossentropy', metrics: ['accuracy', 'mse']});
        const again = await importKeras(await exportKeras(net, {format}));
        expect(again.optimizer.getClassName()).toBe(net.optimizer.getClassName());
        for (const [field, value] of Object.entries(net.optimizer.getConfig())) {
          if (typeof value === 'number') expect(again.optimizer.getConfig()[field]).withContext(field).toBeCloseTo(value, 6);
        }
        const {loss, metrics} = again as unknown as {loss: unknown, metrics: unknown};
        expect([loss, metrics]).toEqual(['categoricalCrossentropy', ['accuracy', 'mse']]);
      }
    });
  }

  it('keeps our own loss and metric', async () => {
    for (const format of formats) {
      const net = models.toExplicit(convNet());
      net.compile({optimizer: 'sgd', loss: losses.softmaxLoss, metrics: [losses.accuracy]});
      const again = await importKeras(await exportKeras(net, {format})) as unknown as {loss: unknown, metrics: unknown};
      expect(again.loss).toBe(losses.softmaxLoss);
      expect(again.metrics).toEqual(['accuracy']);
    }
  });

  it('leaves it out if so asked, and where there is none', async () => {
    const net = explicitNet();
    const uncompiled = await importKeras(await exportKeras(net));
    net.compile({optimizer: 'adam', loss: 'hinge'});
    const left = await importKeras(await exportKeras(net, {compile: false}));
    expect([uncompiled.optimizer, left.optimizer]).toEqual([undefined!, undefined!]);
  });

  it('is Keras 3\'s own form', async () => {
    const net = explicitNet();
    net.compile({optimizer: tf.train.sgd(0.5), loss: 'hinge'});
    const members = unzipSync(await exportKeras(net));
    expect(Object.keys(members)).toEqual(['metadata.json', 'config.json', 'model.weights.h5']);
    const config = JSON.parse(strFromU8(members['config.json']!)) as {[key: string]: {[key: string]: unknown}};
    expect(config['class_name']).toEqual('Sequential' as never);
    expect(config['compile_config']!['loss']).toBe('hinge');
    expect(config['compile_config']!['optimizer']).toEqual({
      module: 'keras.optimizers', class_name: 'SGD', config: {learning_rate: 0.5}, registered_name: null,
    });
  });
});

describe('exportKeras to a path', () => {
  let folder: string;
  beforeAll(async () => void await tf.setBackend('cpu'));
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'keras-'));
  });
  afterEach(() => rmSync(folder, {recursive: true}));

  for (const name of ['net.keras', 'net.h5', 'net.hdf5']) {
    it(`${name}: writes by extension what it returns, and nothing beside`, async () => {
      const bytes = await exportKeras(explicitNet(), path.join(folder, name));
      expect(readdirSync(folder)).toEqual([name]);
      expect(Buffer.compare(readFileSync(path.join(folder, name)), bytes)).toBe(0);
    });
  }

  it('leaves the file that was there when it refuses', async () => {
    const file = path.join(folder, 'net.keras');
    writeFileSync(file, 'before');
    const net = sequential({layers: [layers.maxPooling2d({inputShape: [4, 4, 2], strides: 1, dilationRate: 2, name: 'two'})]});
    await expectAsync(exportKeras(net, file)).toBeRejectedWithError(/layer 'two'/);
    expect(readFileSync(file, 'utf8')).toBe('before');
    expect(readdirSync(folder)).toEqual(['net.keras']);
  });

  it('names a path that cannot be written', async () => {
    const file = path.join(folder, 'absent', 'net.h5');
    await expectAsync(exportKeras(explicitNet(), file)).toBeRejectedWithError(/absent\/net\.h5 cannot be written/);
  });
});

const small = (layer: Parameters<ReturnType<typeof sequential>['add']>[0]) => sequential({name: 'net', layers: [layer]});
const compiled = (compile: Parameters<LayersModel['compile']>[0]) => {
  const net = small(builtIn.dense({units: 1, inputShape: [2], name: 'fc'}));
  net.compile(compile);
  return net;
};

const refusals: {title: string, given: () => unknown, options?: unknown, message: RegExp}[] = [
  {title: 'what is not a model', given: () => 3, message: /^exportKeras: model must be a tf\.Sequential/},
  {title: 'an unknown format', given: explicitNet, options: {format: 'onnx'}, message: /format must be one of 'keras', 'h5'/},
  {title: 'an unknown option', given: explicitNet, options: {formt: 'h5'}, message: /unknown option formt/},
  {title: 'a path without extension', given: explicitNet, options: '/tmp/net', message: /must end in \.keras, \.h5 or \.hdf5/},
  {title: 'a model without layers', given: () => sequential({name: 'net'}), message: /'net' has no layers yet/},
  {title: 'a layer that Keras does not have', given: () => {
    const x = input({shape: [3, 2]});
    const y = builtIn.bidirectional({
      layer: builtIn.simpleRNN({units: 2, recurrentInitializer: 'glorotNormal'}) as never, mergeMode: 'concat', name: 'again',
    }).apply(x) as SymbolicTensor;
    return functional({inputs: x, outputs: y});
  }, message: /layer 'again' \(Bidirectional\): a Keras file cannot hold this class/},
  {title: 'an activation of another meaning', given: () => small(
      builtIn.dense({units: 1, inputShape: [2], name: 'fc', activation: 'hardSigmoid'})), message: /layer 'fc' .*'hardSigmoid'/},
  {title: 'interpolation of another meaning', given: () => small(
      builtIn.upSampling2d({inputShape: [2, 2, 1], interpolation: 'bilinear', name: 'up'})), message: /layer 'up' .*bilinear/},
  {title: 'a rule for ties', given: () => small(
      layers.maxPooling2d({inputShape: [4, 4, 1], name: 'pool', ties: 'split'})), message: /layer 'pool' .*ties/},
  {title: 'a name with a slash', given: () => small(builtIn.dense({units: 1, inputShape: [2], name: 'a/b'})),
    message: /layer 'a\/b' .*no '\/' in names/},
  {title: 'a loss of the user\'s own', given: () => compiled({
    optimizer: 'sgd', loss: (y, p) => tf.losses.absoluteDifference(y, p) as tf.Scalar,
  }), message: /the loss of 'net'/},
  {title: 'a metric of the other sign', given: () => compiled({optimizer: 'sgd', loss: 'hinge', metrics: ['cosine']}),
    message: /no metric 'cosine'.*compile: false/},
  {title: 'half a layer frozen', given: () => {
    const net = small(builtIn.dense({units: 1, inputShape: [2], name: 'fc'}));
    net.layers[0]!.weights[0]!.trainable = false;
    return net;
  }, message: /layer 'fc': only 'fc\/kernel' of its weights is frozen/},
];

describe('exportKeras refuses', () => {
  beforeAll(async () => void await tf.setBackend('cpu'));
  for (const {title, given, options, message} of refusals) {
    it(title, async () => {
      const net = given() as LayersModel;
      await expectNoLeaks(async () => {
        await expectAsync(exportKeras(net, options as string)).toBeRejectedWithError(Error, message);
      });
    });
  }

  it('and leaves nothing behind when it does not', async () => {
    const net = models.toExplicit(convNet());
    await expectNoLeaks(() => exportKeras(net, {format: 'h5'}));
  });
});
