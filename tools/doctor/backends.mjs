import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {run, thrownLine} from '../setup/run.mjs';
import {locate} from './packages.mjs';

/** @typedef {import('../doctor.mjs').Check} Check */

const PACKAGES = {
  cpu: '@tensorflow/tfjs-backend-cpu',
  wasm: '@tensorflow/tfjs-backend-wasm',
  tensorflow: '@tensorflow/tfjs-node',
};
const IN_BROWSERS = ['webgl', 'webgpu'];
const PATIENCE_MS = 60_000;
const CHECKS = fileURLToPath(new URL('../../dist/checks.cjs', import.meta.url));

/**
 * Starts each backend in a process of its own and lets it multiply. What tfjs-node misses on newer Node is given to
 * it, as the entry tfjs-explicit-layers/node does.
 */
const SCRIPT = `
  const [name, packageName, project, checks] = process.argv.slice(1);
  const require = process.getBuiltinModule ? process.getBuiltinModule('module').createRequire(project) :
    module.constructor.createRequire(project);
  const util = require('util');
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
  const backend = require(packageName);
  const tf = backend.matMul ? backend : require('@tensorflow/tfjs-core');
  (async () => {
    if (!await tf.setBackend(name)) throw new Error('the backend does not start');
    const product = await tf.matMul(tf.tensor2d([[2, 3]]), tf.tensor2d([[5], [7]])).data();
    if (product[0] !== 31) throw new Error('2*5 + 3*7 is ' + product[0]);
    let kernels;
    for (const library of ['tfjs-explicit-layers/checks', checks]) {
      try { kernels ??= require(library).kernelInfo(); } catch {}
    }
    process.stdout.write('started ' + JSON.stringify(kernels ?? null));
    process.exit(0);
  })().catch((error) => {
    process.stderr.write(String(error));
    process.exit(1);
  });
`;

/**
 * Which kernels of this package a backend uses; nothing where the package is not built or installed.
 * @param {import('../../src/checks').KernelInfo | null} info
 */
function kernelText(info) {
  if (!info) return '';
  const {set, threads, relaxed, reason} = info;
  const how = `${threads > 1 ? `, ${threads} threads` : ''}${relaxed ? ', relaxed SIMD' : ''}`;
  return `, with the kernels ${set}${how}${reason ? ` (${reason})` : ''}`;
}

/**
 * @param {string} project
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Check[]>}
 */
export async function checkBackends(project, env) {
  const here = Object.entries(PACKAGES).map(([name, packageName]) => start(name, packageName, project, env));
  const browser = IN_BROWSERS.filter((name) => locate(`@tensorflow/tfjs-backend-${name}`, project))
    .map((name) => /** @type {Check} */ ({name: `backend ${name}`, state: 'ok', detail: 'installed; starts in browsers only'}));
  return [...await Promise.all(here), ...browser];
}

/**
 * @param {string} name
 * @param {string} packageName
 * @param {string} project
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Check>}
 */
async function start(name, packageName, project, env) {
  const check = `backend ${name}`;
  if (!locate(packageName, project)) return {name: check, state: 'missing', detail: `${packageName} is not installed`};
  const outcome = await run(process.execPath, ['-e', SCRIPT, name, packageName, path.join(project, 'noop.js'), CHECKS],
    {cwd: project, env: {...env, TF_CPP_MIN_LOG_LEVEL: '3'}, signal: AbortSignal.timeout(PATIENCE_MS)})
    .catch(() => ({status: null, signal: null, stdout: '', stderr: `no answer within ${PATIENCE_MS / 1000} s`}));
  const started = outcome.status === 0 && /started (null|\{.*\})$/.exec(outcome.stdout);
  if (started) return {name: check, state: 'ok', detail: `starts${kernelText(JSON.parse(started[1]))}`};
  const problem = thrownLine(outcome.stderr) ?? `ended by ${outcome.signal}`;
  return {name: check, state: 'wrong', detail: `does not start: ${problem.slice(0, 200)}`,
    remedy: name === 'tensorflow' ? 'npx tfjs-explicit-layers setup-node' : `npm install ${packageName}@^4.22.0`};
}
