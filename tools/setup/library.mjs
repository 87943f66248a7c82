import {createHash} from 'node:crypto';
import {
  createReadStream, mkdirSync, readFileSync, readdirSync, renameSync, statfsSync, symlinkSync, writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {pipeline} from 'node:stream/promises';
import {fileURLToPath} from 'node:url';
import {makeTempFolder, remove, replaceFolder, sizeOf} from './cache.mjs';
import {SetupError} from './errors.mjs';
import {TENSORFLOW_VERSION} from './platform.mjs';
import {diskFull, failure, findProgram, run} from './run.mjs';
import {isIntact, recordOf} from './stamp.mjs';

/** File names in the library's lib/: the wheel's own, and those that tfjs-node links with. */
export const LIBRARIES = {
  'libtensorflow_cc.so.2': 'libtensorflow_cc.so.2',
  'libtensorflow_framework.so.2': 'libtensorflow_framework.so.2',
  'libtensorflow.so': 'libtensorflow_cc.so.2',
  'libtensorflow_framework.so': 'libtensorflow_framework.so.2',
};

const UNPACKED_BYTES = 900_000_000;
const POLL_MS = 250;

/**
 * @typedef {object} Context
 * @property {NodeJS.ProcessEnv} env
 * @property {string} cache
 * @property {import('./platform.mjs').Host} host
 * @property {import('./platform.mjs').Wheel} wheel
 * @property {string} [wheelFile] a wheel that the user downloaded
 * @property {AbortSignal} signal
 * @property {import('./progress.mjs').Progress} progress
 */

/**
 * TensorFlow's library and headers in the cache, downloaded if they are not there whole.
 * @param {Context} context
 * @returns {Promise<string>} the folder, with lib/ and include/
 */
export async function ensureLibrary(context) {
  const {cache, host, wheel} = context;
  const folder = path.join(cache, `tensorflow-${TENSORFLOW_VERSION}-${host.platform}-${host.arch}`);
  if (isWhole(folder, wheel.sha256)) return folder;
  const python = requirePython(context.env);
  const temp = makeTempFolder(cache);
  try {
    requireSpace(cache, wheel.bytes + UNPACKED_BYTES);
    const file = context.wheelFile ?? await download(context, python, temp);
    await checkHash(file, wheel, context);
    const unpacked = path.join(temp, 'library');
    await unpack(context, python, file, unpacked);
    for (const [name, target] of Object.entries(LIBRARIES)) {
      if (name !== target) symlinkSync(target, path.join(unpacked, 'lib', name));
    }
    writeManifest(unpacked, wheel.sha256);
    replaceFolder(unpacked, folder);
    return folder;
  } finally {
    remove(temp);
  }
}

/** @param {NodeJS.ProcessEnv} env */
export function findPython(env) {
  return findProgram('python3', env) ?? findProgram('python', env);
}

/** @param {NodeJS.ProcessEnv} env */
function requirePython(env) {
  const python = findPython(env);
  if (python) return python;
  throw new SetupError('no-python', 'Python 3 with pip is needed to download TensorFlow\'s library; no python3 was ' +
    'found.', 'install it (Debian, Ubuntu: apt-get install python3 python3-pip; Fedora: dnf install python3-pip) ' +
    'and run this again.');
}

/**
 * @param {string} folder
 * @param {number} bytes
 */
function requireSpace(folder, bytes) {
  const {bavail, bsize} = statfsSync(folder);
  if (bavail * bsize < bytes) throw diskFull(folder, `${Math.round(bavail * bsize / 1e6)} MB are free there.`);
}

/**
 * @param {Context} context
 * @param {string} python
 * @param {string} temp
 */
async function download({env, cache, wheel, signal, progress}, python, temp) {
  const pip = await run(python, ['-m', 'pip', '--version'], {env, signal});
  if (pip.status !== 0) {
    throw new SetupError('no-pip', `${python} has no pip, which downloads TensorFlow's library.`,
      'install it (Debian, Ubuntu: apt-get install python3-pip; elsewhere: python3 -m ensurepip) and run this again.');
  }
  const folder = path.join(temp, 'wheel');
  const requirements = path.join(temp, 'requirements.txt');
  mkdirSync(folder);
  writeFileSync(requirements, `${wheel.project}==${TENSORFLOW_VERSION} --hash=sha256:${wheel.sha256}\n`);
  const step = progress.step(`Downloading TensorFlow ${TENSORFLOW_VERSION}`);
  const megabytes = Math.round(wheel.bytes / 1e6);
  const timer = setInterval(() => {
    step.update(`${Math.min(megabytes, Math.round(folderBytes(temp) / 1e6))} of ${megabytes} MB`);
  }, POLL_MS);
  try {
    // pip keeps what it has not finished in TMPDIR: there it goes when this folder goes. What it has finished stays in
    // its cache, for a Python that is to use TensorFlow itself (examples/distributed).
    const outcome = await run(python, ['-m', 'pip', 'download', '--disable-pip-version-check', '--no-input',
      '--cache-dir', path.join(cache, 'pip'), '--no-deps', '--only-binary=:all:', '--require-hashes',
      '--python-version', '3.11', '--implementation', 'cp',
      '--abi', 'cp311', '--platform', wheel.tag, '--dest', folder, '--requirement', requirements],
    {env: {...env, TMPDIR: temp, PIP_REQUIRE_VIRTUALENV: '0'}, signal});
    if (outcome.status !== 0) throw downloadFailure(outcome, wheel, temp);
    const name = readdirSync(folder).find((entry) => entry.endsWith('.whl'));
    if (!name) {
      throw new SetupError('download', 'pip succeeded but left no wheel.', downloadRemedy(wheel), outcome.stdout);
    }
    step.done(`${megabytes} MB`);
    return path.join(folder, name);
  } catch (error) {
    step.fail();
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/**
 * @param {import('./run.mjs').Outcome} outcome
 * @param {import('./platform.mjs').Wheel} wheel
 * @param {string} folder
 */
function downloadFailure(outcome, wheel, folder) {
  if (/DO NOT MATCH THE HASHES/i.test(outcome.stderr)) return wrongHash('What pip downloaded', '');
  return failure(outcome, {code: 'download', message: 'pip could not download TensorFlow\'s library',
    remedy: downloadRemedy(wheel), folder});
}

/** @param {import('./platform.mjs').Wheel} wheel */
function downloadRemedy(wheel) {
  return 'see to the network and to pip\'s settings (proxy, index; pip 20.3 or newer), and run this again. Or fetch ' +
    `the wheel ${wheel.project} ${TENSORFLOW_VERSION}, cp311, ${wheel.tag} elsewhere and run ` +
    'npx tfjs-explicit-layers setup-node --wheel FILE.';
}

/**
 * How far pip is: what it has written, wherever in the folder that may be.
 * @param {string} folder
 */
function folderBytes(folder) {
  try {
    const sizes = readdirSync(folder, {recursive: true}).map((name) => sizeOf(path.join(folder, String(name))));
    return sizes.reduce((total, size) => total + Math.max(0, size), 0);
  } catch {
    return 0; // pip moves files about while this looks.
  }
}

/**
 * @param {string} file
 * @param {import('./platform.mjs').Wheel} wheel
 * @param {Context} context
 */
async function checkHash(file, wheel, {signal, wheelFile}) {
  if (sizeOf(file) < 0) {
    throw new SetupError('download', `There is no file ${file}.`, 'give --wheel the path of the downloaded wheel.');
  }
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, {highWaterMark: 1 << 20}), hash, {signal});
  const digest = hash.digest('hex');
  if (digest === wheel.sha256) return;
  const details = `sha256 expected ${wheel.sha256}\nsha256 found    ${digest}`;
  throw wheelFile ? new SetupError('hash', `${file} is not the wheel that is needed.`,
    `fetch ${wheel.project} ${TENSORFLOW_VERSION}, cp311, ${wheel.tag}.`, details) :
    wrongHash('What was downloaded', details);
}

/**
 * @param {string} what
 * @param {string} details
 */
function wrongHash(what, details) {
  return new SetupError('hash', `${what} is not the TensorFlow wheel that was tried: its hash is another one.`,
    'run this again; if it stays so, a proxy or mirror on the way changes the file.', details);
}

/**
 * @param {Context} context
 * @param {string} python
 * @param {string} wheel
 * @param {string} folder
 */
async function unpack({env, signal, progress}, python, wheel, folder) {
  const step = progress.step('Unpacking it');
  const script = fileURLToPath(new URL('unpack.py', import.meta.url));
  const outcome = await run(python, [script, wheel, folder],
    {env, signal, onStdout: (text) => step.update(text.trim().split('\n').at(-1) ?? '')})
    .catch((error) => {
      step.fail();
      throw error;
    });
  if (outcome.status !== 0) {
    step.fail();
    throw failure(outcome, {code: 'unpack', message: 'The wheel could not be unpacked',
      remedy: 'run this again; Python 3.6 or newer with its zipfile module is needed.', folder});
  }
  step.done();
}

/**
 * Sizes of all files and the content of the libraries, so that a later run sees when one is gone or damaged.
 * @param {string} folder
 * @param {string} sha256
 */
function writeManifest(folder, sha256) {
  /** @type {Record<string, number>} */
  const files = {};
  for (const entry of readdirSync(folder, {recursive: true, withFileTypes: true})) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    files[path.relative(folder, file)] = sizeOf(file);
  }
  saveManifest(folder, {sha256, files, libraries: hashLibraries(folder)});
}

