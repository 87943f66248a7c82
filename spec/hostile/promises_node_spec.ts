/** What SECURITY.md promises about files from others; the titles are its words. */
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {hostname, tmpdir} from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import {input, model as functional} from '@tensorflow/tfjs-layers';
import type {LayersModel, SymbolicTensor} from '@tensorflow/tfjs-layers';
import {zipSync} from 'fflate';

import {layers, models} from '../../src';
import {exportKeras, importKeras} from '../../src/keras';
import {memory, net} from '../models/support/saving';
import {backendNames} from '../support/backends';
import {oneDense} from './support/one_dense';

describe('SECURITY.md:', () => {
  let folder: string;
  beforeAll(() => tf.setBackend(backendNames[0]!));
  beforeEach(async () => { folder = await mkdtemp(path.join(tmpdir(), 'promises-')); });
  afterEach(async () => {
    await rm(folder, {recursive: true});
    tf.disposeVariables();
  });

  it('each promise is the title of a spec', async () => {
    const text = await readFile(new URL('../../SECURITY.md', import.meta.url), 'utf8');
    const promises = [...text.matchAll(/^ {2}- (.*)$/gm)].map(([, promise]) => promise!);
    expect(promises.length).toBeGreaterThan(9);
    const specs = new URL('../', import.meta.url);
    const files = (await readdir(specs, {recursive: true})).filter((name) => name.endsWith('_spec.ts'));
    const titles = await Promise.all(files.map((name) => readFile(new URL(name.replaceAll('\\', '/'), specs), 'utf8')));
    const missing = promises.filter((promise) =>
      !titles.some((each) => each.includes(`'${promise}`) || each.includes(`'SECURITY.md: ${promise}`)));
    expect(missing).toEqual([]);
  });

  const json = (topology: object, weightsManifest: object[]) =>
    writeFile(path.join(folder, 'model.json'), JSON.stringify({modelTopology: topology, weightsManifest}));
  const empty = {class_name: 'Sequential', config: {name: 's', layers: []}};

  describe('loading never hangs: a graph that does not hold together is refused before a layer is made', () => {
    const topology = async (change: [from: string, to: string]) => {
      const x = input({shape: [4], name: 'in'});
      const a = layers.dense({units: 4, name: 'a'}).apply(x) as SymbolicTensor;
      const handler = memory();
      const b = layers.dense({units: 2, name: 'b'}).apply(a) as SymbolicTensor;
      await models.save(functional({inputs: x, outputs: b}), handler);
      const text = JSON.stringify(handler.artifacts.modelTopology);
      expect(text.includes(change[0])).toBeTrue();
      return {...handler.artifacts, modelTopology: JSON.parse(text.replace(...change)) as object};
    };
    const changes: [title: string, change: [string, string], message: RegExp][] = [
      ['a call that is not there', ['"a",0,0', '"a",4,0'], /layer 'b' names call 4 of layer 'a', which has 1/],
      ['a layer that is not there', ['"a",0,0', '"c",0,0'], /layer 'b' names the layer 'c', which is not in the graph/],
      ['an output that is not there', ['"in",0,0', '"in",0,3'], /names output 3 of layer 'in', which has 1/],
      ['an output of a layer that is not there', ['"a",0,0', '"a",0,3'], /output 3 of layer 'a'/],
      ['a circle', ['"in",0,0', '"b",0,0'], /go in a circle/],
      ['a number that is none', ['"a",0,0', '"a",-1,0'], /a tensor must be \[layer's name/],
    ];
    for (const [title, change, message] of changes) {
      it(title, async () => {
        const artifacts = await topology(change);
        await expectAsync(models.load({load: async () => artifacts})).toBeRejectedWithError(message);
        if (!title.includes('output of a layer')) {
          expect(() => models.describe(artifacts.modelTopology, null, {print: null})).toThrowError(message);
        }
      });
    }
  });

  describe('memory stays in proportion to the file: sizes are compared before anything is read, unpacked or made', () => {
    const dense = (units: number) => ({class_name: 'Sequential', config: {name: 's', layers: [
      {class_name: 'Dense', config: {name: 'd', units, batch_input_shape: [null, 10000]}}]}});

    it('a file that is named many times', async () => {
      await writeFile(path.join(folder, 'z.bin'), new Uint8Array(100));
      await json(empty, [{paths: ['z.bin', 'z.bin'], weights: []}]);
      await expectAsync(models.load(folder)).toBeRejectedWithError(/names the file 'z\.bin' more than once/);
    });

    it('a file of weights larger than model.json says', async () => {
      await writeFile(path.join(folder, 'z.bin'), new Uint8Array(100));
      await json(empty, [{paths: ['z.bin'], weights: []}]);
      await expectAsync(models.load(folder)).toBeRejectedWithError(/have 100 bytes, but model\.json says 0/);
    });

    it('a topology that asks for more weights than the file holds', async () => {
      await writeFile(path.join(folder, 'z.bin'), new Uint8Array(4));
      await json(dense(50000), [{paths: ['z.bin'], weights: [{name: 'd/kernel', shape: [1], dtype: 'float32'}]}]);
      await expectAsync(models.load(folder))
        .toBeRejectedWithError(/layer 'd' needs a weight 'kernel' .* but the file holds 4 bytes/);
      await expectAsync(models.load({load: async () => ({modelTopology: dense(50000)})})).toBeRejectedWithError(/64 MB/);
    });

    it('an archive that unpacks to more than its model needs', async () => {
      const config = {class_name: 'Sequential', config: {name: 's', layers: [
        {class_name: 'InputLayer', config: {name: 'in', batch_shape: [null, 2]}},
        {class_name: 'Dense', config: {name: 'd', units: 1}}]}};
      const text = (value: object) => new TextEncoder().encode(JSON.stringify(value));
      const bytes = zipSync({
        'metadata.json': text({keras_version: '3.0.0'}), 'config.json': text(config),
        'model.weights.h5': new Uint8Array(80 << 20),
      });
      await expectAsync(importKeras(bytes)).toBeRejectedWithError(/unpacks to \d+ bytes, too many for weights for a model/);
    });
  });

  it('paths stay inside the folder, and what is read is a file', async () => {
    for (const name of ['../z.bin', 'a/../../z.bin', '/dev/zero', 'C:\\z.bin',
      '..\\z.bin', '%2e%2e/z.bin', '%252e%252e/z.bin', 7]) {
      await json(empty, [{paths: [name], weights: []}]);
      await expectAsync(models.load(folder)).withContext(String(name)).toBeRejectedWithError(/may lie outside its folder/);
    }
    await json(empty, [{paths: ['.'], weights: []}]);
    await expectAsync(models.load(folder)).toBeRejectedWithError(/it is not a file/);
    await expectAsync(models.load('/dev/zero')).toBeRejectedWithError(/it is not a file/);
    for (const place of ['/dev/zero', folder]) {
      await expectAsync(importKeras(place)).withContext(place).toBeRejectedWithError(/^importKeras: .* it is not a file/);
    }
  });

  describe('weights are numbers, and words of a file are not keys of a prototype', () => {
    it('text for weights', async () => {
      const bytes = await oneDense(1, (group) => group.create_dataset({name: 'kernel', data: ['one'], shape: [1]}));
      await expectAsync(importKeras(bytes)).toBeRejectedWithError(/dataset '.*kernel' holds (text|lists of varying length)/);
    });

    for (const word of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      it(word, async () => {
        for (const keras_version of ['3.0.0', '2.15.0', 'tfjs-layers 4.22.0']) {
          const layer = (class_name: string, config: object) => ({
            keras_version, class_name: 'Sequential', config: {name: 's', layers: [
              {class_name, config: {name: 'd', units: 1, batch_input_shape: [null, 1], ...config}}]},
          });
          for (const modelTopology of [layer(word, {}), layer('Dense', {activation: word})]) {
            await expectAsync(models.load({load: async () => ({modelTopology})})).toBeRejectedWithError(/^models\.load: /);
          }
        }
      });
    }
  });

  it('nothing in a file is run as code, or written outside the given folder', async () => {
    const code = 'globalThis.ranFromAFile = true';
    const named = globalThis as {ranFromAFile?: boolean};
    const layer = (class_name: string, config: object) => ({class_name: 'Sequential', keras_version: '2.15.0', config: {
      name: 's', layers: [{class_name, config: {name: 'a/../../evil', units: 1, batch_input_shape: [null, 1], ...config}}]}});
    for (const modelTopology of [
      layer('Lambda', {function: [code, null, null], function_type: 'lambda'}), layer(code, {}),
      layer('Dense', {activation: code}), layer('Dense', {kernel_initializer: {class_name: code, config: {}}}),
    ]) {
      await expectAsync(models.load({load: async () => ({modelTopology})})).toBeRejectedWithError(/^models\.load: /);
    }
    const loaded = await models.load({load: async () => ({modelTopology: layer('Dense', {})})}, {strict: false});
    await models.save(loaded, path.join(folder, 'a', 'b', 'c'));
    expect((await readdir(folder, {recursive: true})).sort()).toEqual([
      'a', 'a/b', 'a/b/c', ...(await readdir(path.join(folder, 'a', 'b', 'c'))).map((name) => `a/b/c/${name}`),
    ].sort());
    expect(named.ranFromAFile).toBeUndefined();
  });

  describe('the save that was called last remains, whole, and clears what a killed one left', () => {
    const filled = (value: number): LayersModel => {
      const model = net();
      model.setWeights(model.getWeights().map((weight) => tf.fill(weight.shape, value)));
      return model;
    };

    it('of two that overlap', async () => {
      const [a, b] = [filled(1), filled(2)];
      for (let i = 0; i < 5; i++) {
        await Promise.all([models.save(a, folder), models.save(b, `${folder}/`)]);
        const loaded = await models.load(folder);
        expect((await loaded.getWeights()[0]!.data())[0]).toBe(2);
        loaded.dispose();
      }
    });

    it('after one that was killed', async () => {
      await models.save(filled(1), folder);
      await writeFile(path.join(folder, `.weights.bin.${hostname().replace(/[^\w-]/g, '_')}.999999999.abc.tmp`), 'x');
      await writeFile(path.join(folder, 'weights-2.bin'), 'x');
      await writeFile(path.join(folder, '.model.json.0abc.tmp'), 'x');
      await models.save(filled(2), folder);
      const names = await readdir(folder);
      expect(names.filter((name) => /^weights/.test(name)).length + names.filter((name) => /0abc/.test(name)).length).toBe(1);
    });
  });

  it('an exported file is read again', async () => {
    expect((await importKeras(await exportKeras(net()))).layers.length).toBeGreaterThan(0);
  });
});
