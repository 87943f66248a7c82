import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {strToU8, unzipSync, zipSync} from 'fflate';

import {importKeras} from '../../src/keras';
import {namesAttribute, textAttribute} from '../../src/keras/hdf5';
import {losses} from '../../src';
import {outputsOf} from '../models/support/models';
import {backendNames, describeOnBackends} from '../support/backends';
import {expectClose, expectNoLeaks} from '../support/matchers';
import {damaged, drawing} from '../../tools/fuzz/damage';
import {goldenBytes, goldenNames, goldenPath, goldenValues} from './support/files';

const tolerance = {relative: 1e-5, absolute: 1e-5};

describe('attributes of an HDF5 file', () => {
  beforeAll(() => tf.setBackend(backendNames[0]!));

  const group = (metadata: object) => ({attrs: {config: {metadata, get value() { throw new Error('it was read'); }}}}) as never;

  it('that declare more than text takes are refused before they are read', () => {
    for (const read of [textAttribute, namesAttribute]) {
      expect(() => read(group({shape: [2e9], size: 4}), 'config'))
        .toThrowError(/its attribute 'config' declares 8000000000 bytes, more than text of a model takes/);
      expect(() => read(group({shape: [], size: 9}), 'config')).toThrowError('it was read');
    }
  });

  it('whose texts are longer than any file take no memory', async () => {
    // Found by: npm run fuzz -- --seed 101 --case 2206
    const draw = drawing(101, 2206);
    const names = goldenNames.filter((name) => name.endsWith('.h5'));
    const bytes = damaged(goldenBytes(names[draw(names.length)]!), draw);
    await importKeras(goldenBytes('keras3_branching.h5'));
    const before = process.resourceUsage().maxRSS;
    await expectAsync(importKeras(bytes)).toBeRejectedWithError(/^importKeras: the file /);
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(150 << 10);  // kilobytes
    (await importKeras(goldenBytes('keras3_branching.h5'))).dispose();
  });
});

describeOnBackends('importKeras', () => {
  for (const name of goldenNames) {
    it(`gives Keras's outputs of ${name}`, async () => {
      const {inputs, outputs} = goldenValues(name);
      const model = await importKeras(goldenPath(name));
      for (const [i, output] of outputsOf(model, inputs).entries()) {
        await expectClose(output, outputs[i]!, tolerance, `output ${i}`);
      }
    });
  }
});

describeOnBackends('importKeras, the model', () => {
  for (const name of goldenNames.filter((golden) => golden.includes('conv_net'))) {
    it(`of ${name} has names, classes, flags and settings of Python's`, async () => {
      const model = await importKeras(goldenPath(name));
      expect(model.name).toBe('conv_net');
      expect(describeLayers(model)).toEqual([
        'margin ZeroPadding2D', 'conv_1 ExplicitConv2D', 'norm_1 ExplicitBatchNormalization', 'cap ExplicitReLU',
        'pool ExplicitMaxPooling2D', 'wide ExplicitConv2D', 'norm_2 ExplicitBatchNormalization frozen',
        'leak ExplicitReLU', 'flat Flatten', 'drop ExplicitDropout', 'fc ExplicitDense frozen',
        'layer_norm ExplicitLayerNormalization', 'scores ExplicitDense',
      ]);
      const conv = model.getLayer('conv_1').getConfig();
      expect(conv['kernelConstraint']).toEqual({className: 'MaxNorm', config: {maxValue: 3, axis: 0}});
      const {config} = conv['kernelRegularizer'] as {config: {[key: string]: number}};
      expect([config['l1'], config['l2']]).toEqual([0, jasmine.any(Number)]);
      expect(config['l2']).toBeCloseTo(0.01, 8);
      expect(model.getLayer('norm_1').getConfig()).toEqual(jasmine.objectContaining({momentum: 0.9, epsilon: 1e-4}));
      expect(model.optimizer.getClassName()).toBe('Adam');
      expect(model.optimizer.getConfig()).toEqual({learningRate: 0.002, beta1: 0.8, beta2: 0.999, epsilon: 1e-7});
      expect((model as unknown as {loss: unknown}).loss).toBe(losses.softmaxLoss);
      expect((model as unknown as {metrics: string[]}).metrics[0]).toMatch(/^(accuracy|categoricalAccuracy)$/);
    });
  }

  it('trains on, the frozen layers as they were', async () => {
    const model = await importKeras(goldenPath('keras3_conv_net.keras'));
    const [frozen, moved] = [model.getLayer('norm_2'), model.getLayer('norm_1')].map((layer) =>
      layer.getWeights().map((weight) => weight.clone()));
    const x = tf.randomNormal([6, 9, 8, 2]);
    await model.fit(x, losses.oneHot([0, 1, 2, 0, 1, 2], 3), {epochs: 1, verbose: 0});
    for (const [i, weight] of model.getLayer('norm_2').getWeights().entries()) await expectClose(weight, frozen![i]!);
    const distance = tf.max(tf.abs(tf.sub(model.getLayer('norm_1').getWeights()[2]!, moved![2]!)));
    expect((await distance.data())[0]).toBeGreaterThan(0);
  });

  it('has layers of tf.layers if asked', async () => {
    const model = await importKeras(goldenBytes('tf_keras_branching.h5'), {layers: 'builtIn'});
    expect(describeLayers(model).join()).not.toContain('Explicit');
    expect(model.optimizer.getConfig()).toEqual({learningRate: 0.05, momentum: 0.9, useNesterov: true});
  });

  it('is not compiled if so asked, and takes an ArrayBuffer', async () => {
    const model = await importKeras(goldenBytes('keras3_conv_net.keras').buffer as ArrayBuffer, {compile: false});
    expect(model.optimizer).toBeUndefined();
  });

  it('leaves nothing behind once disposed', async () => {
    await expectNoLeaks(async () => {
      (await importKeras(goldenPath('keras3_conv_net.keras'))).dispose();
    });
  });
});

