/** The library and its command line with every way to a network cut. */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';

import {ROOT} from '../../tools/bootstrap/root.mjs';
import {goldenPath} from '../keras/support/files';

/** Loaded first by every process: tells of a connection to a host, and ends. Pipes between processes are let through. */
const guard = `
import dgram from 'node:dgram';
import dns from 'node:dns';
import net from 'node:net';
const tell = (what) => { console.error('CONNECTION', what); process.exit(99); };
const {connect} = net.Socket.prototype;
net.Socket.prototype.connect = function(...args) {
  const [first] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof first === 'number' || first?.port !== undefined) tell(JSON.stringify(first));
  return connect.apply(this, args);
};
dgram.Socket.prototype.send = () => tell('a datagram');
dns.lookup = (name) => tell(name);
globalThis.fetch = (url) => tell(String(url));
`;

const program = `
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import {sequential} from '@tensorflow/tfjs-layers';
import {checks, layers, losses, models, ops} from '${pathToFileURL(path.join(ROOT, 'src', 'index.ts')).href}';
import {exportKeras, importKeras} from '${pathToFileURL(path.join(ROOT, 'src', 'keras', 'index.ts')).href}';
for (const backend of ['cpu', 'wasm']) {
  await tf.setBackend(backend);
  const net = sequential({layers: [layers.conv2d({filters: 2, kernelSize: 3, inputShape: [6, 6, 1]}),
    layers.globalAveragePooling2d(), layers.dense({units: 2})]});
  net.compile({optimizer: 'sgd', loss: losses.softmaxLoss});
  await net.fit(tf.ones([4, 6, 6, 1]), tf.tensor2d([[0, 1], [1, 0], [0, 1], [1, 0]]), {epochs: 1, verbose: 0});
  await models.save(net, process.argv[2]);
  models.describe(await models.load(process.argv[2]), null, {print: null});
  await importKeras(await exportKeras(net));
  ops.relu(tf.ones([2]));
  await checks.verifyBackend();
}
console.log('done');
`;

describe('SECURITY.md: no other part of the library opens a connection by itself:', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'connections-'));
    writeFileSync(path.join(folder, 'guard.mjs'), guard);
  });
  afterEach(() => rmSync(folder, {recursive: true}));

  function run(...args: string[]): {output: string, status: number | null} {
    const {stdout, stderr, status} = spawnSync(process.execPath, args, {cwd: ROOT, encoding: 'utf8', env: {
      ...process.env, NODE_OPTIONS: `--import ${pathToFileURL(path.join(folder, 'guard.mjs')).href}`}});
    expect(stderr).not.toContain('CONNECTION');
    expect(status).not.toBe(99);
    return {output: stdout + stderr, status};
  }

  it('training, saving, loading and checking', () => {
    const file = path.join(ROOT, 'node_modules', `.connections-${process.pid}.mts`);
    writeFileSync(file, program);
    try {
      expect(run('--import', 'tsx', file, path.join(folder, 'saved')).output).toMatch(/done\n/);
    } finally {
      rmSync(file);
    }
  }, 120_000);

  it('the command line', () => {
    expect(existsSync(path.join(ROOT, 'dist'))).toBeTrue();
    const cli = (...args: string[]) => run(path.join(ROOT, 'tools', 'cli.mjs'), ...args);
    const converted = path.join(folder, 'converted');
    expect(cli('convert', goldenPath('keras3_conv_net.keras'), converted).status).toBe(0);
    expect(cli('describe', converted).status).toBe(0);
    cli('doctor');
    cli('verify');
  }, 240_000);

  it('and one that opens would be seen', () => {
    const {stderr, status} = spawnSync(process.execPath, [
      '--import', pathToFileURL(path.join(folder, 'guard.mjs')).href, '-e', 'require("net").connect(80, "localhost")'],
    {encoding: 'utf8'});
    expect(stderr).toContain('CONNECTION');
    expect(status).toBe(99);
  });
});
