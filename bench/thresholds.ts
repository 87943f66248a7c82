/** `npm run thresholds`: both ways on each side of every number that chooses between two ways of a kernel. */
import {Command, Option} from 'commander';

import {NODE_BACKENDS, startBackend} from '../examples/shared/backend';
import type {NodeBackend} from '../examples/shared/backend';
import {readFlags} from '../examples/shared/flags';
import {textTable} from '../examples/shared/table';
import {kernelInfo} from '../src/backends';
import {cpuThresholds} from './thresholds/cpu';
import {tensorflowThresholds} from './thresholds/tensorflow';
import {onTwoThreads} from './thresholds/threads';
import {timeWays} from './thresholds/threshold';
import type {Threshold} from './thresholds/threshold';
import {wasmThresholds} from './thresholds/wasm';

const thresholdsOf = {tensorflow: tensorflowThresholds, wasm: wasmThresholds, cpu: cpuThresholds};
const HEAD = ['threshold', 'size', 'first, ms', 'other, ms', 'ratio', 'middle half'];
const say = (text: string) => void process.stderr.write(text);

const program = new Command('npm run thresholds --')
  .addHelpText('after', '\nExamples:\n  npm run thresholds\n  npm run thresholds -- --backend cpu wasm')
  .description('Times both ways on each side of every number that chooses between two ways of a kernel. The first way is an ' +
    'op of our own on tensorflow, what does not pack its factors on wasm and cpu, and two threads for worthSharing. A ' +
    'number is right where the ratio passes 1 near it: above 1 the first way is the quicker one.')
  .addOption(new Option('--backend <names...>', 'only these').choices(NODE_BACKENDS).default([...NODE_BACKENDS], 'all'));

/** @returns the exit code */
async function main(args: string[]): Promise<number> {
  const flags = readFlags<{backend: NodeBackend[]}>(program, args);
  if (typeof flags === 'number') return flags;
  let missing = 0;
  for (const backend of flags.backend) {
    const started = await startBackend(backend, say);
    const {set, reason} = kernelInfo();
    if (started.name !== backend || set === 'composed') {
      say(`Not measured on ${backend}: its own kernels are not in use. ${reason}\n`);
      missing++;
      continue;
    }
    const rows = await measured(thresholdsOf[backend]());
    if (backend === 'wasm') rows.push(...await onTwoThreads(measured));
    console.log(`${started.title}\n${textTable(HEAD, rows)}`);
  }
  return missing > 0 ? 1 : 0;
}

/** Rows of the table. */
async function measured(thresholds: readonly Threshold[]): Promise<string[][]> {
  const rows: string[][] = [];
  for (const threshold of thresholds) {
    for (const size of threshold.sizes) {
      say(`${threshold.name}: ${size}\n`);
      const {ours, builtIn, ratio, ratioQuartiles} = await timeWays(threshold, size);
      rows.push([threshold.name, String(size), ours.median.toPrecision(3), builtIn.median.toPrecision(3), ratio.toFixed(2),
        ratioQuartiles.map((value) => value.toFixed(2)).join(' to ')]);
    }
  }
  return rows;
}

process.exitCode = await main(process.argv.slice(2));
