import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';

import {cacheFolder} from '../setup/cache.mjs';
import {findPython} from '../setup/library.mjs';
import {withLock} from '../setup/lock.mjs';
import {TENSORFLOW_VERSION, thisHost, wheelFor} from '../setup/platform.mjs';
import {createProgress} from '../setup/progress.mjs';
import {run} from '../setup/run.mjs';

/** A problem that the user can do something about. */
export class PythonError extends Error {}

/**
 * A Python with TensorFlow and tf_keras: a virtual environment in the user's cache, made at the first call. pip keeps what
 * it downloads there too, as for tfjs-node's library, so that the TensorFlow wheel is downloaded once.
 *
 * @returns the interpreter
 */
export async function ensurePython(signal: AbortSignal, note: (text: string) => void): Promise<string> {
  const cache = cacheFolder(process.env);
  const folder = path.join(cache, `python-tensorflow-${TENSORFLOW_VERSION}`);
  const python = path.join(folder, 'bin', 'python');
  const packages = [`${wheelFor(thisHost()).project}==${TENSORFLOW_VERSION}`, `tf_keras==${TENSORFLOW_VERSION}`];
  await once(folder, python, packages, signal, note, async () => {
    const system = findPython(process.env);
    if (!system) throw new PythonError('python3 was not found. Install it (Debian, Ubuntu: apt-get install python3-venv).');
    await step('Making a virtual environment', system, ['-m', 'venv', folder], signal);
    await step('Installing TensorFlow in it (274 MB, once)', python, [...install(cache), packages[0]!], signal);
    // Its dependency is the package tensorflow, of which tensorflow-cpu is the part that is needed.
    await step('Installing tf_keras', python, [...install(cache), '--no-deps', packages[1]!], signal);
  });
  return python;
}

/**
 * The official converter, without the packages that it asks for formats other than Keras's: a folder for PYTHONPATH, made at
 * the first call.
 */
export async function ensureConverter(python: string, signal: AbortSignal, note: (text: string) => void): Promise<string> {
  const cache = cacheFolder(process.env);
  const converter = 'tensorflowjs==4.22.0';
  const folder = path.join(cache, `python-${converter.replace('==', '-')}`);
  await once(folder, folder, [converter], signal, note, () => step(
      'Installing the official converter', python, [...install(cache), '--no-deps', '--target', folder, converter], signal));
  return folder;
}

function install(cache: string): string[] {
  return ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--only-binary=:all:',
    '--cache-dir', path.join(cache, 'pip')];
}

/** Makes a folder of packages unless it is there with what is needed of it, complete and of these versions. */
async function once(
    folder: string, needed: string, packages: string[], signal: AbortSignal, note: (text: string) => void,
    make: () => Promise<void>): Promise<void> {
  const stamp = path.join(folder, 'packages.json');
  const isReady = () => existsSync(needed) && existsSync(stamp) && readFileSync(stamp, 'utf8') === JSON.stringify(packages);
  if (isReady()) return;
  const cache = path.dirname(folder);
  mkdirSync(cache, {recursive: true});
  const onWait = (pid: number) => note(`Process ${pid} prepares the same folder: waiting.`);
  await withLock(cache, {signal, onWait}, async () => {
    if (isReady()) return;
    rmSync(folder, {recursive: true, force: true});
    await make();
    writeFileSync(stamp, JSON.stringify(packages));
  });
}

async function step(label: string, command: string, args: string[], signal: AbortSignal): Promise<void> {
  const shown = createProgress().step(label);
  try {
    const {status, stderr, stdout} = await run(command, args, {env: {...process.env, PIP_REQUIRE_VIRTUALENV: '0'}, signal});
    if (status !== 0) {
      const words = (stderr.trim() || stdout.trim()).split('\n').slice(-6).join('\n');
      throw new PythonError(`${label} failed (${command} ${args.slice(0, 3).join(' ')}, exit code ${status}):\n${words}\n` +
          'See to the network, to room for 2 GB in the cache (TFJS_EXPLICIT_LAYERS_CACHE) and to python3-venv, and run this ' +
          'again.');
    }
    shown.done();
  } catch (error) {
    shown.fail();
    throw error;
  }
}
