import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {ROOT} from '../bootstrap/root.mjs';

/**
 * @typedef {{passed: number, failed: number, skipped: number}} Counts
 *
 * @typedef {object} SuiteOptions
 * @property {string[]} [files] spec files; by default all
 * @property {string} [filter]
 * @property {string} [seed]
 * @property {boolean} [fail-fast]
 * @property {boolean} [coverage]
 */

/**
 * Runs the specs in a process of their own, so that a crash of a native library is seen and counted.
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
function runSpecs(options, coverageFolder) {
  const script = fileURLToPath(new URL('specs.mjs', import.meta.url));
  const env = coverageFolder ? {...process.env, NODE_V8_COVERAGE: coverageFolder} : process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(options)],
    {cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit', 'ipc']});
  /** @type {Counts & {finished: boolean}} */
  let counts = {passed: 0, failed: 0, skipped: 0, finished: false};
  child.on('message', (message) => {
    counts = /** @type {typeof counts} */ (message);
  });
  // This process outlives a Ctrl-C, to say how far the other one came.
  const passOn = (/** @type {NodeJS.Signals} */ signal) => void child.kill(signal);
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const name of signals) process.on(name, passOn);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      for (const name of signals) process.off(name, passOn);
      if (!counts.finished) {
        console.log(`\nThe run did not come to its end (${signal ?? `exit code ${status}`}): it counts as one failure.`);
        counts.failed += 1;
      }
      resolve(counts);
    });
  });
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
