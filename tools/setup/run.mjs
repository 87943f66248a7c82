import {spawn} from 'node:child_process';
import {accessSync, constants, statSync} from 'node:fs';
import path from 'node:path';
import {SetupError} from './errors.mjs';

const KEPT_OUTPUT = 64 * 1024;

/**
 * @typedef {object} Outcome
 * @property {number | null} status
 * @property {NodeJS.Signals | null} signal
 * @property {string} stdout the end of it
 * @property {string} stderr the end of it
 */

/**
 * Runs a program to its end, without a shell, and returns what it said.
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, signal?: AbortSignal,
 *   onStart?: (pid: number) => void, onStdout?: (text: string) => void}} [options]
 * @returns {Promise<Outcome>}
 */
export function run(command, args, {cwd, env, signal, onStart, onStdout} = {}) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(command, args, {cwd, env, stdio: ['ignore', 'pipe', 'pipe']});
    if (child.pid !== undefined) onStart?.(child.pid);
    let stdout = '';
    let stderr = '';
    const abort = () => child.kill('SIGTERM');
    signal?.addEventListener('abort', abort, {once: true});
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout = (stdout + text).slice(-KEPT_OUTPUT);
      onStdout?.(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr = (stderr + text).slice(-KEPT_OUTPUT);
    });
    child.on('error', (error) => {
      signal?.removeEventListener('abort', abort);
      reject(error);
    });
    child.on('close', (status, endSignal) => {
      signal?.removeEventListener('abort', abort);
      if (signal?.aborted) reject(signal.reason);
      else resolve({status, signal: endSignal, stdout, stderr});
    });
  });
}

/**
 * Where a program is on the PATH, or null. Looking is quicker than starting it, and tells 'missing' from 'failing'.
 * @param {string} name a bare name, or a path
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | null}
 */
export function findProgram(name, env) {
  if (name.includes(path.sep)) return isExecutable(name) ? name : null;
  for (const folder of (env.PATH ?? '').split(path.delimiter)) {
    const candidate = path.join(folder || '.', name);
    if (isExecutable(candidate)) return candidate;
  }
  return null;
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * The error for a program that ended badly: a full disk and missing rights are told apart from everything else,
 * since their remedy is another one.
 * @param {Outcome} outcome
 * @param {{code: string, message: string, remedy: string, folder: string}} otherwise
 */
export function failure(outcome, {code, message, remedy, folder}) {
  const words = lastLines(outcome.stderr.trim() || outcome.stdout.trim(), 8);
  if (/no space left on device|errno 28|disk quota exceeded/i.test(words)) return diskFull(folder, words);
  if (/permission denied|errno 13|read-only file system/i.test(words)) return notWritable(folder, words);
  const how = outcome.signal ? `ended by ${outcome.signal}` : `exit code ${outcome.status}`;
  return new SetupError(code, `${message} (${how}).`, remedy, words);
}

/**
 * @param {unknown} error what a call into `node:fs` threw
 * @param {string} folder
 */
export function fromFileError(error, folder) {
  const {code, path: file} = /** @type {NodeJS.ErrnoException} */ (error);
  const place = file ? path.dirname(file) : folder;
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(place, String(error));
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return notWritable(place, String(error));
  return error;
}

/**
 * @param {string} folder
 * @param {string} details
 */
export function diskFull(folder, details) {
  return new SetupError('disk-full', `There is not enough room on the disk that holds ${folder}.`,
    'make room for 1.3 GB, or set TFJS_EXPLICIT_LAYERS_CACHE to a folder on another disk, and run this again.', details);
}

/**
 * @param {string} folder
 * @param {string} details
 */
function notWritable(folder, details) {
  return new SetupError('permission', `Writing to ${folder} is not allowed.`,
    'run this as the user who owns that folder, or set TFJS_EXPLICIT_LAYERS_CACHE to a folder of yours.', details);
}

/**
 * The line in which Node says what was thrown, from what it printed when it ended of it.
 * @param {string} stderr
 */
export function thrownLine(stderr) {
  const lines = stderr.split('\n').map((line) => line.trimEnd()).filter((line) => line && !/^\s+at /.test(line));
  return lines.find((line) => /^\w*Error\b.*:/.test(line)) ?? lines.find((line) => /error|cannot/i.test(line)) ??
    lines.at(-1);
}

/**
 * @param {string} text
 * @param {number} count
 */
function lastLines(text, count) {
  return text.split(/\r?\n|\r/).filter((line) => line.trim()).slice(-count).join('\n');
}
