import {createHash} from 'node:crypto';
import {cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {makeTempFolder, remove, sizeOf} from './cache.mjs';
import {SetupError} from './errors.mjs';
import {TENSORFLOW_VERSION} from './platform.mjs';
import {failure, findProgram, run} from './run.mjs';
import {isIntact, recordOf} from './stamp.mjs';

const COMPILERS = ['g++', 'c++', 'clang++'];
/**
 * Without vectorizing straight-line code: g++ 12 then drops terms of a sum some of which are 0 by a condition (seen with
 * -O3 -mavx2 -fno-trapping-math). And never unloaded: Node closes the addons of a worker thread that ends, while
 * TensorFlow still holds the ops registered in there. Graphs are loaded through `native/graph.cc`.
 */
const FLAGS = ['-O3', '-fno-math-errno', '-fno-trapping-math', '-fno-tree-slp-vectorize', '-std=c++17', '-fPIC',
  '-shared', '-pthread', '-DNAPI_VERSION=8',
  '-DTF_LoadSessionFromSavedModel=explicitLayersLoad', '-Wl,-z,nodelete'];
const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'];
/** Ops of this library, which TensorFlow has once the addon is loaded. */
const NATIVE = fileURLToPath(new URL('../../src/backends/tensorflow/native/', import.meta.url));

/**
 * tfjs-node's own addon with our ops in it, compiled against the library; from the cache if the same sources were
 * compiled before.
 * @param {import('./library.mjs').Context} context
 * @param {{folder: string, version: string}} tfjsNode
 * @param {string} library the folder with lib/ and include/
 * @param {{fresh?: boolean}} [options] `fresh`: compile though the cache has one
 * @returns {Promise<string>} the file
 */
export async function ensureBinding(context, tfjsNode, library, {fresh = false} = {}) {
  const {cache, host, wheel} = context;
  const key = keyOf(tfjsNode.folder, wheel.sha256);
  const name = `binding-${tfjsNode.version}-tensorflow-${TENSORFLOW_VERSION}-${host.platform}-${host.arch}-${key}.node`;
  const file = path.join(cache, name);
  if (!fresh && sizeOf(file) > 0 && (isProved(file) || !existsSync(recordFile(file)))) return file;
  const compiler = requireCompiler(context.env);
  const args = compilerArguments(tfjsNode.folder, library);
  const temp = makeTempFolder(cache);
  try {
    const built = path.join(temp, 'tfjs_binding.node');
    await compile(context, compiler, [...args, ...addonSources(tfjsNode.folder),
      ...filesOf(NATIVE).filter((file) => file.endsWith('.cc')), '-o', built,
      `-L${path.join(library, 'lib')}`, '-ltensorflow', '-ltensorflow_framework',
      '-Wl,-rpath,$ORIGIN/../../deps/lib'], temp);
    remove(recordFile(file));
    renameSync(built, file);
    return file;
  } finally {
    remove(temp);
  }
}

/**
 * How the addon's sources are compiled.
 * @param {string} tfjsNodeFolder
 * @param {string} library the folder with include/
 */
export function compilerArguments(tfjsNodeFolder, library) {
  return [...FLAGS, `-DEXPLICIT_LAYERS_VERSION=${nativeDigest().join()}`, `-I${path.join(library, 'include')}`,
    `-I${tfjsNodeFolder}`, `-I${requireNodeHeaders()}`];
}

/**
 * tfjs-node's own part of the addon.
 * @param {string} tfjsNodeFolder
 */
export function addonSources(tfjsNodeFolder) {
  return SOURCES.map((source) => path.join(tfjsNodeFolder, 'binding', source));
}

/**
 * Whether an addon in the cache was proved right, and is as it was then.
 * @param {string} file
 */
export function isProved(file) {
  try {
    return isIntact(file, JSON.parse(readFileSync(recordFile(file), 'utf8')));
  } catch {
    return false;
  }
}

/**
 * Writes down that an addon computes right.
 * @param {string} file
 */
export function recordProof(file) {
  writeFileSync(recordFile(file), JSON.stringify(recordOf(file)));
}

/** @param {string} file */
const recordFile = (file) => `${file}.json`;

/**
 * The C++ compiler as a command with its own arguments (`CXX` may say 'ccache g++'), or null.
 * @param {NodeJS.ProcessEnv} env
 */
export function findCompiler(env) {
  const candidates = env.CXX?.trim() ? [env.CXX.trim().split(/\s+/)] : COMPILERS.map((name) => [name]);
  return candidates.find(([name]) => findProgram(name, env)) ?? null;
}

/** @param {NodeJS.ProcessEnv} env */
export function requireCompiler(env) {
  const compiler = findCompiler(env);
  if (compiler) return compiler;
  const sought = env.CXX?.trim() ? `CXX names ${env.CXX.trim()}, which was not found` :
    `none of ${COMPILERS.join(', ')} was found`;
  throw new SetupError('no-compiler', `A C++ compiler is needed for tfjs-node's addon; ${sought}.`,
    'install one (Debian, Ubuntu: apt-get install g++; Fedora: dnf install gcc-c++) and run this again.');
}

/** The folder with node_api.h: from the package node-api-headers, or from Node's own installation. */
function requireNodeHeaders() {
  const folders = [path.resolve(path.dirname(process.execPath), '..', 'include', 'node')];
  try {
    const main = createRequire(import.meta.url).resolve('node-api-headers/package.json');
    folders.unshift(path.join(path.dirname(main), 'include'));
  } catch {
    // Node's own will do.
  }
  const found = folders.find((folder) => existsSync(path.join(folder, 'node_api.h')));
  if (found) return found;
  throw new SetupError('no-headers', 'Node\'s C headers (node_api.h) were not found.',
    'npm install node-api-headers, and run this again.');
}

/**
 * @param {import('./library.mjs').Context} context
 * @param {string[]} compiler
 * @param {string[]} args
 * @param {string} temp
 */
async function compile({env, signal, progress}, [command, ...ownArgs], args, temp) {
  const step = progress.step('Compiling tfjs-node\'s addon');
  try {
    const outcome = await run(command, [...ownArgs, ...args], {env: {...env, TMPDIR: temp}, signal});
    if (outcome.status !== 0) {
      throw failure(outcome, {code: 'compile', message: `${command} could not compile tfjs-node's addon`, folder: temp,
        remedy: 'use a compiler that knows C++17 (g++ 8 or newer), named by CXX if need be, and run this again.'});
    }
    step.done();
  } catch (error) {
    step.fail();
    throw error;
  }
}

/**
 * Changes whenever the compiled file would.
 * @param {string} tfjsNodeFolder
 * @param {string} wheelHash
 */
function keyOf(tfjsNodeFolder, wheelHash) {
  return digest(wheelHash, nativeKey(), ...filesOf(path.join(tfjsNodeFolder, 'binding')).map((file) => readFileSync(file)));
}

/** Changes whenever our ops, or how they are compiled, do. */
export function nativeKey() {
  return digest(FLAGS.join(' '), ...filesOf(NATIVE).map((file) => readFileSync(file)));
}

/** The same in numbers of 24 bits, which a float holds exactly: what the addon's ExplicitVersion gives. */
export function nativeDigest() {
  return [0, 6].map((at) => parseInt(nativeKey().slice(at, at + 6), 16));
}

/** @param {Array<string | Buffer>} parts */
function digest(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 12);
}

/** @param {string} folder */
function filesOf(folder) {
  return readdirSync(folder).sort().map((name) => path.join(folder, name));
}

/**
 * A copy that appears whole or not at all.
 * @param {string} from
 * @param {string} to
 */
export function copyInPlace(from, to) {
  mkdirSync(path.dirname(to), {recursive: true});
  const temp = makeTempFolder(path.dirname(to));
  try {
    cpSync(from, path.join(temp, 'copy'));
    renameSync(path.join(temp, 'copy'), to);
  } finally {
    remove(temp);
  }
}
