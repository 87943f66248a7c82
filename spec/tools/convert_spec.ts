import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import {unzipSync, zipSync} from 'fflate';

import {models} from '../../src';
import {importKeras} from '../../src/keras';
import '../support/backends';
import {expectClose} from '../support/matchers';
import {goldenPath} from '../keras/support/files';
import {Scratch} from './support/fixtures';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** tfjs applies constraints whenever it loads weights. */
const setAnew = {relative: 1e-6, absolute: 1e-6};

function convert(...args: string[]) {
  return spawnSync(process.execPath, ['tools/cli.mjs', 'convert', ...args], {cwd: root, encoding: 'utf8'});
}

describe('tfjs-explicit-layers convert', () => {
  let scratch: Scratch;
  beforeAll(async () => void await tf.setBackend('cpu'));
  beforeEach(() => {
    if (!existsSync(`${root}dist/keras.cjs`)) pending('the library is not built');
    scratch = new Scratch();
  });
  afterEach(() => scratch?.remove());

  it('goes from .keras to a folder, to .h5 and to .keras, and nothing is lost', async () => {
    const given = goldenPath('keras3_conv_net.keras');
    const places = ['net', 'net.h5', 'again.keras'].map((name) => path.join(scratch.root, name));
    [given, ...places].slice(0, -1).forEach((from, i) => {
      const {status, stdout, stderr} = convert(from, places[i]!);
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toBe(`${places[i]}: the model 'conv_net', 13 layers, 875 weights\n`);
    });
    const [first, last, folder] = [await importKeras(given), await importKeras(places[2]!), await models.load(places[0]!)];
    for (const model of [last, folder]) {
      for (const [i, weight] of model.getWeights().entries()) await expectClose(weight, first.getWeights()[i]!, setAnew);
      expect(model.optimizer.getConfig()['learningRate']).toBeCloseTo(0.002, 8);
    }
    expect(folder.layers.map((layer) => layer.getClassName()).join()).not.toContain('Explicit');
  }, 60_000);

  it('keeps explicit layers where a folder is to have them', async () => {
    const folder = path.join(scratch.root, 'net');
    expect(convert(goldenPath('keras3_depthwise.keras'), `${folder}/model.json`, '--layers', 'explicit').status).toBe(0);
    const classes = (await models.load(folder)).layers.map((layer) => layer.getClassName());
    expect(classes).toContain('ExplicitConv2D');
  }, 60_000);

  it('refuses by name, and writes nothing', () => {
    const folder = path.join(scratch.root, 'net');
    const {status, stderr} = convert(goldenPath('keras3_depthwise.keras'), folder);
    expect(status).toBe(1);
    expect(stderr).toMatch(/layer 'grouped' .*groups 2.*--layers explicit/s);
    expect(stderr).not.toContain('    at ');
    expect(existsSync(folder)).toBeFalse();
  });

  it('goes without what the model was compiled with, where that is asked for, and says so where it is needed', async () => {
    const given = goldenPath('keras3_conv_net.keras');
    const [label, folder] = ['clipped.keras', 'net'].map((name) => path.join(scratch.root, name)) as [string, string];
    const members = unzipSync(new Uint8Array(readFileSync(given)));
    const config = new TextDecoder().decode(members['config.json']);
    writeFileSync(label, zipSync({
      ...members, 'config.json': new TextEncoder().encode(config.replace('"clipnorm": null', '"clipnorm": 1.0')),
    }));
    const refused = convert(label, folder);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/Adam has clipnorm 1.*On the command line that is --no-compile\./s);
    expect(existsSync(folder)).toBeFalse();
    const {status, stderr} = convert(label, folder, '--no-compile');
    expect([status, stderr]).toEqual([0, '']);
    const [first, last] = [await importKeras(given), await models.load(folder)];
    for (const [i, weight] of last.getWeights().entries()) await expectClose(weight, first.getWeights()[i]!, setAnew);
    expect(last.optimizer).toBeFalsy();
  }, 60_000);

  it('refuses an ending that it does not know', () => {
    const {status, stderr} = convert(goldenPath('keras3_depthwise.keras'), path.join(scratch.root, 'net.onnx'));
    expect(stderr).toContain('expected a name that ends in .keras, .h5 or .hdf5, or a folder');
    expect(status).toBe(1);
  });
});
