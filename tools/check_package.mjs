/**
 * Packs the library, installs the tarball into an empty folder as a user would, and uses it there: by `import`, by
 * `require`, by both at once, from TypeScript with either module resolution, and through its command.
 */
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const version = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    .devDependencies['@tensorflow/tfjs-core'].replace('^', '');
const work = mkdtempSync(path.join(os.tmpdir(), 'explicit-layers-package-'));
const user = {
  'package.json': JSON.stringify({name: 'user', private: true}),
  'esm.mjs': `
    import '@tensorflow/tfjs-backend-cpu';
    import * as tf from '@tensorflow/tfjs';
    import {createRequire} from 'node:module';
    import {layers, losses, ops} from 'tfjs-explicit-layers';
    import {conv2d} from 'tfjs-explicit-layers/ops';
    const required = createRequire(import.meta.url)('tfjs-explicit-layers');
    if (required.ops.conv2d !== ops.conv2d || conv2d !== ops.conv2d) throw new Error('two copies of the ops');
    const layer = required.layers.reLU();
    if (layer.constructor !== layers.reLU().constructor) throw new Error('two sets of classes');
    await tf.setBackend('cpu');
    const model = tf.sequential({layers: [
      layers.conv2d({inputShape: [6, 6, 1], filters: 2, kernelSize: 3}), layer, tf.layers.flatten(),
      layers.dense({units: 2})]});
    model.compile({optimizer: 'sgd', loss: losses.softmaxLoss});
    const loss = await model.trainOnBatch(tf.ones([4, 6, 6, 1]), losses.oneHot([0, 1, 0, 1], 2));
    if (!Number.isFinite(loss)) throw new Error('loss ' + loss);`,
  'cjs.cjs': `
    const tf = require('@tensorflow/tfjs');
    const {ops, reference} = require('tfjs-explicit-layers');
    const out = ops.relu(tf.tensor1d([-1, 2])).arraySync();
    if (String(out) !== '0,2') throw new Error(String(out));
    if (typeof reference.convForward !== 'function') throw new Error('no reference');`,
  'wasm.mjs': `
    import * as tf from '@tensorflow/tfjs';
    import '@tensorflow/tfjs-backend-wasm';
    import {checks} from 'tfjs-explicit-layers';
    await tf.setBackend('wasm');
    const {ok} = await checks.gradCheck(x => tf.square(x), [tf.tensor1d([1, 2])]);
    if (!ok) throw new Error('gradCheck');`,
  'types.ts': `
    import type {Tensor4D} from '@tensorflow/tfjs-core';
    import {layers, ops} from 'tfjs-explicit-layers';
    import type {Padding2D} from 'tfjs-explicit-layers';
    import {relu} from 'tfjs-explicit-layers/ops';
    const padding: Padding2D = [[1, 0], [0, 1]];
    export const f = (x: Tensor4D): Tensor4D => relu(ops.conv2d(x, x, null, {padding}));
    export const layer = layers.maxPooling2d({poolSize: 2, ties: 'split'});
    // @ts-expect-error an unknown option
    export const bad = layers.conv2d({filters: 1, kernelSize: 1, stride: 2});`,
};

/**
 * @param {string} what
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 */
function run(what, command, args, cwd) {
  const start = Date.now();
  const {status, stdout, stderr, error} = spawnSync(command, args, {cwd, encoding: 'utf8'});
  if (status !== 0) throw new Error(`${what} failed (${error?.message ?? `exit code ${status}`}):\n${stdout}\n${stderr}`);
  console.log(`${what}: well, ${((Date.now() - start) / 1000).toFixed(1)} s`);
  return stdout;
}

/** @param {string} to */
function pack(to) {
  const listed = run('npm pack', 'npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', to], root);
  const [{filename, files}] = JSON.parse(listed);
  const tarball = path.join(to, filename);
  return {tarball, files: files.map((/** @type {{path: string}} */ file) => file.path),
    hash: createHash('sha256').update(readFileSync(tarball)).digest('hex')};
}

try {
  const first = pack(work);
  if (pack(work).hash !== first.hash) throw new Error('npm pack gives other bytes the second time');
  const stray = first.files.filter((/** @type {string} */ file) =>
    !/^(dist|tools)\/|^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/.test(file));
  if (stray.length > 0) throw new Error(`the package holds what it should not: ${stray.join(', ')}`);

  for (const [name, text] of Object.entries(user)) writeFileSync(path.join(work, name), text);
  const peers = ['tfjs', 'tfjs-core', 'tfjs-layers', 'tfjs-backend-cpu', 'tfjs-backend-wasm'];
  run('npm install', 'npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', first.tarball,
    ...peers.map(name => `@tensorflow/${name}@${version}`)], work);
  for (const file of ['esm.mjs', 'cjs.cjs', 'wasm.mjs']) run(file, process.execPath, [file], work);
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  for (const [module, resolution] of [['node16', 'node16'], ['esnext', 'bundler']]) {
    run(`types, ${resolution}`, process.execPath, [tsc, '--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022',
      '--module', module, '--moduleResolution', resolution, 'types.ts'], work);
  }
  const help = run('npx tfjs-explicit-layers --help', 'npx', ['--no-install', 'tfjs-explicit-layers', '--help'], work);
  if (!help.includes('setup-node')) throw new Error(`--help names no setup-node:\n${help}`);
  run('verify --backend cpu', 'npx', ['--no-install', 'tfjs-explicit-layers', 'verify', '--backend', 'cpu'], work);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(work, {recursive: true, force: true});
}
