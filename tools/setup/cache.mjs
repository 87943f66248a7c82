import {mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync} from 'node:fs';
import {homedir, hostname} from 'node:os';
import path from 'node:path';
import {SetupError} from './errors.mjs';

const FORGOTTEN_MS = 60 * 60 * 1000;

/**
 * Where the library lives, outside of any node_modules so that it outlives them.
 * @param {NodeJS.ProcessEnv} env
 */
export function cacheFolder(env) {
  if (env.TFJS_EXPLICIT_LAYERS_CACHE) return path.resolve(env.TFJS_EXPLICIT_LAYERS_CACHE);
  const base = env.XDG_CACHE_HOME && path.isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME :
    path.join(env.HOME || homedir(), '.cache');
  return path.join(base, 'tfjs-explicit-layers');
}

/**
 * Refuses a cache in whose place, or above it, is a file.
 * @param {string} folder
 */
export function requireFolder(folder) {
  for (let at = folder; at !== path.dirname(at); at = path.dirname(at)) {
    const kind = kindOf(at);
    if (kind === 'folder') return;
    if (kind === 'file') {
      throw new SetupError('cache', `The cache is to be in ${folder}, but ${at} is a file.`,
        'move that file away, or set TFJS_EXPLICIT_LAYERS_CACHE to a folder, and run this again.');
    }
  }
}

/** @param {string} file */
function kindOf(file) {
  try {
    return statSync(file).isDirectory() ? 'folder' : 'file';
  } catch {
    return 'absent';
  }
}

/**
 * A new folder beside what it will become part of, so that a rename can put it in place. Its name says whose it is.
 * @param {string} parent
 */
export function makeTempFolder(parent) {
  mkdirSync(parent, {recursive: true});
  return mkdtempSync(path.join(parent, `.tmp-${hostname()}-${process.pid}-`));
}

/**
 * Removes what runs that were killed left behind.
 * @param {string} parent
 */
export function sweepTempFolders(parent) {
  for (const name of listFolder(parent)) {
    if (name.startsWith('.tmp-') && isAbandoned(path.join(parent, name), name)) remove(path.join(parent, name));
  }
}

/**
 * Puts `from` where `to` is, whole or not at all; what was there before is gone afterwards.
 * @param {string} from
 * @param {string} to
 */
export function replaceFolder(from, to) {
  mkdirSync(path.dirname(to), {recursive: true});
  const trash = makeTempFolder(path.dirname(to));
  try {
    renameSync(to, path.join(trash, 'old'));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  try {
    renameSync(from, to);
  } finally {
    remove(trash);
  }
}

/** @param {string} file */
export function remove(file) {
  try {
    rmSync(file, {recursive: true, force: true, maxRetries: 2});
  } catch {
    // A program of a killed run may still be writing there; the next run sweeps it.
  }
}

/** @param {string} file */
export function sizeOf(file) {
  try {
    return statSync(file).size;
  } catch {
    return -1;
  }
}

/** @param {string} file */
export function touch(file) {
  const now = new Date();
  utimesSync(file, now, now);
}

/**
 * @param {string} host
 * @param {number} pid
 */
export function isRunning(host, pid) {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * @param {string} folder
 * @param {string} name
 */
function isAbandoned(folder, name) {
  const [, host, pid] = /^\.tmp-(.*)-(\d+)-[^-]*$/.exec(name) ?? [];
  if (pid !== undefined && !isRunning(host, Number(pid))) return true;
  try {
    return Date.now() - statSync(folder).mtimeMs > FORGOTTEN_MS;
  } catch {
    return false;
  }
}

/** @param {string} folder */
function listFolder(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** @param {unknown} error */
function isMissing(error) {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
