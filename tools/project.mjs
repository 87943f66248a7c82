import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

/** A problem that the user can do something about: no stack, just what to do. */
export class ProjectError extends Error {}

/** @type {Record<string, string>} */
const PACKAGES = {
  cpu: '@tensorflow/tfjs-backend-cpu',
  wasm: '@tensorflow/tfjs-backend-wasm',
  tensorflow: '@tensorflow/tfjs-node',
};
const IN_BROWSERS = ['webgl', 'webgpu'];
const OWN_LIBRARY = fileURLToPath(new URL('../dist/index.cjs', import.meta.url));

/**
 * What a project has installed: a backend and the layers must share one tfjs-core.
 * @param {string} folder
 */
export function openProject(folder) {
  const require = createRequire(path.resolve(folder, 'noop.js'));
  return {
    /** The backends whose package is there, the fastest last. */
    backends: () => Object.keys(PACKAGES).filter((name) => has(require, PACKAGES[name])),
    /** @param {string} name */
    check: (name) => checkName(require, name),
    /** @param {string} name */
    start: (name) => start(require, name),
    /** What to do where there is no backend at all. */
    advice: `${folder} has no backend that runs in Node. Run npm install ${PACKAGES.wasm}`,
  };
}

/**
 * @param {NodeJS.Require} require
 * @param {string} name
 */
function checkName(require, name) {
  if (IN_BROWSERS.includes(name)) {
    throw new ProjectError(`${name} runs in browsers: in a page, call the checks after tf.setBackend('${name}').`);
  }
  if (!(name in PACKAGES)) {
    throw new ProjectError(`There is no backend ${name}. Those for Node are ${Object.keys(PACKAGES).join(', ')}.`);
  }
  if (!has(require, PACKAGES[name])) {
    throw new ProjectError(`${PACKAGES[name]} is not installed. Run npm install ${PACKAGES[name]}@^4.22.0`);
  }
}

/**
 * Loads a backend and the library, and starts the backend.
 * @param {NodeJS.Require} require
 * @param {string} name
 */
async function start(require, name) {
  checkName(require, name);
  const library = has(require, 'tfjs-explicit-layers') ? 'tfjs-explicit-layers' : OWN_LIBRARY;
  if (!has(require, library)) throw new ProjectError('tfjs-explicit-layers is not built here: npm run build');
  try {
    if (name === 'tensorflow') require(library === OWN_LIBRARY ? OWN_LIBRARY.replace('index', 'node') : `${library}/node`);
    require(PACKAGES[name]);
  } catch (error) {
    const remedy = name === 'tensorflow' ? '\nTo repair it: npx tfjs-explicit-layers setup-node' : '';
    throw new ProjectError(`${PACKAGES[name]} does not load: ${firstLine(error)}${remedy}`);
  }
  const tf = /** @type {typeof import('@tensorflow/tfjs-core')} */ (require('@tensorflow/tfjs-core'));
  tf.env().set('PROD', true);  // no greeting, no advice on faster backends
  const started = await tf.setBackend(name).catch((/** @type {unknown} */ error) => {
    throw new ProjectError(`The backend ${name} does not start: ${firstLine(error)}`);
  });
  if (!started) throw new ProjectError(`The backend ${name} does not start.`);
  return {
    tf,
    library: /** @type {typeof import('../src/index')} */ (require(library)),
    /**
     * Another entry of the library, such as 'keras'.
     * @param {string} entry
     * @returns {unknown}
     */
    entry: (entry) => require(library === OWN_LIBRARY ? OWN_LIBRARY.replace('index', entry) : `${library}/${entry}`),
  };
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
