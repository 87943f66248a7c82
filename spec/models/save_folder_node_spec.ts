/** models.save and models.load on folders, which Node alone has. */
import {mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {models} from '../../src';
import {describeOnBackends} from '../support/backends';
import {expectClose} from '../support/matchers';
import {batch, net} from './support/saving';

describeOnBackends('save and load, in folders,', () => {
  let folder: string;
  beforeEach(async () => { folder = await mkdtemp(path.join(tmpdir(), 'saved-')); });
  afterEach(async () => {
    await rm(folder, {recursive: true});
    tf.disposeVariables();
  });

  it('take folders, file:// and a model.json in Node, whatever the backend', async () => {
    const model = net();
    for (const [target, source] of [
      [path.join(folder, 'a/b'), path.join(folder, 'a/b/model.json')], [`file://${folder}/c`, path.join(folder, 'c')],
    ] as const) {
      await models.save(model, target);
      await expectClose((await models.load(source)).predict(batch(1)) as tf.Tensor, model.predict(batch(1)) as tf.Tensor);
    }
    expect((await readdir(path.join(folder, 'c'))).sort()).toEqual(['model.json', 'weights.bin']);
  });

  it('replace a model in one step: what an interrupted save leaves is the previous one, whole', async () => {
    const first = net();
    await models.save(first, folder);
    const second = net();
    second.setWeights(second.getWeights().map((weight) => tf.mul(weight, 2)));
    const files = await readdir(folder);
    // All is written but the last step: a folder in the way of model.json makes it fail.
    const json = await readFile(path.join(folder, 'model.json'), 'utf8');
    await rename(path.join(folder, 'model.json'), path.join(folder, 'kept.json'));
    await models.save(second, path.join(folder, 'other'));
    await rename(path.join(folder, 'other/weights.bin'), path.join(folder, 'weights-2.bin'));
    await writeFile(path.join(folder, '.model.json.0abc.tmp'), json.slice(0, 100));
    await rename(path.join(folder, 'kept.json'), path.join(folder, 'model.json'));
    await expectClose((await models.load(folder)).predict(batch(1)) as tf.Tensor, first.predict(batch(1)) as tf.Tensor);
    await rm(path.join(folder, 'other'), {recursive: true});
    await models.save(second, folder);
    await expectClose((await models.load(folder)).predict(batch(1)) as tf.Tensor, second.predict(batch(1)) as tf.Tensor);
    expect((await readdir(folder)).length).toBe(files.length);
    await models.save(first, folder);
    expect((await readdir(folder)).sort()).toEqual(['model.json', 'weights.bin']);
  });

  describe('name the file and the layer', () => {
    let model: LayersModel;
    beforeEach(async () => {
      model = net();
      await models.save(model, folder);
    });
    const loading = (message: RegExp, options = {}) =>
      expectAsync(models.load(folder, options)).toBeRejectedWithError(message);
    const editTopology = async (from: string | RegExp, to: string) => {
      const file = path.join(folder, 'model.json');
      const text = await readFile(file, 'utf8');
      expect(text.replace(from, to)).not.toBe(text);
      await writeFile(file, text.replace(from, to));
    };

    it('where the weights are cut short', async () => {
      const file = path.join(folder, 'weights.bin');
      await truncate(file, (await stat(file)).size - 4);
      await loading(/saved-.*the weights are cut short: \d+ of \d+ bytes\. They end in the layer 'norm' \(weight 'norm\/moving_variance'\)/);
    });

    it('where they are damaged', async () => {
      const file = path.join(folder, 'weights.bin');
      const bytes = await readFile(file);
      bytes[20]! ^= 0xFF;
      await writeFile(file, bytes);
      await loading(/saved-.*the weights are damaged: the layer 'conv' \(weight 'conv\/kernel'\)/);
    });

    it('where they are missing', async () => {
      await rm(path.join(folder, 'weights.bin'));
      await loading(/weights\.bin, weights that .*model\.json names, cannot be read/);
    });

    it('where model.json is cut short or missing', async () => {
      await truncate(path.join(folder, 'model.json'), 100);
      await loading(/model\.json is damaged or cut short, it is not JSON/);
      await rm(path.join(folder, 'model.json'));
      await loading(/model\.json.*cannot be read/);
      await expectAsync(models.load(path.join(folder, 'nowhere'))).toBeRejectedWithError(/nowhere does not exist/);
    });

    it('where a shape is wrong', async () => {
      await editTopology('"units":3', '"units":4');
      await loading(/saved-.*the weight 'scores\/kernel' of the layer 'scores' has the shape \[36,3\] where the layer needs \[36,4\]/);
    });

    it('where a layer is unknown', async () => {
      await editTopology('"class_name":"ExplicitReLU"', '"class_name":"ExplicitSwish"');
      await loading(/saved-.*the layer 'relu' is of the unknown class 'ExplicitSwish'/);
    });

    it('where a layer cannot be made', async () => {
      await editTopology('"filters":4', '"filters":-4');
      await loading(/saved-.*do not make a model: layers\.conv2d 'conv': filters must be a whole number of at least 1/);
    });

    it('where weights and layers do not match', async () => {
      await editTopology(/"name":"scores"/g, '"name":"other"');
      await loading(/the layer 'scores' \(weight 'scores\/kernel'\) belongs to no layer of 'net'/);
      expect((await models.load(folder, {strict: false})).layers.at(-1)!.name).toBe('other');
    });
  });
});
