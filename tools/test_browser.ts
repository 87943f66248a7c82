/** The specs in a real browser, on each backend that a page can have. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';

import {Command, Option} from 'commander';

import {readFlags} from '../examples/shared/flags';
import {bundleSpecs, sortSpecs, specFiles} from './browser/bundle';
import {findChromium, NoBrowserError} from './browser/chromium';
import {runInBrowser} from './browser/run';
import type {Counts, Run} from './browser/run';

/** Graphics are drawn in software here, so that a launch is dear: fewer configurations there. */
const RUNS: Run[] = [
  {title: 'webgpu', backend: 'webgpu', runs: Number(process.env['DEVRUNS'] ?? 5)},
  {title: 'webgl', backend: 'webgl', runs: Number(process.env['DEVRUNS'] ?? 5)},
  {title: 'wasm', backend: 'wasm', runs: 50},
  {title: 'wasm, 4 threads', backend: 'wasm', runs: 50, threads: 4},
  {title: 'cpu', backend: 'cpu', runs: 50},
];

interface Flags {
  backend: string[];
  filter: string;
  seed: string;
}

async function main(args: string[]): Promise<number> {
  const program = new Command('npm run test:browser --')
    .description('Runs the specs in a Chromium without a window, on each backend that a page can have.')
    .addOption(new Option('--backend <names...>', 'which').choices(['webgpu', 'webgl', 'wasm', 'cpu'])
      .default(['webgpu', 'webgl', 'wasm', 'cpu']))
    .option('--filter <text>', 'only specs whose full title matches this regular expression', '')
    .option('--seed <n>', 'the order of an earlier run', String(Math.floor(1e5 * Math.random())));
  const flags = readFlags<Flags>(program, args);
  if (typeof flags === 'number') return flags;

  findChromium();
  const {forPages, forNode} = await sortSpecs(specFiles());
  console.log(`${forPages.length} spec files; ${forNode.length} more need Node and are left out: ${forNode.join(' ')}`);
  const folder = mkdtempSync(path.join(tmpdir(), 'browser-specs-'));
  try {
    await bundleSpecs(forPages, folder);
    const lines: string[] = [];
    const total: Counts = {passed: 0, failed: 0, skipped: 0};
    for (const run of RUNS.filter(({backend}) => flags.backend.includes(backend))) {
      const {seconds, ...counts} = await runInBrowser(run, folder, flags);
      lines.push(`${run.title.padEnd(16)} ${sentence(counts)}, ${seconds.toFixed(0)} s`);
      for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += counts[key];
    }
    console.log(`\n${lines.join('\n')}\n${sentence(total)}`);
    return total.failed > 0 || total.passed === 0 ? 1 : 0;
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

function sentence({passed, failed, skipped}: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
}, (error: unknown) => {
  console.error(error instanceof NoBrowserError ? error.message : error);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
});