/**
 * @typedef {object} Manifest
 * @property {string} sha256 the wheel's
 * @property {Record<string, number>} files the size of each
 * @property {Record<string, import('./stamp.mjs').FileRecord>} [libraries] what is loaded, by its name in lib/; absent where
 * an earlier version unpacked them
 */

/** @param {string} folder */
function hashLibraries(folder) {
  const targets = [...new Set(Object.values(LIBRARIES))];
  return Object.fromEntries(targets.map((name) => [name, recordOf(path.join(folder, 'lib', name))]));
}

/**
 * @param {string} folder
 * @returns {Manifest}
 */
function readManifest(folder) {
  return JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
}

/**
 * @param {string} folder
 * @param {Manifest} manifest
 */
function saveManifest(folder, manifest) {
  const file = path.join(folder, 'manifest.json');
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(manifest));
  renameSync(`${file}.${process.pid}`, file);
}

/**
 * Size, time and content of the libraries, by their names in lib/.
 * @param {string} folder the library's
 */
export function recordsOf(folder) {
  return readManifest(folder).libraries ?? hashLibraries(folder);
}

/**
 * @param {string} folder
 * @param {string} sha256
 */
function isWhole(folder, sha256) {
  try {
    const manifest = readManifest(folder);
    const whole = manifest.sha256 === sha256 &&
      Object.entries(manifest.files).every(([name, size]) => sizeOf(path.join(folder, name)) === size) &&
      Object.keys(LIBRARIES).every((name) => sizeOf(path.join(folder, 'lib', name)) > 0);
    if (!whole) return false;
    const libraries = manifest.libraries ?? hashLibraries(folder);
    if (!manifest.libraries) saveManifest(folder, {...manifest, libraries});
    return Object.entries(libraries).every(([name, record]) => isIntact(path.join(folder, 'lib', name), record));
  } catch {
    return false;
  }
}
