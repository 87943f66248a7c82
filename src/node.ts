/**
 * Import this before `@tensorflow/tfjs-node`:
 *
 * ```js
 * import 'tfjs-explicit-layers/node';
 * import * as tf from '@tensorflow/tfjs-node';
 * ```
 *
 * It gives `util` back the type checks that tfjs-node 4.22 calls, which Node 22 warns of and Node 23 dropped (tfjs
 * issue 8609), and sets two of TensorFlow's environment variables where the user has not: oneDNN's kernels, which are
 * faster, and no notes on standard error but errors. TensorFlow reads both once, when it is loaded.
 *
 * Where tfjs-node is installed without its addon, or where what `setup-node` put there is damaged since (loading a
 * library that was cut short ends the process), it throws, and says what to do.
 */
import {realpathSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import util from 'node:util';

import {whyNotLoadable} from '../tools/setup/stamp.mjs';

const typeChecks: Record<string, (value: unknown) => boolean> = {
  isNullOrUndefined: (value) => value === null || value === undefined,
  isArray: (value) => Array.isArray(value),
  isString: (value) => typeof value === 'string',
  isNumber: (value) => typeof value === 'number',
  isBoolean: (value) => typeof value === 'boolean',
  isFunction: (value) => typeof value === 'function',
  isObject: (value) => value !== null && typeof value === 'object',
};

const known = util as unknown as Record<string, unknown>;
const warns = Number(process.versions.node.split('.')[0]) >= 22;
for (const [name, check] of Object.entries(typeChecks)) {
  if (warns || typeof known[name] !== 'function') known[name] = check;
}

process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

/** The folder of the tfjs-node that the program would load; null where there is none. */
function findTfjsNode(): string | null {
  const main = process.argv[1];
  for (const base of [main === undefined ? undefined : path.dirname(realOf(main)), process.cwd()]) {
    if (base === undefined) continue;
    try {
      return path.dirname(createRequire(path.join(base, 'noop.js')).resolve('@tensorflow/tfjs-node/package.json'));
    } catch {
      // Not there: look at the next place.
    }
  }
  return null;
}

function realOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

const folder = findTfjsNode();
const problem = folder === null ? null : whyNotLoadable(folder);
if (problem !== null) {
  throw new Error(`@tensorflow/tfjs-node in ${folder} cannot be loaded: ${problem}. ` +
      'Run npx tfjs-explicit-layers setup-node.');
}
