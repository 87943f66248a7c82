/**
 * `npm run example:scaling`: prints the tables of docs/scaling.md. When is it worth training on more workers, given a
 * model's computation and the size of its gradients?
 */
import '@tensorflow/tfjs-backend-cpu';
import {env} from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-layers';
import type {SymbolicTensor} from '@tensorflow/tfjs-layers';
import {Command} from 'commander';

import {layers, models} from '../../src';
import {allReduceSeconds, bestWorkers, breakEvenBatch} from './scaling_model';
import type {Cost, Machine} from './scaling_model';

new Command('npm run example:scaling --')
    .description('Prints the tables of docs/scaling.md: when distributed training is worth it.')
    .addHelpText('after', '\nExamples:\n  npm run example:scaling')
    .showHelpAfterError().allowExcessArguments(false).parse();

env().set('PROD', true);  // no advice on faster backends

const MACHINES: (Machine & {title: string})[] = [
  {title: 'two CPU cores', flops: 60e9}, {title: 'a GPU at 10 TFLOP/s', flops: 10e12},
];
const GBITS = [1, 10, 100];
/** Of one message through a switch and two network stacks. */
const LATENCY = 50e-6;
const GLOBAL_BATCH = 256;

function netS() {
  return describe('Net S', [
    layers.conv2d({filters: 32, kernelSize: 3, padding: 'same'}), layers.reLU(), layers.maxPooling2d(),
    layers.conv2d({filters: 64, kernelSize: 3, padding: 'same'}), layers.reLU(), layers.maxPooling2d(),
    tf.layers.flatten(), layers.dense({units: 256}), layers.reLU(), layers.dense({units: 10}),
  ], [32, 32, 3]);
}

function alexNet() {
  const conv = (filters: number, kernelSize: number, padding: number, groups = 1, strides = 1) =>
    [layers.conv2d({filters, kernelSize, padding, groups, strides}), layers.reLU()];
  const pool = () => layers.maxPooling2d({poolSize: 3, strides: 2});
  return describe('AlexNet', [
    ...conv(96, 11, 0, 1, 4), pool(), ...conv(256, 5, 2, 2), pool(), ...conv(384, 3, 1), ...conv(384, 3, 1, 2),
    ...conv(256, 3, 1, 2), pool(), tf.layers.flatten(), layers.dense({units: 4096}), layers.reLU(),
    layers.dense({units: 4096}), layers.reLU(), layers.dense({units: 1000}),
  ], [227, 227, 3]);
}

/** Four stages of 3, 4, 6 and 3 bottlenecks: 1x1, 3x3, 1x1, each with batch norm, around them a sum. */
function resNet50() {
  const apply = (layer: tf.layers.Layer, x: SymbolicTensor | SymbolicTensor[]) => layer.apply(x) as SymbolicTensor;
  const conv = (x: SymbolicTensor, filters: number, kernelSize: number, strides = 1) =>
    apply(layers.batchNormalization(), apply(layers.conv2d({
      filters, kernelSize, strides, padding: 'same', useBias: false, kernelInitializer: 'zeros',
    }), x));
  const relu = (x: SymbolicTensor) => apply(layers.reLU(), x);
  const input = tf.input({shape: [224, 224, 3]});
  let x = apply(tf.layers.maxPooling2d({poolSize: 3, strides: 2, padding: 'same'}), relu(conv(input, 64, 7, 2)));
  [3, 4, 6, 3].forEach((blocks, stage) => {
    const width = 64 * 2 ** stage;
    for (let block = 0; block < blocks; block++) {
      const strides = block === 0 && stage > 0 ? 2 : 1;
      const through = conv(relu(conv(relu(conv(x, width, 1)), width, 3, strides)), 4 * width, 1);
      const around = block === 0 ? conv(x, 4 * width, 1, strides) : x;
      x = relu(apply(tf.layers.add(), [through, around]));
    }
  });
  const pooled = apply(tf.layers.globalAveragePooling2d({dataFormat: 'channelsLast'}), x);
  const output = apply(layers.dense({units: 1000, kernelInitializer: 'zeros'}), pooled);
  return describe('ResNet-50', tf.model({inputs: input, outputs: output}));
}

function describe(title: string, model: Parameters<typeof models.describe>[0], shape?: number[]): Cost & {title: string} {
  const {totals} = models.describe(model, shape, {print: null});
  return {
    title, gradientBytes: 4 * totals.trainableParameters,
    flopPerExample: 2 * (totals.multiplyAddsForward! + totals.multiplyAddsBackward!),
  };
}

function table(titles: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

const costs = [netS(), alexNet(), resNet50()];
const number = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(2));
const links = GBITS.map((gbit) => ({title: `${gbit} Gbit/s`, bytesPerSecond: gbit * 1e9 / 8, latency: LATENCY}));

console.log(table(
    ['model', 'gradients, MB', 'GFLOP per example, forward and backward',
      ...links.map(({title}) => `all-reduce with 8 workers at ${title}, ms`)],
    costs.map((cost) => [cost.title, number(cost.gradientBytes / 1e6), number(cost.flopPerExample / 1e9),
      ...links.map((link) => number(1e3 * allReduceSeconds(cost.gradientBytes, 8, link)))])));
for (const machine of MACHINES) {
  console.log(`\nEach worker is ${machine.title}: the smallest batch per worker at which a step computes longer than it ` +
      'communicates, whatever the number of workers\n');
  console.log(table(['model', ...links.map(({title}) => title)], costs.map((cost) => [cost.title,
    ...links.map((link) => String(breakEvenBatch(cost, machine, link)))])));
  console.log(`\nEach worker is ${machine.title}, ${GLOBAL_BATCH} examples per step in total: the number of workers beyond ` +
      'which another one makes a step slower, and the speedup over one worker\n');
  console.log(table(['model', ...links.map(({title}) => title)], costs.map((cost) => [cost.title, ...links.map((link) => {
    const {workers, speedup} = bestWorkers(cost, machine, link, GLOBAL_BATCH);
    return `${workers}, ${speedup.toFixed(1)} x`;
  })])));
}