interface KerasConfig {
  config: {layers: {class_name: string, module: string, config: {[key: string]: unknown}}[]};
  compile_config: {[key: string]: unknown};
}

/** The file with something else in its config.json. */
function changed(change: (config: KerasConfig) => void): Uint8Array {
  const members = unzipSync(goldenBytes('keras3_conv_net.keras'));
  const config = JSON.parse(new TextDecoder().decode(members['config.json'])) as KerasConfig;
  change(config);
  return zipSync({...members, 'config.json': strToU8(JSON.stringify(config))}, {level: 0});
}

function flipped(bytes: Uint8Array, place: number): Uint8Array {
  const copy = bytes.slice();
  copy[place]! ^= 0xff;
  return copy;
}

const archive = goldenBytes('keras3_conv_net.keras');
const legacy = goldenBytes('tf_keras_conv_net.h5');
const layerOf = (config: KerasConfig, name: string) => config.config.layers.find((layer) => layer.config['name'] === name)!;

const refusals: {title: string, given: () => unknown, options?: object, message: RegExp}[] = [
  {title: 'no file', given: () => '/nowhere/net.keras', message: /^importKeras: \/nowhere\/net\.keras cannot be read/},
  {title: 'what is no source', given: () => 7, message: /^importKeras: the source must be a path or the bytes.*Got 7/},
  {title: 'an unknown option', given: () => archive, options: {layer: 'explicit'}, message: /unknown option layer/},
  {title: 'another file', given: () => strToU8('{"a": 1}'), message: /the file is no Keras file/},
  {title: 'a .keras cut short', given: () => archive.slice(0, 20_000), message: /the file is damaged or cut short/},
  {title: 'a .keras with a wrong byte', given: () => flipped(archive, 40_000), message: /the file is damaged.*model\.weights\.h5/},
  {title: 'a .h5 cut short', given: () => legacy.slice(0, 30_000), message: /the file is damaged, cut short or no HDF5.*Download or save it again\.$/},
  {title: 'a .keras without weights', given: () => {
    const {'model.weights.h5': _, ...rest} = unzipSync(archive);
    return zipSync(rest);
  }, message: /has no model\.weights\.h5/},
  {title: 'a model of a class of its own', given: () => changed((config) => {
    (config as unknown as {class_name: string}).class_name = 'MyModel';
  }), message: /the model is of the class 'MyModel'/},
  {title: 'an unknown layer', given: () => changed((config) => {
    layerOf(config, 'cap').class_name = 'Swishy';
  }), message: /layer 'cap' \(Swishy\): tfjs has no layer of this class/},
  {title: 'an operation for a layer', given: () => changed((config) => {
    layerOf(config, 'cap').module = 'keras.src.ops.numpy';
  }), message: /layer 'cap' .*an operation of keras\.src\.ops\.numpy/},
  {title: 'an argument that tfjs does not have', given: () => changed((config) => {
    layerOf(config, 'norm_1').config['renorm'] = true;
  }), message: /layer 'norm_1' \(BatchNormalization\): renorm is true/},
  {title: 'half precision', given: () => changed((config) => {
    layerOf(config, 'fc').config['dtype'] = {class_name: 'DTypePolicy', config: {name: 'float16'}};
  }), message: /layer 'fc' \(Dense\): it computes in float16/},
  {title: 'an activation of another meaning', given: () => changed((config) => {
    layerOf(config, 'fc').config['activation'] = 'sharp';
  }), message: /layer 'fc' .*tfjs has no activation 'sharp'/},
  {title: 'weights of another shape', given: () => changed((config) => {
    layerOf(config, 'scores').config['units'] = 4;
  }), message: /weight 'scores\/kernel' of the layer 'scores' has the shape \[5,3\] where the layer needs \[5,4\]/},
  {title: 'too few weights', given: () => changed((config) => {
    layerOf(config, 'wide').config['use_bias'] = true;
  }), message: /layer 'wide' needs 2 weights, the file has 1/},
  {title: 'an optimizer that tfjs does not have', given: () => changed((config) => {
    config.compile_config['optimizer'] = {class_name: 'Lion', config: {}};
  }), message: /tfjs has no optimizer 'Lion'.*compile: false/},
  {title: 'a setting of it that tfjs does not have', given: () => changed((config) => {
    (config.compile_config['optimizer'] as KerasConfig['config']['layers'][0]).config['clipnorm'] = 1;
  }), message: /the optimizer Adam has clipnorm 1/},
  {title: 'a schedule', given: () => changed((config) => {
    (config.compile_config['optimizer'] as KerasConfig['config']['layers'][0]).config['learning_rate'] =
        {class_name: 'ExponentialDecay', config: {}};
  }), message: /learningRate .*no schedule/},
  {title: 'label smoothing', given: () => changed((config) => {
    (config.compile_config['loss'] as KerasConfig['config']['layers'][0]).config['label_smoothing'] = 0.1;
  }), message: /the loss CategoricalCrossentropy has label_smoothing 0\.1/},
  {title: 'loss weights', given: () => changed((config) => {
    config.compile_config['loss_weights'] = [2];
  }), message: /compiled with loss_weights \[2\]/},
];

