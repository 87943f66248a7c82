import {spawn} from 'node:child_process';
import {constants} from 'node:os';
import path from 'node:path';
import {ensureBuilt, ensureDependencies, ensureTfjsNode} from './bootstrap.mjs';
import {BootstrapError} from './bootstrap/npm.mjs';
import {ROOT} from './bootstrap/root.mjs';
import {SetupError, explain} from './setup_node.mjs';

const SAME_KEY_MS = 500;

/**
 * Runs the main example with the user's own flags.
 * @param {string[]} args
 * @returns {Promise<number>} its exit code
 */
async function main(args) {
  await ensureDependencies();  // the help, too, is written by a package
  if (!wantsHelp(args)) {
    if (wantsTfjsNode(args)) await ensureTfjsNode();
    await ensureBuilt();
  }
  return runExample(args);
}

/** @param {string[]} args */
function wantsHelp(args) {
  return args.includes('--help') || args.includes('-h');
}

/** @param {string[]} args */
function wantsTfjsNode(args) {
  const backend = args.map((arg, i) => (arg === '--backend' ? args[i + 1] : /^--backend=(.*)/.exec(arg)?.[1]))
    .find((name) => name !== undefined);
  return backend === undefined || backend === 'tensorflow';
}

/**
 * In a process group of its own: on Ctrl-C the terminal signals every process of its group, and npm passes the
 * signal on once more, so a child in it would get it two or three times. Here it gets it once.
 * @param {string[]} args
 * @returns {Promise<number>}
 */
function runExample(args) {
  const child = spawn(process.execPath, ['--import', 'tsx', path.join('examples', 'mnist', 'main.ts'), ...args],
    {cwd: ROOT, stdio: 'inherit', detached: process.platform !== 'win32'});
  let passedOnAt = 0;
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(name, () => {
      if (Date.now() - passedOnAt < SAME_KEY_MS) return;
      passedOnAt = Date.now();
      child.kill(name);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve(status ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  });
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
  process.exit();
}, (error) => {
  const known = error instanceof SetupError ? explain(error) : error instanceof BootstrapError ? error.message : error;
  console.error(known);
  process.exitCode = error instanceof SetupError && error.code === 'interrupted' ? 130 : 1;
});
