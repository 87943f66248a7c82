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
 */
import util from 'node:util';

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
