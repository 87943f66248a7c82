import path from 'node:path';
import {folderFor, peer, runFile} from './context.mjs';
import {checkBundles, checkPages, checkWasmPages} from './check_pages.mjs';
import {checkTypes} from './check_types.mjs';
import {install, makeFolder} from './folder.mjs';
import {audit} from './pack.mjs';
import {lastLine, run, step} from './run.mjs';

/** @param {string} tarball */
export async function checkNpm(tarball) {
  const folder = folderFor('npm');
  const installed = await step('npm install', () => install(folder, [tarball, peer('tfjs')]));
  if (!installed) return;
  for (const file of ['esm.mjs', 'cjs.cjs']) await step(`npm, ${file}, plain tfjs`, () => runFile(folder, file));
  await checkTypes(folder, 'npm');
  await step('npm audit', () => audit(folder));
  await step('npx tfjs-explicit-layers --help', async () => {
    const help = await run('npx', ['--no-install', 'tfjs-explicit-layers', '--help'], {cwd: folder});
    if (!help.includes('setup-node')) throw new Error(`it names no setup-node:\n${help}`);
  });
  await step('npx tfjs-explicit-layers verify', () =>
    run('npx', ['--no-install', 'tfjs-explicit-layers', 'verify', '--backend', 'cpu'], {cwd: folder}).then(lastLine));
  await checkBundles(folder);
  await checkPages(folder);
  await step('two copies of core', async () => {
    await install(makeFolder(path.join(folder, 'other')), [peer('tfjs')]);
    return runFile(folder, 'two_cores.mjs');
  });
}

/** @param {string} tarball */
export async function checkWasm(tarball) {
  const folder = folderFor('wasm');
  await step('npm install, wasm', () => install(folder, [tarball, peer('tfjs'), peer('tfjs-backend-wasm')]));
  await step('npm, wasm.mjs', () => runFile(folder, 'wasm.mjs'));
  await checkWasmPages(folder);
}

/**
 * @param {string} tarball
 * @param {'pnpm' | 'yarn'} manager
 */
export async function checkManager(tarball, manager) {
  const folder = folderFor(manager);
  await step(`${manager} add`, () => install(folder, [tarball, peer('tfjs'), peer('tfjs-core')], {manager}));
  for (const file of ['esm.mjs', 'cjs.cjs']) await step(`${manager}, ${file}`, () => runFile(folder, file));
  await checkTypes(folder, manager);
}
