import {cpSync, mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {run} from './run.mjs';

const PROGRAMS = fileURLToPath(new URL('programs', import.meta.url));
/** Installed when they are needed: among our own dependencies pnpm's optional parts make `npm ci` refuse the lock file. */
const MANAGERS = {
  pnpm: {name: 'pnpm@12.21.0', script: 'pnpm/bin/pnpm.mjs', flags: ['--prefer-offline', '--ignore-scripts']},
  yarn: {name: 'yarn@1.22.22', script: 'yarn/bin/yarn.js', flags: ['--ignore-scripts', '--non-interactive']},
};

/** Every install after the first finds in npm's cache what it needs. */
const QUICK = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];

/**
 * An empty folder with the programs in it.
 * @param {string} folder
 */
export function makeFolder(folder) {
  mkdirSync(folder, {recursive: true});
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({name: 'user', private: true}));
  cpSync(PROGRAMS, folder, {recursive: true});
  return folder;
}

/**
 * @param {string} folder
 * @param {string[]} packages names with versions, or the path of a tarball
 * @param {{manager?: 'npm' | keyof typeof MANAGERS, env?: NodeJS.ProcessEnv}} [options]
 */
export async function install(folder, packages, {manager = 'npm', env} = {}) {
  if (manager === 'npm') {
    await run('npm', ['install', ...QUICK, ...packages], {cwd: folder, env});
    return;
  }
  const own = makeFolder(`${folder}-itself`);
  const {name, script, flags} = MANAGERS[manager];
  await install(own, [name]);
  await run(process.execPath, [path.join(own, 'node_modules', script), 'add', ...flags, ...packages], {cwd: folder, env});
}

/**
 * The newest Node of each major version, from npm.
 * @param {string} folder
 * @param {number[]} majors
 * @returns {Promise<string[]>} the folders that hold a `node`
 */
export async function installNodes(folder, majors) {
  mkdirSync(folder, {recursive: true});
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({name: 'nodes', private: true}));
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  await install(folder, majors.map(major => `node${major}@npm:node-${platform}-${process.arch}@${major}`));
  return majors.map(major => path.join(folder, 'node_modules', `node${major}`, 'bin'));
}
