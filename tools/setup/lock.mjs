import {mkdirSync, readFileSync, renameSync, statSync, writeFileSync} from 'node:fs';
import {hostname} from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {isRunning, remove, touch} from './cache.mjs';

const BEAT_MS = 2_000;
const SILENT_MS = 30_000;
const POLL_MS = 250;

/**
 * Runs `work` while no other process does the same in this folder. The lock only saves work (two downloads of the
 * same file): every result is put in place by one rename, so a lock that is lost or broken does no harm.
 * @template T
 * @param {string} folder
 * @param {{signal: AbortSignal, onWait: (pid: number) => void}} options
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(folder, {signal, onWait}, work) {
  const file = path.join(folder, 'lock');
  mkdirSync(folder, {recursive: true});
  let waiting = false;
  while (!take(file)) {
    const holder = readHolder(file);
    if (holder && isStale(file, holder)) {
      breakLock(file);
      continue;
    }
    if (holder && !waiting) onWait(holder.pid);
    waiting = true;
    await sleep(POLL_MS, undefined, {signal});
  }
  const beat = setInterval(() => beatIfOurs(file), BEAT_MS);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    if (isOurs(file)) remove(file);
  }
}

/** @param {string} file */
function take(file) {
  try {
    writeFileSync(file, JSON.stringify({host: hostname(), pid: process.pid}), {flag: 'wx'});
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Who holds the lock; null when it was given back meanwhile, or is being written.
 * @param {string} file
 * @returns {{host: string, pid: number} | null}
 */
function readHolder(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return ageOf(file) > SILENT_MS ? {host: hostname(), pid: 0x7fffffff} : null;
  }
}

/**
 * @param {string} file
 * @param {{host: string, pid: number}} holder
 */
function isStale(file, holder) {
  return !isRunning(holder.host, holder.pid) || ageOf(file) > SILENT_MS;
}

/** @param {string} file */
function ageOf(file) {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}

/** @param {string} file */
function breakLock(file) {
  const broken = `${file}.broken-${process.pid}`;
  try {
    renameSync(file, broken);
  } catch {
    return;
  }
  remove(broken);
}

/** @param {string} file */
function isOurs(file) {
  const holder = readHolder(file);
  return holder !== null && holder.host === hostname() && holder.pid === process.pid;
}

/** @param {string} file */
function beatIfOurs(file) {
  try {
    if (isOurs(file)) touch(file);
  } catch {
    // Taken away between the two: nothing to keep alive.
  }
}
