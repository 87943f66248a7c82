import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn, sequential} from '@tensorflow/tfjs-layers';

import {layers, models} from '../../src';
import type {checks} from '../../src';
import {backendNames} from '../support/backends';

const root = fileURLToPath(new URL('../../', import.meta.url));

function run(...args: string[]) {
  return spawnSync(process.execPath, ['tools/cli.mjs', 'compare', '--backend', 'cpu', ...args],
      {cwd: root, encoding: 'utf8'});
}

describe('tfjs-explicit-layers compare', () => {
  let folder = '';
  beforeAll(() => tf.setBackend(backendNames[0]!));
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'compare-'));
    if (!existsSync(`${root}dist/index.cjs`)) pending('the library is not built');
  });
  afterEach(() => rmSync(folder, {recursive: true, force: true}));

  const save = async (model: ReturnType<typeof sequential>) => {
    await models.save(model, folder);
    model.dispose();
    return path.join(folder, 'model.json');
  };

  it('prints a table of the explicit layers of a saved model', async () => {
    const file = await save(sequential({layers: [
      layers.dense({inputShape: [5], units: 4, name: 'hidden'}), layers.batchNormalization({name: 'norm'}),
    ]}));
    const {stdout, stderr, status} = run(file, '--steps', '2');
    expect(status).withContext(stderr).toBe(0);
    expect(stdout).toMatch(/^hidden +\S+ +\S+ +\S+ +\d/m);
    expect(stdout).toMatch(/^norm /m);
    expect(stdout).toContain('Losses over 2 steps');
  });

  it('puts explicit layers in place of built-in ones, takes open sizes from a flag, speaks JSON', async () => {
    const file = await save(sequential({layers: [
      builtIn.conv2d({inputShape: [null, null, 1], filters: 2, kernelSize: 3, name: 'conv'}),
    ]}));
    expect(run(file).stderr).toContain('--input-shape 32,32,1');
    expect(run(file, '--input-shape', '4,4').stderr).toContain('does not fit the model, whose input is [?,?,1]');
    const {stdout} = run(file, '--input-shape', '6,5,1', '--batch', '2', '--json');
    const report: checks.CompareReport = JSON.parse(stdout);
    expect(report.layers.map(({name, className, builtIn: twin}) => [name, className, twin]))
        .toEqual([['conv', 'ExplicitConv2D', 'Conv2D']]);
    expect(report.model.losses.builtIn!.length).toBe(10);
  });

  it('says what is wrong with a file, without a stack', () => {
    const file = path.join(folder, 'model.json');
    expect(run(file).stderr).toBe(`There is no file ${file}.\n`);
    writeFileSync(file, '{}');
    const {stderr, status} = run(file);
    expect(stderr).toContain('model.json');
    expect(stderr).not.toMatch(/^ +at /m);
    expect(status).toBe(1);
  });
});
