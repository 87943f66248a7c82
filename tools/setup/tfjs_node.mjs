import {existsSync, mkdirSync, readFileSync, readlinkSync, symlinkSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {copyInPlace, nativeKey} from './binding.mjs';
import {makeTempFolder, remove, replaceFolder, sweepTempFolders} from './cache.mjs';
import {SetupError} from './errors.mjs';
import {LIBRARIES, recordsOf} from './library.mjs';
import {run, thrownLine} from './run.mjs';
import {BINDING, damagedFiles, openStamp, recordOf, saveStamp, stampFile} from './stamp.mjs';

const PACKAGE_ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * @typedef {{folder: string, version: string}} TfjsNode
 */

/**
 * The project's tfjs-node: the one a program in `from` would load, else the one beside this package.
 * @param {string} [from]
 * @returns {TfjsNode | null}
 */
export function findTfjsNode(from = process.cwd()) {
  for (const base of [from, PACKAGE_ROOT]) {
    try {
      const file = createRequire(path.join(base, 'noop.js')).resolve('@tensorflow/tfjs-node/package.json');
      return openTfjsNode(path.dirname(file));
    } catch {
      // Not there: look at the next place.
    }
  }
  return null;
}

/**
 * @param {string} folder
 * @returns {TfjsNode}
 */
export function openTfjsNode(folder) {
  const {version} = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return {folder: path.resolve(folder), version};
}

/** @param {TfjsNode | null} tfjsNode */
export function requireSupported(tfjsNode) {
  if (!tfjsNode) {
    throw new SetupError('no-tfjs-node', 'The package @tensorflow/tfjs-node is not installed here.',
      'npm install --ignore-scripts @tensorflow/tfjs-node@4.22.0, and run this again (its own install script ' +
      'downloads from a place that is often unavailable).');
  }
  const [major, minor] = tfjsNode.version.split('.').map(Number);
  if (major !== 4 || minor < 22) {
    throw new SetupError('tfjs-node-version', `This set-up is for @tensorflow/tfjs-node 4.22; ${tfjsNode.folder} is ` +
      `${tfjsNode.version}.`, 'npm install --ignore-scripts @tensorflow/tfjs-node@4.22.0, and run this again.');
  }
  return tfjsNode;
}

/**
 * Not null when an earlier run set this tfjs-node up and every file of that is still there, whole. Loads nothing.
 * @param {TfjsNode} tfjsNode
 * @param {{platform: string, arch: string}} host
 * @returns {{tensorflow: string, libraries: string} | null}
 */
export function readStamp({folder, version}, host) {
  const stamp = openStamp(folder);
  if (!stamp) return null;
  const fits = stamp.tfjsNode === version && stamp.native === nativeKey() && stamp.platform === host.platform &&
      stamp.arch === host.arch;
  return fits && damagedFiles(folder, stamp).length === 0 ?
    {tensorflow: stamp.tensorflow, libraries: libraryFolder(folder)} : null;
}

/**
 * True when the addon came from here, of whatever version: it may be rebuilt.
 * @param {TfjsNode} tfjsNode
 */
export function isOurs({folder}) {
  return existsSync(stampFile(folder));
}

/**
 * Puts addon and library where tfjs-node looks, the stamp last: what is interrupted has no stamp.
 * @param {TfjsNode} tfjsNode
 * @param {{library: string, binding: string}} made
 */
export function place({folder}, {library, binding}) {
  remove(stampFile(folder));
  sweepTempFolders(folder);
  sweepTempFolders(path.join(folder, 'lib', 'napi-v8'));
  const temp = makeTempFolder(folder);
  try {
    const deps = path.join(temp, 'deps');
    mkdirSync(path.join(deps, 'lib'), {recursive: true});
    for (const [name, target] of Object.entries(LIBRARIES)) {
      symlinkSync(path.join(library, 'lib', target), path.join(deps, 'lib', name));
    }
    replaceFolder(deps, path.join(folder, 'deps'));
    copyInPlace(binding, path.join(folder, BINDING));
  } finally {
    remove(temp);
  }
}

/**
 * @param {TfjsNode} tfjsNode
 * @param {{platform: string, arch: string, tensorflow: string}} facts
 */
export function writeStamp({folder, version}, {platform, arch, tensorflow}) {
  const libraries = recordsOf(path.dirname(libraryFolder(folder)));
  const files = Object.fromEntries(Object.entries(LIBRARIES).map(([name, target]) =>
    [path.join('deps', 'lib', name), libraries[target]]));
  files[BINDING] = recordOf(path.join(folder, BINDING));
  saveStamp(folder, {tfjsNode: version, native: nativeKey(), tensorflow, platform, arch, files});
}

/**
 * Takes the addon away, so that nobody loads it.
 * @param {TfjsNode} tfjsNode
 */
export function removeBinding({folder}) {
  remove(path.join(folder, BINDING));
}

/**
 * Loads the addon in a process of its own (a bad one may take its process along) and asks for its TensorFlow.
 * @param {TfjsNode} tfjsNode
 * @param {{env: NodeJS.ProcessEnv, signal?: AbortSignal}} options
 * @returns {Promise<{tensorflow: string} | {problem: string, signal: NodeJS.Signals | null}>}
 */
export async function tryBinding({folder}, {env, signal}) {
  const binding = path.join(folder, BINDING);
  if (!existsSync(binding)) return {problem: 'it has no addon', signal: null};
  const script = `process.stdout.write(require(${JSON.stringify(binding)}).TF_Version)`;
  const outcome = await run(process.execPath, ['-e', script], {env: {...env, TF_CPP_MIN_LOG_LEVEL: '3'}, signal});
  if (outcome.status === 0 && outcome.stdout) return {tensorflow: outcome.stdout};
  return {problem: thrownLine(outcome.stderr) ?? `loading its addon ended by ${outcome.signal}`, signal: outcome.signal};
}

/** @param {string} folder */
function libraryFolder(folder) {
  return path.dirname(readlinkSync(path.join(folder, 'deps', 'lib', 'libtensorflow.so')));
}
