import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import {Unavailable} from '../cases/case';

/** A library from npm, and how it is installed. */
const NPM_PACKAGES = {
  'jax-js': {name: '@jax-js/jax', version: '0.1', flag: '--jax-js'},
  'onnxruntime-web': {name: 'onnxruntime-web', version: '1.30', flag: '--onnxruntime'},
};

/** A library in Python, and how it is installed. */
const PACKAGES = {
  Keras: {modules: ['keras', 'tensorflow'], install: 'tensorflow-cpu==2.21.0'},
  PyTorch: {modules: ['torch', 'numpy'], install: 'torch==2.15 numpy'},
};

/**
 * A Python that has a library.
 *
 * @param named the user's choice; else `python3` and `python` are tried
 * @throws {Unavailable} With how to install it, where there is none.
 */
export function findPython(library: keyof typeof PACKAGES, named?: string): string {
  const {modules, install} = PACKAGES[library];
  const has = modules.map((name) => `u.find_spec("${name}")`).join(' and ');
  const found = (named === undefined ? ['python3', 'python'] : [named]).find((python) => {
    try {
      execFileSync(python, ['-c', `import importlib.util as u, sys; sys.exit(not (${has}))`], {stdio: 'ignore'});
      return true;
    } catch {
      return false;
    }
  });
  if (found !== undefined) return found;
  throw new Unavailable(`${named ?? 'python3'} has no ${library}. To install it: python3 -m venv peers && ` +
      `peers/bin/pip install ${install}, then --python peers/bin/python`);
}

/**
 * The folder of a library from npm.
 *
 * @param named a folder where npm installed it; else this project
 * @throws {Unavailable} With how to install it, where it is not.
 */
export function findPackage(library: keyof typeof NPM_PACKAGES, named?: string): string {
  const {name, version, flag} = NPM_PACKAGES[library];
  const root = named ?? fileURLToPath(new URL('../..', import.meta.url));
  const folder = path.resolve(root, 'node_modules', name);
  if (existsSync(folder)) return folder;
  throw new Unavailable(
    `${library} is not there. To install it: npm install --prefix peers ${name}@${version}, then ${flag} peers`);
}
