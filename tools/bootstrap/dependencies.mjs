import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {isDeepStrictEqual} from 'node:util';
import {runNpm} from './npm.mjs';
import {ROOT} from './root.mjs';

const KINDS = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];

/**
 * Installs what package-lock.json names, unless it is all there.
 * @param {{root?: string}} [options]
 * @returns {Promise<boolean>} whether something was installed
 */
export async function ensureDependencies({root = ROOT} = {}) {
  if (areInstalled(root)) return false;
  const fresh = !existsSync(path.join(root, 'node_modules'));
  const lockFits = lockFitsPackage(root);
  const command = fresh && lockFits ? 'ci' : 'install';
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  return runNpm(root, `Installing dependencies (npm ${command})`, [command, ...flags], {
    stillNeeded: () => !areInstalled(root),
    remedy: 'see to the network and npm\'s settings (proxy, registry), and run the same command again.',
  });
}

/**
 * Every package of the lock file is in node_modules in that version. npm writes node_modules/.package-lock.json
 * last, so an interrupted installation is seen as none.
 * @param {string} root
 */
export function areInstalled(root) {
  const wanted = readJson(path.join(root, 'package-lock.json'))?.packages;
  const found = readJson(path.join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (!wanted || !found || !lockFitsPackage(root)) return false;
  return Object.entries(wanted).every(([place, entry]) => place === '' ||
    (entry.version === found[place]?.version && existsSync(path.join(root, place))) ||
    (found[place] === undefined && (entry.optional || entry.devOptional)));
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