/** How a model may be compiled in Python that tfjs lacks. */
const compiled: {[title: string]: {[key: string]: unknown}} = {
  AdamW: {optimizer: {class_name: 'AdamW', config: {}}},
  clipnorm: {optimizer: {class_name: 'SGD', config: {learning_rate: 0.1, clipnorm: 1}}},
  clipvalue: {optimizer: {class_name: 'Adam', config: {learning_rate: 0.1, clipvalue: 1}}},
  global_clipnorm: {optimizer: {class_name: 'Adam', config: {learning_rate: 0.1, global_clipnorm: 1}}},
  weight_decay: {optimizer: {class_name: 'Adam', config: {learning_rate: 0.1, weight_decay: 0.01}}},
  use_ema: {optimizer: {class_name: 'Adam', config: {learning_rate: 0.1, use_ema: true}}},
  amsgrad: {optimizer: {class_name: 'Adam', config: {learning_rate: 0.1, amsgrad: true}}},
  gradient_accumulation_steps: {optimizer: {class_name: 'Adam', config: {gradient_accumulation_steps: 2}}},
  learningRate: {optimizer: {class_name: 'SGD', config: {learning_rate: {class_name: 'CosineDecay', config: {}}}}},
  label_smoothing: {loss: {class_name: 'BinaryCrossentropy', config: {label_smoothing: 0.1}}},
  reduction: {loss: {class_name: 'MeanSquaredError', config: {reduction: 'sum'}}},
  Huber: {loss: {class_name: 'Huber', config: {delta: 0.5}}},
  AUC: {metrics: [{class_name: 'AUC', config: {}}]},
  loss_weights: {loss_weights: [2]},
  weighted_metrics: {weighted_metrics: ['mae']},
};

describe('importKeras refuses to compile', () => {
  for (const [title, config] of Object.entries(compiled)) {
    it(`${title}, and comes in with {compile: false}`, async () => {
      const file = changed((given) => void Object.assign(given.compile_config, config));
      await expectAsync(importKeras(file)).toBeRejectedWithError(
          new RegExp(`importKeras: the file: .*${title}.*importKeras\\(file, \\{compile: false\\}\\)`));
      expect((await importKeras(file, {compile: false})).optimizer).toBeUndefined();
    });
  }

  it('nothing that changes no number: jit_compile, steps_per_execution', async () => {
    const model = await importKeras(changed((given) =>
      void Object.assign(given.compile_config, {jit_compile: true, steps_per_execution: 4, run_eagerly: true})));
    expect(model.optimizer.getClassName()).toBe('Adam');
  });
});

describe('importKeras refuses', () => {
  beforeAll(() => tf.setBackend(backendNames[0]!));

  for (const {title, given, options, message} of refusals) {
    it(title, async () => {
      const source = given() as Uint8Array;
      await expectNoLeaks(async () => {
        await expectAsync(importKeras(source, options)).toBeRejectedWithError(Error, message);
      });
    });
  }
});

function describeLayers(model: LayersModel): string[] {
  return model.layers.map((layer) => `${layer.name} ${layer.getClassName()}${layer.trainable ? '' : ' frozen'}`);
}
