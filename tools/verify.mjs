import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

/** @typedef {import('../src/checks').VerifyReport} VerifyReport */

/** A problem that the user can do something about: no stack, just what to do. */
export class VerifyError extends Error {}

/** @type {Record<string, string>} */
const PACKAGES = {
  cpu: '@tensorflow/tfjs-backend-cpu',
  wasm: '@tensorflow/tfjs-backend-wasm',
  tensorflow: '@tensorflow/tfjs-node',
};
const IN_BROWSERS = ['webgl', 'webgpu'];
const OWN_LIBRARY = fileURLToPath(new URL('../dist/index.cjs', import.meta.url));

/**
 * Runs checks.verifyBackend on each backend, with the packages that a project has: a backend and the layers must
 * share one tfjs-core.
 * @param {object} [options]
 * @param {string[]} [options.backends] by default those whose package the project has
 * @param {string} [options.project]
 * @param {(backend: string, done: number, all: number) => void} [options.onProgress]
 * @returns {Promise<VerifyReport[]>}
 */
export async function verifyBackends({backends, project = process.cwd(), onProgress = () => {}} = {}) {
  const require = createRequire(path.resolve(project, 'noop.js'));
  const names = backends ?? Object.keys(PACKAGES).filter((name) => has(require, PACKAGES[name]));
  names.forEach((name) => checkName(require, name));
  if (names.length === 0) {
    throw new VerifyError(`${project} has no backend that runs in Node. To have one: npm install ${PACKAGES.wasm}`);
  }
  const reports = [];
  for (const name of names) {
    const {tf, checks} = load(require, name);
    await start(tf, name);
    reports.push(await checks.verifyBackend(
      {onProgress: (/** @type {number} */ done, /** @type {number} */ all) => onProgress(name, done, all)}));
  }
  return reports;
}

/**
 * @param {NodeJS.Require} require
 * @param {string} name
 */
function checkName(require, name) {
  if (IN_BROWSERS.includes(name)) {
    throw new VerifyError(`${name} runs in browsers: in a page, await checks.verifyBackend() after tf.setBackend('${name}').`);
  }
  if (!(name in PACKAGES)) {
    throw new VerifyError(`There is no backend ${name}. In Node there are ${Object.keys(PACKAGES).join(', ')}.`);
  }
  if (!has(require, PACKAGES[name])) {
    throw new VerifyError(`${PACKAGES[name]} is not installed. To have it: npm install ${PACKAGES[name]}@^4.22.0`);
  }
}

/**
 * @param {NodeJS.Require} require
 * @param {string} name
 */
function load(require, name) {
  const library = has(require, 'tfjs-explicit-layers') ? 'tfjs-explicit-layers' : OWN_LIBRARY;
  if (!has(require, library)) throw new VerifyError('tfjs-explicit-layers is not built here: npm run build');
  if (name === 'tensorflow') require(library === OWN_LIBRARY ? OWN_LIBRARY.replace('index', 'node') : `${library}/node`);
  try {
    require(PACKAGES[name]);
  } catch (error) {
    const remedy = name === 'tensorflow' ? '\nTo mend it: npx tfjs-explicit-layers setup-node' : '';
    throw new VerifyError(`${PACKAGES[name]} does not load: ${firstLine(error)}${remedy}`);
  }
  return {tf: require('@tensorflow/tfjs-core'), checks: require(library).checks};
}

/**
 * @param {import('@tensorflow/tfjs-core')} tf
 * @param {string} name
 */
async function start(tf, name) {
  tf.env().set('PROD', true);  // no greeting, no advice on faster backends
  const started = await tf.setBackend(name).catch((/** @type {unknown} */ error) => {
    throw new VerifyError(`The backend ${name} does not start: ${firstLine(error)}`);
  });
  if (!started) throw new VerifyError(`The backend ${name} does not start.`);
}

/**
 * @param {NodeJS.Require} require
 * @param {string} name
 */
function has(require, name) {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** @param {unknown} error */
function firstLine(error) {
  return String(error instanceof Error ? error.message : error).split('\n')[0];
}
