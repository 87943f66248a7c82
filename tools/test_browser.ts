/** The specs in a real browser, on each backend that a page can have. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';

import {Command, InvalidArgumentError, Option} from 'commander';

import {readFlags} from '../examples/shared/flags';
import {bundleSpecs, sortSpecs, specFiles} from './browser/bundle';
import {findChromium, NoBrowserError, startChromium} from './browser/chromium';
import {findFirefox, launchFirefox} from './browser/firefox';
import {runInBrowser, TITLE_WIDTH} from './browser/run';
import type {Outcome, Run} from './browser/run';

/** Ops whose backend has its own kernels taken away, as no page takes them from webgl and webgpu. */
const NOT_IN_USE = 'kernels composed of tfjs operations';

/** The least that tfjs's wasm backend needs; workers from blob: URLs are not allowed. */
const STRICT = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
/** What runs under a policy. */
const POLICIES = '^(threads of a page|verifyBackend) ';

/** In the order they start: the slow ones first. Graphics are computed in software, hence fewer configurations there. */
const RUNS: readonly Run[] = [
  {title: 'webgl', backend: 'webgl', runs: 5, leftOut: NOT_IN_USE},
  {title: 'webgpu', backend: 'webgpu', runs: 10, leftOut: NOT_IN_USE},
  {title: 'wasm, 2 threads', backend: 'wasm', runs: 30, threads: 2},
  {title: 'wasm', backend: 'wasm', runs: 30},
  {title: 'wasm, strict CSP', backend: 'wasm', runs: 5, policy: STRICT, only: POLICIES},
  {title: 'wasm, late CSP', backend: 'wasm', runs: 5, threads: 2, latePolicy: "worker-src 'self'", only: POLICIES},
  {title: 'cpu', backend: 'cpu', runs: 30},
];
const BACKENDS = ['webgpu', 'webgl', 'wasm', 'cpu'];
const AT_ONCE = 2;

/** Which browsers there are, and the backends that each has. */
const BROWSERS = {
  chromium: {find: findChromium, launch: startChromium, backends: BACKENDS},
  firefox: {find: findFirefox, launch: launchFirefox, backends: ['wasm', 'cpu']},
};

interface Flags {
  browser: keyof typeof BROWSERS;
  backend: string[];
  filter: string;
  seed: string;
}

async function main(args: string[]): Promise<number> {
  const program = new Command('npm run test:browser --')
    .addHelpText('after', '\nExamples:\n  npm run test:browser -- --backend wasm cpu --filter conv2d\n' +
      '  npm run test:browser -- --browser firefox')
    .description('Runs the specs in headless Chromium (CHROME_PATH, or the one on PATH) or Firefox (FIREFOX_PATH), on each ' +
      'backend available there; wasm with and without threads. A spec file that needs Node is skipped; a spec ' +
      'whose title names no backend runs once, with cpu.')
    .addOption(new Option('--browser <name>', 'chromium: all backends; firefox: wasm and cpu').choices(Object.keys(BROWSERS))
      .default('chromium'))
    .addOption(new Option('--backend <names...>', 'only these').choices(BACKENDS).default(BACKENDS, 'all'))
    .addOption(new Option('--filter <text>', 'only specs whose full title matches this regular expression')
      .argParser(regularExpression).default('', 'all'))
    .addOption(new Option('--seed <n>', 'the order of an earlier run')
      .default(String(Math.floor(1e5 * Math.random())), 'another each time'));
  const flags = readFlags<Flags>(program, args);
  if (typeof flags === 'number') return flags;

  const {find, launch, backends} = BROWSERS[flags.browser];
  find();
  const {forPages, forNode} = await sortSpecs(specFiles());
  console.log(`${forPages.length} spec files. Left out, since they import modules of Node's:`);
  forNode.forEach((file) => console.log(`  ${file}`));
  const folder = mkdtempSync(path.join(tmpdir(), 'browser-specs-'));
  try {
    await bundleSpecs(forPages, folder);
    const runs = RUNS.filter(({backend, only}) => flags.backend.includes(backend) && backends.includes(backend) &&
        (flags.browser === 'chromium' || only === undefined));
    for (const {title, leftOut} of runs) {
      if (leftOut) console.log(`On ${title} left out, it has its own: ${leftOut}.`);
    }
    return summarise(await runAll(runs, (run) => runInBrowser(run, folder, launch, flags)));
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

/** A few at once, in their order. */
async function runAll(runs: readonly Run[], start: (run: Run) => Promise<Outcome>): Promise<Map<Run, Outcome>> {
  const outcomes = new Map<Run, Outcome>();
  const waiting = [...runs];
  await Promise.all(Array.from({length: AT_ONCE}, async () => {
    for (let run = waiting.shift(); run; run = waiting.shift()) outcomes.set(run, await start(run));
  }));
  return new Map(runs.map((run) => [run, outcomes.get(run)!]));
}

/** @returns the exit code */
function summarise(outcomes: Map<Run, Outcome>): number {
  const sum = (key: keyof Outcome) => [...outcomes.values()].reduce((total, outcome) => total + outcome[key], 0);
  const total = {passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped')};
  console.log('');
  for (const [{title}, outcome] of outcomes) {
    console.log(`${title.padEnd(TITLE_WIDTH)}${sentence(outcome)}, ${outcome.seconds.toFixed(0)} s`);
  }
  const silent = [...outcomes].filter(([, {passed, failed}]) => passed + failed === 0);
  silent.forEach(([{title}]) => console.log(`No spec ran on ${title}: nothing was tested there.`));
  console.log(sentence(total));
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

function sentence({passed, failed, skipped}: Omit<Outcome, 'seconds'>): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function regularExpression(text: string): string {
  try {
    return new RegExp(text).source;
  } catch {
    throw new InvalidArgumentError('It must be a regular expression.');
  }
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
}, (error: unknown) => {
  console.error(error instanceof NoBrowserError ? error.message : error);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
});
