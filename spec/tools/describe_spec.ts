import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const CLI = fileURLToPath(new URL('../../tools/cli.mjs', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const conv = (config: object) => ({class_name: 'Conv2D', config: {
  name: 'conv', filters: 96, kernel_size: [11, 11], strides: [4, 4], padding: 'valid', data_format: 'channels_last',
  use_bias: true, ...config}});

describe('the command describe', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(path.join(tmpdir(), 'describe-')); });
  afterEach(() => rmSync(folder, {recursive: true}));

  const run = (topology: object | string, ...flags: string[]) => {
    writeFileSync(path.join(folder, 'model.json'), typeof topology === 'string' ? topology : JSON.stringify(topology));
    return spawnSync(process.execPath, [CLI, 'describe', folder, '--project', ROOT, ...flags], {encoding: 'utf8'});
  };
  const model = (config = {}) => ({modelTopology: {class_name: 'Sequential', config: {name: 'net', layers: [conv(config)]}}});

  it('prints the table, Markdown or JSON', () => {
    const size = ['--input-shape', '227,227,3'];
    const {stdout, status, stderr} = run(model(), ...size);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain('conv: W: (227 - 11 + 2*0)/4 + 1 = 55');
    expect(JSON.parse(run(model(), ...size, '--json').stdout).layers[0].output).toEqual([55, 55, 96]);
    expect(run(model({batch_input_shape: [null, 227, 227, 3]}), '--markdown').stdout).toContain('| conv | Conv2D | 227x227x3 |');
  });

  it('ends with 1 where there is no output, or no model', () => {
    const misfit = run(model(), '--input-shape', '9,9,3');
    expect(misfit.status).toBe(1);
    expect(misfit.stdout).toContain('The layer \'conv\' does not fit');
    const cut = run('{"model');
    expect(cut.status).toBe(1);
    expect(cut.stderr).toMatch(/model\.json cannot be read as JSON/);
    const other = run({name: 'some-package', version: '1.0.0'});
    expect(other.status).toBe(1);
    expect(other.stderr).toMatch(/is not a saved model: it has no modelTopology\. Name the model\.json/);
    expect(run(model(), '--input-shape', '3,3').stdout).not.toMatch(/NaN|total/);
    expect(run({modelTopology: {node: []}, format: 'graph-model'}).stderr).toContain('graph model');
    expect(run(model()).stderr).toMatch(/the shape of the input .* is not known/);
    expect(run(model(), '--input-shape', '0,1').status).toBe(2);
  });
});
