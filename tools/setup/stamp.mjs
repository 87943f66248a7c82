import {createHash} from 'node:crypto';
import {
  closeSync, openSync, readFileSync, readSync, readdirSync, realpathSync, renameSync, statSync, writeFileSync,
} from 'node:fs';
import path from 'node:path';

/** Where tfjs-node looks for its addon (its package.json's binary.module_path, at the newest N-API it knows). */
export const BINDING = path.join('lib', 'napi-v8', 'tfjs_binding.node');
/** What setup-node writes last, in tfjs-node's folder. */
const STAMP = path.join('lib', 'explicit-layers.json');

const CHUNK = 1 << 22;

/**
 * A file as it was when it was known to be right.
 * @typedef {object} FileRecord
 * @property {number} size
 * @property {number} mtimeMs
 * @property {string} sha256
 *
 * @typedef {object} Stamp
 * @property {string} tfjsNode tfjs-node's version
 * @property {string} native which ops of ours, by the digest of their sources
 * @property {string} tensorflow the library's version
 * @property {string} platform
 * @property {string} arch
 * @property {Record<string, FileRecord>} files by their names in tfjs-node's folder
 */

/**
 * @param {string} file
 * @returns {FileRecord}
 */
export function recordOf(file) {
  const {size, mtimeMs} = statSync(file);
  return {size, mtimeMs, sha256: hashOf(file)};
}

/**
 * Whether a file is as it was recorded: of the same size and time, which is looked up quickly, or of the same content.
 * @param {string} file
 * @param {FileRecord} record
 * @param {{hash?: boolean}} [options] `hash`: look at the content in any case
 */
export function isIntact(file, record, {hash = false} = {}) {
  try {
    const {size, mtimeMs} = statSync(file);
    if (size !== record.size) return false;
    return (!hash && mtimeMs === record.mtimeMs) || hashOf(file) === record.sha256;
  } catch {
    return false;
  }
}

/** @param {string} file */
function hashOf(file) {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK);
  const descriptor = openSync(file, 'r');
  try {
    for (let read = 1; read > 0;) {
      read = readSync(descriptor, buffer);
      hash.update(buffer.subarray(0, read));
    }
  } finally {
    closeSync(descriptor);
  }
  return hash.digest('hex');
}

/**
 * What setup-node said of this tfjs-node, or null.
 * @param {string} folder
 * @returns {Stamp | null}
 */
export function openStamp(folder) {
  try {
    const stamp = JSON.parse(readFileSync(path.join(folder, STAMP), 'utf8'));
    return Object.values(stamp.files).every(({sha256}) => typeof sha256 === 'string') ? stamp : null;
  } catch {
    return null;
  }
}

/** @param {string} folder */
export function stampFile(folder) {
  return path.join(folder, STAMP);
}

/**
 * Puts the stamp where the next run finds it, whole or not at all.
 * @param {string} folder
 * @param {Stamp} stamp
 */
export function saveStamp(folder, stamp) {
  const file = stampFile(folder);
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(stamp));
  renameSync(`${file}.${process.pid}`, file);
}

/**
 * The files of a tfjs-node that are not as setup-node left them. A file of another time but the same content is written
 * down again, so that it is read through only once.
 * @param {string} folder
 * @param {Stamp} stamp
 * @param {{hash?: boolean}} [options]
 * @returns {string[]}
 */
export function damagedFiles(folder, stamp, options) {
  /** @type {Map<string, boolean>} */
  const looked = new Map();  // two names may be one file
  const damaged = Object.entries(stamp.files).filter(([name, record]) => {
    const file = path.join(folder, name);
    const key = `${realOf(file)} ${record.sha256}`;
    if (!looked.has(key)) looked.set(key, isIntact(file, record, options));
    return !looked.get(key);
  }).map(([name]) => path.join(folder, name));
  if (damaged.length === 0) renewTimes(folder, stamp);
  return damaged;
}

/**
 * @param {string} folder
 * @param {Stamp} stamp
 */
function renewTimes(folder, stamp) {
  const times = Object.entries(stamp.files).map(([name, record]) =>
    [name, {...record, mtimeMs: statSync(path.join(folder, name)).mtimeMs}]);
  const files = Object.fromEntries(times);
  if (Object.entries(stamp.files).every(([name, {mtimeMs}]) => files[name].mtimeMs === mtimeMs)) return;
  try {
    saveStamp(folder, {...stamp, files});
  } catch {
    // It is another user's, or read-only: the files are read through again next time.
  }
}

/** @param {string} file */
function realOf(file) {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/**
 * Why tfjs-node in this folder would not load, or would end the process; null where nothing speaks against it.
 * @param {string} folder
 * @returns {string | null}
 */
export function whyNotLoadable(folder) {
  const stamp = openStamp(folder);
  const [damaged] = stamp ? damagedFiles(folder, stamp) : [];
  if (damaged) return `${damaged} is damaged`;
  return hasAddon(folder) ? null : 'it has no addon, which it could not download when it was installed';
}

/** @param {string} folder */
function hasAddon(folder) {
  try {
    const names = readdirSync(path.join(folder, 'lib'), {recursive: true});
    return names.some((name) => path.basename(String(name)) === path.basename(BINDING));
  } catch {
    return false;
  }
}
