import process from 'node:process';
import {ensureBinding, isProved, recordProof} from './setup/binding.mjs';
import {cacheFolder, requireFolder, sweepTempFolders} from './setup/cache.mjs';
import {SetupError} from './setup/errors.mjs';
import {ensureLibrary} from './setup/library.mjs';
import {withLock} from './setup/lock.mjs';
import {thisHost, wheelFor} from './setup/platform.mjs';
import {createProgress, progressFromLog} from './setup/progress.mjs';
import {proveAddon} from './setup/proof.mjs';
import {fromFileError} from './setup/run.mjs';
import {
  findTfjsNode, isOurs, openTfjsNode, place, readStamp, removeBinding, requireSupported, tryBinding, writeStamp,
} from './setup/tfjs_node.mjs';

export {SetupError, explain} from './setup/errors.mjs';

/**
 * @typedef {object} SetupOptions
 * @property {string} [from] a folder of the project whose tfjs-node is meant; by default the current one
 * @property {string} [tfjsNodeDir] that package's own folder, when it is known
 * @property {string} [wheel] a TensorFlow wheel already downloaded
 * @property {(line: string) => void} [log] gets plain lines; by default progress is shown on standard error
 * @property {NodeJS.ProcessEnv} [env]
 * @property {import('./setup/platform.mjs').Host} [host]
 *
 * @typedef {object} SetupResult
 * @property {'ready' | 'installed'} status whether there was nothing to do
 * @property {'existing' | 'explicit-layers'} source whose addon it is
 * @property {string} tensorflow the library's version
 * @property {string} folder tfjs-node's
 */

/**
 * Makes `@tensorflow/tfjs-node` 4.22 loadable without its own download, which is often unavailable: TensorFlow's C
 * library from its Python wheel, and tfjs-node's own addon compiled against it. Both stay in a cache of the user's.
 * An addon that already works is left alone.
 * @param {SetupOptions} [options]
 * @returns {Promise<SetupResult>}
 * @throws {SetupError} that says what is missing and what to do
 */
export async function setupNode(options = {}) {
  const {env = process.env, log} = options;
  const tfjsNode = requireSupported(options.tfjsNodeDir ? openTfjsNode(options.tfjsNodeDir) :
    findTfjsNode(options.from));
  const {platform, arch} = options.host ?? process;
  const stamp = readStamp(tfjsNode, {platform, arch});
  if (stamp) return {status: 'ready', source: 'explicit-layers', tensorflow: stamp.tensorflow, folder: tfjsNode.folder};
  const cache = cacheFolder(env);
  return interruptible(async (signal) => {
    const found = isOurs(tfjsNode) ? null : await tryBinding(tfjsNode, {env, signal});
    if (found && 'tensorflow' in found) {
      return {status: 'ready', source: 'existing', tensorflow: found.tensorflow, folder: tfjsNode.folder};
    }
    const host = options.host ?? thisHost();
    requireFolder(cache);
    const progress = log ? progressFromLog(log) : createProgress();
    const context = {env, cache, host, wheel: wheelFor(host), wheelFile: options.wheel, signal, progress};
    const onWait = (/** @type {number} */ pid) => progress.log(`Another set-up (process ${pid}) is at work: waiting.`);
    const tensorflow = await withLock(cache, {signal, onWait}, () => install(context, tfjsNode));
    return {status: 'installed', source: 'explicit-layers', tensorflow, folder: tfjsNode.folder};
  }, cache);
}

/**
 * @param {import('./setup/library.mjs').Context} context
 * @param {import('./setup/tfjs_node.mjs').TfjsNode} tfjsNode
 */
async function install(context, tfjsNode) {
  const {cache, env, signal, progress, host} = context;
  const meanwhile = readStamp(tfjsNode, host);
  if (meanwhile) return meanwhile.tensorflow;
  sweepTempFolders(cache);
  progress.log(`Setting up tfjs-node in ${tfjsNode.folder}`);
  const library = await ensureLibrary(context);
  let binding = await ensureBinding(context, tfjsNode, library);
  place(tfjsNode, {library, binding});
  let loaded = await tryBinding(tfjsNode, {env, signal});
  if ('problem' in loaded && loaded.signal === null) {
    // A cache shared with another system may hold an addon that does not fit this one.
    binding = await ensureBinding(context, tfjsNode, library, {fresh: true});
    place(tfjsNode, {library, binding});
    loaded = await tryBinding(tfjsNode, {env, signal});
  }
  if ('problem' in loaded) throw loadFailure(loaded);
  if (!isProved(binding)) await prove(context, tfjsNode, binding);
  writeStamp(tfjsNode, {...host, tensorflow: loaded.tensorflow});
  progress.log(`tfjs-node is ready: TensorFlow ${loaded.tensorflow}, library in ${cache}`);
  return loaded.tensorflow;
}

/**
 * @param {import('./setup/library.mjs').Context} context
 * @param {import('./setup/tfjs_node.mjs').TfjsNode} tfjsNode
 * @param {string} binding the addon in the cache
 */
async function prove(context, tfjsNode, binding) {
  try {
    if (await proveAddon(tfjsNode, context)) recordProof(binding);
  } catch (error) {
    removeBinding(tfjsNode);
    throw error;
  }
}

/** @param {{problem: string, signal: NodeJS.Signals | null}} loaded */
function loadFailure({problem, signal}) {
  const remedy = signal === 'SIGILL' ?
    'this processor lacks instructions that TensorFlow was built with (AVX): use the wasm backend.' :
    'see the message above; if a library is missing, install it and run this again.';
  return new SetupError('load', 'The addon was built but does not load.', remedy, problem);
}

/**
 * Runs `work` so that Ctrl-C and a polite kill end it in order: programs stopped, temporary files removed.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} work
 * @param {string} folder named when the disk is full
 * @returns {Promise<T>}
 */
async function interruptible(work, folder) {
  const controller = new AbortController();
  const stop = (/** @type {NodeJS.Signals} */ name) => controller.abort(new SetupError('interrupted',
    `Interrupted (${name}); nothing half-made is left.`, 'run this again to continue.'));
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const name of signals) process.on(name, stop);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason;
    throw fromFileError(error, folder);
  } finally {
    for (const name of signals) process.off(name, stop);
  }
}
