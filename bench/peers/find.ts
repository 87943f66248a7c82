import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import {Unavailable} from '../cases/case';

const PACKAGE = path.join('node_modules', '@jax-js', 'jax');

/**
 * A Python that has Keras and TensorFlow.
 *
 * @param named the user's choice; else `python3` and `python` are tried
 * @throws {Unavailable} With how to install it, where there is none.
 */
export function findPython(named?: string): string {
  const found = (named === undefined ? ['python3', 'python'] : [named]).find((python) => {
    try {
      const find = 'import importlib.util as u, sys; sys.exit(not (u.find_spec("keras") and u.find_spec("tensorflow")))';
      execFileSync(python, ['-c', find], {stdio: 'ignore'});
      return true;
    } catch {
      return false;
    }
  });
  if (found !== undefined) return found;
  throw new Unavailable(`${named ?? 'python3'} has no Keras. To install it: python3 -m venv keras && ` +
      'keras/bin/pip install tensorflow-cpu==2.21.0, then --python keras/bin/python');
}

/**
 * The folder of jax-js.
 *
 * @param named a folder where npm installed it; else this project
 * @throws {Unavailable} With how to install it, where it is not.
 */
export function findJaxJs(named?: string): string {
  const root = named ?? fileURLToPath(new URL('../..', import.meta.url));
  const folder = path.resolve(root, PACKAGE);
  if (existsSync(folder)) return folder;
  throw new Unavailable(`jax-js is not there. To install it: npm install --prefix jax @jax-js/jax@0.1, then --jax-js jax`);
}
