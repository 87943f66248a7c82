/** Models in a program that is bundled and minified, as pages are. */
import {spawnSync} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Saves and loads in every way, and says what came back. */
const program = `
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {layers as builtIn, loadLayersModel, sequential} from '@tensorflow/tfjs-layers';
import {layers, losses, models} from './src/index';

tf.env().set('PROD', true);
await tf.setBackend('cpu');
const net = sequential({layers: [
  layers.conv2d({inputShape: [4, 4, 2], filters: 2, kernelSize: 3, padding: 1}), layers.batchNormalization(), layers.reLU(),
  layers.maxPooling2d(), builtIn.flatten(), layers.layerNormalization(), layers.dense({units: 2}),
]});
net.compile({optimizer: 'adam', loss: losses.softmaxLoss, metrics: [losses.accuracy]});
let kept;
const handler = {
  save: async (artifacts) => {
    kept = artifacts;
    return {modelArtifactsInfo: {dateSaved: new Date(), modelTopologyType: 'JSON'}};
  },
  load: async () => ({...kept, modelTopology: JSON.parse(JSON.stringify(kept.modelTopology))}),
};
const x = tf.randomNormal([2, 4, 4, 2]);
const apart = (other) => tf.max(tf.abs(tf.sub(net.predict(x), other.predict(x)))).dataSync()[0];
await net.save(handler);
const theirs = await loadLayersModel(handler);
await models.save(net, handler);
const ours = await models.load(handler);
const folder = process.argv[2];
await models.save(net, folder);
const fromFolder = await models.load(folder);
const other = sequential({layers: [builtIn.conv2d({inputShape: [4, 4, 1], filters: 1, kernelSize: 2}), builtIn.reLU()]});
await other.save(handler);
const untouched = await loadLayersModel(handler);
console.log(JSON.stringify({
  apart: [theirs, ours, fromFolder].map(apart),
  loss: ours.loss === losses.softmaxLoss, metrics: ours.metricsNames,
  classes: ours.layers.map((layer) => layer.getClassName()),
  others: untouched.layers.map((layer) => layer.getClassName()),
}));
`;

describe('models in a bundle', () => {
  let folder: string;
  beforeEach(async () => { folder = await mkdtemp(path.join(ROOT, 'node_modules', '.bundle-')); });
  afterEach(() => rm(folder, {recursive: true}));

  it('survive saving and loading, minified, and leave other models\' layers alone', async () => {
    const file = path.join(folder, 'program.mjs');
    await build({
      stdin: {contents: program, resolveDir: ROOT}, bundle: true, minify: true, format: 'esm', outfile: file,
      platform: 'browser', external: ['@tensorflow/*'], logLevel: 'silent',
    });
    const {stdout, stderr} = spawnSync(process.execPath, [file, path.join(folder, 'saved')], {encoding: 'utf8'});
    expect(stderr).toBe('');
    const result = JSON.parse(stdout) as {[key: string]: unknown};
    expect(result['apart']).toEqual([0, 0, 0]);
    expect(result['loss']).toBeTrue();
    expect(result['metrics']).toEqual(['loss', 'accuracy']);
    expect(result['classes']).toEqual(['ExplicitConv2D', 'ExplicitBatchNormalization', 'ExplicitReLU', 'ExplicitMaxPooling2D',
      'Flatten', 'ExplicitLayerNormalization', 'ExplicitDense']);
    expect(result['others']).toEqual(['Conv2D', 'ReLU']);
  });

  it('need nothing of Node in a bundle for a page', async () => {
    await writeFile(path.join(folder, 'page.ts'), 'export * from \'../../src/index\';');
    const {warnings, outputFiles} = await build({
      entryPoints: [path.join(folder, 'page.ts')], bundle: true, minify: true, format: 'esm', platform: 'browser', write: false,
      external: ['@tensorflow/*'], logLevel: 'silent',
    });
    expect(warnings).toEqual([]);
    expect(outputFiles[0]!.text).not.toMatch(/from\s*["']node:/);
  });
});
