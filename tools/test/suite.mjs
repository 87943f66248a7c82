import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {createRequire} from 'node:module';
import {availableParallelism, tmpdir} from 'node:os';
import path from 'node:path';
import {ROOT} from '../bootstrap/root.mjs';
import {chooseQuick, findSpecFiles, longestFirst, nameOf, rememberSeconds} from './files.mjs';
import {runInProcesses} from './processes.mjs';
import {createReporter} from './reporter.mjs';

/** Random configurations per property in a quick run; the whole suite draws 300. */
const QUICK_RUNS = '30';

/** What loading TensorFlow and the specs adds to a quick run. */
const START_MINUTES = 0.4;

/** More processes would take the memory of a small machine with many cores. */
const MOST_JOBS = 4;

/**
 * @typedef {{passed: number, failed: number, skipped: number}} Counts
 *
 * @typedef {object} SuiteOptions
 * @property {string[]} [files] spec files; by default all
 * @property {boolean} [quick] those for before a commit, with fewer random configurations
 * @property {string} [filter]
 * @property {string} [seed]
 * @property {boolean} [fail-fast]
 * @property {boolean} [coverage]
 * @property {number} [jobs] processes at the same time; by default one for each core, at most 4
 */

/**
 * Runs the specs, and tells on the way how they go.
 * @param {SuiteOptions} options
 * @returns {Promise<Counts>} a run that did not come to its end has at least one failure
 */
export async function runSuite(options) {
  const coverageFolder = options.coverage ? mkdtempSync(path.join(tmpdir(), 'coverage-')) : null;
  try {
    const counts = await runSpecs(options, coverageFolder);
    if (coverageFolder && !await reportCoverage(coverageFolder)) {
      console.log('The coverage could not be reported (see above): it counts as one failure.');
      counts.failed += 1;
    }
    return counts;
  } finally {
    if (coverageFolder) rmSync(coverageFolder, {recursive: true, force: true});
  }
}

/**
 * @param {SuiteOptions} options
 * @param {string | null} coverageFolder
 * @returns {Promise<Counts>}
 */
async function runSpecs({files: patterns = [], jobs, ...options}, coverageFolder) {
  const startedAt = Date.now();
  const seed = options.seed ?? String(Math.random()).slice(-5);
  const {isTTY: live, columns} = process.stdout;
  const reporter = createReporter({write: (text) => process.stdout.write(text), live, columns});
  const {files: found, missing} = findSpecFiles(patterns);
  const files = options.quick ? chooseForQuick(found) : found;
  for (const pattern of missing) reporter.fail(pattern, 'No spec file is called so.');
  /** @type {Map<string, number>} */
  const measured = new Map();
  await runInProcesses(longestFirst(files), {
    jobs: jobs ?? Math.min(availableParallelism(), MOST_JOBS), reporter,
    options: {seed, filter: options.filter, 'fail-fast': options['fail-fast']},
    env: {
      ...process.env, ...coverageFolder ? {NODE_V8_COVERAGE: coverageFolder} : {},
      ...options.quick ? {SPEC_RUNS: process.env.SPEC_RUNS ?? QUICK_RUNS} : {},
    },
    onFile: (file, seconds) => measured.set(file, seconds),
  });
  // What a part of a file took says nothing of the whole.
  if (!options.filter && !options['fail-fast'] && !options.quick) rememberSeconds(measured);
  reporter.end({seconds: (Date.now() - startedAt) / 1000, seed});
  return reporter.counts;
}

/** @param {string[]} files */
function chooseForQuick(files) {
  const {chosen, leftOut, seconds} = chooseQuick(files);
  const minutes = (seconds / 120 + START_MINUTES).toFixed(1);
  console.log(`Quick: ${chosen.length} of ${files.length} spec files, about ${minutes} minutes on two cores; ` +
    `${QUICK_RUNS} random configurations per property instead of 300.`);
  if (leftOut.length > 0) console.log(`Left to npm test:\n${leftOut.map((file) => `  ${nameOf(file)}`).join('\n')}`);
  return chosen;
}

/**
 * @param {string} folder
 * @returns {Promise<boolean>} whether it went well
 */
function reportCoverage(folder) {
  const c8 = path.join(path.dirname(createRequire(import.meta.url).resolve('c8/package.json')), 'bin', 'c8.js');
  const args = [c8, 'report', '--temp-directory', folder, '--all', '--src', 'src', '--include', 'src/**',
    '--exclude', 'src/backends/wasm/assembly/**', '--reporter', 'text', '--reporter', 'html'];
  return new Promise((resolve, reject) => {
    spawn(process.execPath, args, {cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit']})
      .on('error', reject).on('close', (status) => resolve(status === 0));
  });
}
