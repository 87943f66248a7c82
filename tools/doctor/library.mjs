import {findCompiler, nativeKey} from '../setup/binding.mjs';
import {cacheFolder} from '../setup/cache.mjs';
import {findPython} from '../setup/library.mjs';
import {run} from '../setup/run.mjs';
import {damagedFiles, openStamp} from '../setup/stamp.mjs';
import {isOurs, openTfjsNode, tryBinding} from '../setup/tfjs_node.mjs';
import {locate} from './packages.mjs';

/** @typedef {import('../doctor.mjs').Check} Check */

/**
 * @param {string} project
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Check>}
 */
export async function checkLibrary(project, env) {
  const name = 'libtensorflow';
  const found = locate('@tensorflow/tfjs-node', project);
  if (!found) return {name, state: 'missing', detail: 'tfjs-node is not installed'};
  const stamp = openStamp(found.folder);
  const [damaged] = stamp ? damagedFiles(found.folder, stamp, {hash: true}) : [];
  const remedy = `npx tfjs-explicit-layers setup-node (keeps it in ${cacheFolder(env)})`;
  if (damaged) return {name, state: 'wrong', detail: `${damaged} is damaged`, remedy};
  const tfjsNode = openTfjsNode(found.folder);
  const loaded = await tryBinding(tfjsNode, {env});
  if ('tensorflow' in loaded && isOurs(tfjsNode) && stamp?.native !== nativeKey()) {
    const detail = `${loaded.tensorflow}; tfjs-node's addon is of another version of this package`;
    return {name, state: 'wrong', detail, remedy};
  }
  if ('tensorflow' in loaded) return {name, state: 'ok', detail: loaded.tensorflow};
  const nothing = loaded.problem === 'it has no addon';
  return {name, state: nothing ? 'missing' : 'wrong', detail: `tfjs-node cannot load it: ${loaded.problem}`,
    remedy};
}

/**
 * What `setup-node` needs.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Check[]>}
 */
export async function checkBuildTools(env) {
  const python = findPython(env);
  const pip = python ? await run(python, ['-m', 'pip', '--version'], {env}) : null;
  const compiler = findCompiler(env);
  return [
    tool('python3', python, 'apt-get install python3 (Debian, Ubuntu)'),
    tool('pip', pip?.status === 0 ? pip.stdout.split(' from ')[0].trim() : null,
      'apt-get install python3-pip (Debian, Ubuntu), or python3 -m ensurepip'),
    tool('C++ compiler', compiler?.join(' ') ?? null, 'apt-get install g++ (Debian, Ubuntu)'),
  ];
}

/**
 * @param {string} name
 * @param {string | null} found
 * @param {string} remedy
 * @returns {Check}
 */
function tool(name, found, remedy) {
  return found ? {name, state: 'ok', detail: found} :
    {name, state: 'missing', detail: 'not found; setup-node needs it', remedy};
}
