import {existsSync, readFileSync, realpathSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

/** @typedef {import('../doctor.mjs').Check} Check */

const SCOPE = '@tensorflow/';
const REQUIRED = ['tfjs-core', 'tfjs-layers'];
const OPTIONAL = {
  'tfjs': 'all of TensorFlow.js in one package, with the backend cpu',
  'tfjs-node': 'the fastest backend in Node',
  'tfjs-backend-cpu': 'the backend cpu',
  'tfjs-backend-wasm': 'the backend wasm',
  'tfjs-backend-webgl': 'the backend webgl, in browsers',
  'tfjs-backend-webgpu': 'the backend webgpu, in browsers',
};
/** Packages that bring tfjs-core along, each of which could bring another one. */
const USERS_OF_CORE = [...REQUIRED, ...Object.keys(OPTIONAL), 'tfjs-converter', 'tfjs-data'];
const OWN_ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * @param {string} project
 * @returns {Check[]}
 */
export function checkPackages(project) {
  const required = REQUIRED.map((name) => checkRequired(name, project));
  const optional = Object.entries(OPTIONAL).map(([name, what]) => {
    const found = locate(SCOPE + name, project);
    return found ? describe(SCOPE + name, found) : absent(SCOPE + name, `not installed; it is ${what}`, installLine(name));
  });
  return [...required, ...optional];
}

/**
 * @param {string} name
 * @param {string} project
 * @returns {Check}
 */
function checkRequired(name, project) {
  const found = locate(SCOPE + name, project);
  if (!found) {
    return {...absent(SCOPE + name, 'not installed', `npm install ${SCOPE}${name}@^4.22.0`), required: true};
  }
  const [major, minor] = found.version.split('.').map(Number);
  if (major === 4 && minor >= 22) return {...describe(SCOPE + name, found), required: true};
  return {...describe(SCOPE + name, found), state: 'wrong', required: true,
    remedy: `npm install ${SCOPE}${name}@^4.22.0`};
}

/** @param {string} name */
function installLine(name) {
  const flags = name === 'tfjs-node' ? '--ignore-scripts ' : '';
  const then = name === 'tfjs-node' ? ', then npx tfjs-explicit-layers setup-node' : '';
  return `to have it: npm install ${flags}${SCOPE}${name}@^4.22.0${then}`;
}

/**
 * Whether a program could load two copies of a package whose copies do not know of each other.
 * @param {string} project
 * @returns {Check[]}
 */
export function checkCopies(project) {
  return REQUIRED.map((name) => {
    const places = [...placesOf(SCOPE + name, project)];
    if (places.length <= 1) {
      return /** @type {Check} */ ({name: `copies of ${name}`, state: 'ok', detail: String(places.length), required: true});
    }
    const detail = places.map((folder) => `${versionIn(folder)} in ${folder}`).join(', ');
    return /** @type {Check} */ ({name: `copies of ${name}`, state: 'wrong', detail: `${places.length}: ${detail}`,
      required: true, remedy: 'two copies do not share classes and registered layers: give all @tensorflow ' +
        'packages one version, then npm dedupe'});
  });
}

/**
 * Every folder that `name` resolves to: from the project, from what it depends on, from this package, and from the
 * packages that use tfjs-core.
 * @param {string} name
 * @param {string} project
 */
function placesOf(name, project) {
  const roots = isUsedBy(project) ? [project, OWN_ROOT] : [project];
  const users = [...dependenciesOf(project), ...USERS_OF_CORE.map((user) => SCOPE + user)];
  const bases = roots.flatMap((root) => [root, ...users.flatMap((user) => locate(user, root)?.folder ?? [])]);
  return new Set(bases.flatMap((base) => locate(name, base)?.folder ?? []));
}

/**
 * Whether a program in `project` would load this very copy of tfjs-explicit-layers.
 * @param {string} project
 */
function isUsedBy(project) {
  const installed = locate('tfjs-explicit-layers', project)?.folder;
  return installed !== undefined && path.relative(installed, realpathSync(OWN_ROOT)) === '';
}

/** @param {string} project */
function dependenciesOf(project) {
  try {
    const {dependencies, devDependencies} = JSON.parse(readFileSync(path.join(project, 'package.json'), 'utf8'));
    return Object.keys({...dependencies, ...devDependencies});
  } catch {
    return [];
  }
}

/**
 * The package that `require` would load from a folder. Node's own algorithm, without the package's `exports`.
 * @param {string} name
 * @param {string} from
 * @returns {{folder: string, version: string} | null}
 */
export function locate(name, from) {
  const places = createRequire(path.join(from, 'noop.js')).resolve.paths(name) ?? [];
  const place = places.map((folder) => path.join(folder, name)).find((folder) => existsSync(path.join(folder, 'package.json')));
  if (!place) return null;
  const folder = realpathSync(place);
  return {folder, version: versionIn(folder)};
}

/** @param {string} folder */
function versionIn(folder) {
  return String(JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).version);
}

/**
 * @param {string} name
 * @param {{folder: string, version: string}} found
 * @returns {Check}
 */
function describe(name, {folder, version}) {
  return {name, state: 'ok', detail: `${version} in ${folder}`};
}

/**
 * @param {string} name
 * @param {string} detail
 * @param {string} remedy
 * @returns {Check}
 */
function absent(name, detail, remedy) {
  return {name, state: 'missing', detail, remedy};
}
