import path from 'node:path';
import {checkBackends} from './doctor/backends.mjs';
import {checkBuildTools, checkLibrary} from './doctor/library.mjs';
import {checkCopies, checkPackages} from './doctor/packages.mjs';
import {wrap} from './setup/wrap.mjs';

/**
 * One thing looked at. `required` ones decide whether the layers can be used.
 * @typedef {object} Check
 * @property {string} name
 * @property {'ok' | 'missing' | 'wrong'} state
 * @property {string} detail
 * @property {string} [remedy]
 * @property {boolean} [required]
 *
 * @typedef {object} Report
 * @property {boolean} usable
 * @property {Check[]} checks
 */

const OLDEST_NODE = 20;

/**
 * @param {{project?: string, env?: NodeJS.ProcessEnv}} [options]
 * @returns {Promise<Report>}
 */
export async function examine({project = process.cwd(), env = process.env} = {}) {
  const from = path.resolve(project);
  const [library, backends] = await Promise.all([checkLibrary(from, env), checkBackends(from, env)]);
  const checks = [
    checkNode(process.versions.node),
    ...checkPackages(from),
    ...checkCopies(from),
    library,
    ...(library.state === 'ok' ? [] : await checkBuildTools(env)),
    ...backends,
  ];
  const starts = backends.some(({state}) => state === 'ok');
  return {usable: starts && checks.every(({required, state}) => !required || state === 'ok'), checks};
}

/**
 * @param {Report} report
 * @returns {string} lines of at most 80 columns, where a path is not longer itself
 */
export function format({usable, checks}) {
  const lines = checks.flatMap(({name, state, detail, remedy}) => [
    ...wrap(`${state.padEnd(8)} ${name}: ${detail}`, '         '),
    ...(remedy ? wrap(`         -> ${remedy}`, '            ') : []),
  ]);
  return [...lines, '', usable ? 'tfjs-explicit-layers can be used here.' :
    'tfjs-explicit-layers cannot be used here yet (see missing, wrong).'].join('\n');
}

/**
 * @param {string} version
 * @returns {Check}
 */
export function checkNode(version) {
  const good = Number(version.split('.')[0]) >= OLDEST_NODE;
  return {name: 'Node', state: good ? 'ok' : 'wrong', detail: version, required: true,
    ...(good ? {} : {remedy: `install Node ${OLDEST_NODE} or newer`})};
}
