import {createHash} from 'node:crypto';
import {mkdirSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {runNpm} from './npm.mjs';
import {ROOT, stateFolder} from './root.mjs';

/** What dist/ is made from: src/, and the files that say how. */
const RECIPES = {'.': /^(package\.json|tsconfig.*\.json|tsdown\.config\..*)$/, tools: /^(build.*|scripts)\.mjs$/};

/**
 * Builds dist/ unless it was made from the sources as they are now.
 * @param {{root?: string}} [options]
 * @returns {Promise<boolean>} whether a build ran
 */
export async function ensureBuilt({root = ROOT} = {}) {
  const hasScript = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).scripts?.build;
  if (!hasScript || isBuilt(root)) return false;
  const sources = describeSources(root);
  const ran = await runNpm(root, {
    name: 'build',
    plan: () => ({label: 'Building dist (npm run build)', args: ['run', '--silent', 'build']}),
    isNeeded: () => !isBuilt(root),
    remedy: 'repair what the compiler names, and run the same command again.',
  });
  if (ran) writeStamp(root, {sources, built: describeFolder(path.join(root, 'dist'))});
  return ran;
}

/** @param {string} root */
function isBuilt(root) {
  try {
    const stamp = JSON.parse(readFileSync(stampFile(root), 'utf8'));
    return stamp.sources === describeSources(root) && stamp.built === describeFolder(path.join(root, 'dist'));
  } catch {
    return false;
  }
}

/** @param {string} root */
function stampFile(root) {
  return path.join(stateFolder(root), 'built.json');
}

/**
 * @param {string} root
 * @param {{sources: string, built: string}} stamp
 */
function writeStamp(root, stamp) {
  mkdirSync(stateFolder(root), {recursive: true});
  const temp = `${stampFile(root)}.${process.pid}`;
  writeFileSync(temp, JSON.stringify(stamp));
  renameSync(temp, stampFile(root));
}

/** @param {string} root */
function describeSources(root) {
  const recipes = Object.entries(RECIPES).flatMap(([folder, names]) => readdirSync(path.join(root, folder))
    .filter((name) => names.test(name)).map((name) => describeFile(path.join(root, folder, name))));
  return digest([...recipes, describeFolder(path.join(root, 'src'))]);
}

/** @param {string} folder */
function describeFolder(folder) {
  const entries = readdirSync(folder, {recursive: true, withFileTypes: true}).filter((entry) => entry.isFile());
  return digest(entries.map((entry) => describeFile(path.join(entry.parentPath ?? entry.path, entry.name))).sort());
}

/**
 * A file's time and size tell quickly enough whether it changed.
 * @param {string} file
 */
function describeFile(file) {
  const {size, mtimeMs} = statSync(file);
  return `${file} ${size} ${mtimeMs}`;
}

/** @param {string[]} lines */
function digest(lines) {
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
