import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {isDeepStrictEqual} from 'node:util';
import {remove} from '../setup/cache.mjs';
import {markerFile, readMarker, runNpm} from './npm.mjs';
import {ROOT} from './root.mjs';

const JOB = 'install';
const KINDS = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];

/**
 * Installs what package-lock.json names, unless it is all there.
 * @param {{root?: string}} [options]
 * @returns {Promise<boolean>} whether something was installed
 */
export async function ensureDependencies({root = ROOT} = {}) {
  if (areInstalled(root)) return false;
  return runNpm(root, {
    name: JOB,
    plan: (wasCutShort) => planInstallation(root, wasCutShort),
    isNeeded: () => !areInstalled(root),
    remedy: 'see to the network and npm\'s settings (proxy, registry), and run the same command again.',
  });
}

/**
 * npm takes a folder with a package.json for a whole package, so nothing half-unpacked may stay. What is whole is
 * only brought up to date.
 * @param {string} root
 * @param {boolean} wasCutShort
 */
export function planInstallation(root, wasCutShort) {
  const folder = path.join(root, 'node_modules');
  if (wasCutShort || !existsSync(hiddenLock(root))) remove(folder);
  const command = !existsSync(folder) && lockFitsPackage(root) ? 'ci' : 'install';
  return {label: `Installing dependencies (npm ${command})`,
    args: [command, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']};
}

/**
 * Every package of the lock file is in node_modules in that version. npm writes node_modules/.package-lock.json
 * last, so an interrupted installation is seen as none.
 * @param {string} root
 */
export function areInstalled(root) {
  const wanted = readJson(path.join(root, 'package-lock.json'))?.packages;
  const found = readJson(hiddenLock(root))?.packages;
  if (readMarker(markerFile(root, JOB)) || !wanted || !found || !lockFitsPackage(root)) return false;
  return Object.entries(wanted).every(([place, entry]) => place === '' ||
    (entry.version === found[place]?.version && existsSync(path.join(root, place))) ||
    (found[place] === undefined && (entry.optional || entry.devOptional)));
}

/** @param {string} root */
function hiddenLock(root) {
  return path.join(root, 'node_modules', '.package-lock.json');
}

/** @param {string} root */
function lockFitsPackage(root) {
  const own = readJson(path.join(root, 'package.json'));
  const locked = readJson(path.join(root, 'package-lock.json'))?.packages?.[''];
  return Boolean(own && locked) && KINDS.every((kind) => isDeepStrictEqual(own[kind] ?? {}, locked[kind] ?? {}));
}

/** @param {string} file */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
