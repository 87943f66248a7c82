/** What works on which backend, ours beside the built-in layers, and the page in docs/ that says so. */
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import {Command, Option} from 'commander';

import {NODE_BACKENDS, startBackend} from '../examples/shared/backend';
import type {NodeBackend} from '../examples/shared/backend';
import {readFlags} from '../examples/shared/flags';
import {startProgress} from '../examples/shared/progress';
import {nodeBinding} from '../src/tfjs_private';
import {ROOT} from './bootstrap/root.mjs';
import {findChromium, NoBrowserError} from './browser/chromium';
import {runInBrowser} from './compatibility/browser';
import {features} from './compatibility/features';
import {runKept} from './compatibility/kept';
import {runFeatures} from './compatibility/run';
import {compatibilityPage, summary} from './compatibility/table';
import type {BackendResults} from './compatibility/table';

const ALL = ['cpu', 'wasm', 'tensorflow', 'webgl', 'webgpu'];
const PAGE = path.join(ROOT, 'docs', 'compatibility.md');

async function main(args: string[]): Promise<number> {
  const program = new Command('npm run compat --')
    .addHelpText('after', '\nExamples:\n  npm run compat -- --backend cpu wasm\n  npm run compat -- --write')
    .description('Runs every feature with this package and with tf.layers on each backend, and checks values and ' +
      'gradients against a float64 reference. webgl and webgpu run in headless Chromium.')
    .addOption(new Option('--backend <names...>', 'only these backends').choices(ALL).default(ALL))
    .option('--write', 'write docs/compatibility.md (only with all backends)');
  const flags = readFlags<{backend: string[], write?: true}>(program, args);
  if (typeof flags === 'number') return flags;
  const write = flags.write === true;
  const backends = ALL.filter((name) => flags.backend.includes(name));
  if (write && backends.length < ALL.length) {
    console.error('--write needs every backend, or columns would be lost. Leave out --backend.');
    return 2;
  }
  if (backends.some((name) => !isForNode(name))) findChromium();

  const all: BackendResults[] = [];
  for (const backend of backends) all.push(await run(backend));
  if (write) writeFileSync(PAGE, compatibilityPage(all, 'npm run compat -- --write'));
  console.log(summary(all));
  if (write) console.log(`Written: ${path.relative(process.cwd(), PAGE)}`);
  return all.every(({results}) => results.every(({ours}) => ours.verdict === 'works')) ? 0 : 1;
}

async function run(backend: string): Promise<BackendResults> {
  const bar = startProgress(backend);
  const onProgress = (done: number) => bar.update(done, features.length);
  try {
    if (!isForNode(backend)) return await runInBrowser(backend, onProgress);
    const started = await startBackend(backend, () => undefined);
    if (started.name !== backend) {
      throw new NoBackendError('tfjs-node does not load here. What it needs: npx tfjs-explicit-layers doctor');
    }
    const results = await runFeatures(features, onProgress);
    return {backend, environment: environmentOf(backend), results, kept: await runKept()};
  } finally {
    bar.stop();
  }
}

class NoBackendError extends Error {}

function isForNode(name: string): name is NodeBackend {
  return (NODE_BACKENDS as readonly string[]).includes(name);
}

function environmentOf(backend: NodeBackend): string {
  if (backend !== 'tensorflow') return `tfjs ${tf.version_core}`;
  const manifest = path.join(ROOT, 'node_modules/@tensorflow/tfjs-node/package.json');
  const {version} = JSON.parse(readFileSync(manifest, 'utf8')) as {version: string};
  return `tfjs-node ${version} on TensorFlow ${nodeBinding()?.TF_Version}`;
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
}, (error: unknown) => {
  console.error(error instanceof NoBrowserError || error instanceof NoBackendError ? error.message : error);
  process.exitCode = 1;
});
