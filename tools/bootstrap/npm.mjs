import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {remove} from '../setup/cache.mjs';
import {withLock} from '../setup/lock.mjs';
import {createProgress} from '../setup/progress.mjs';
import {run} from '../setup/run.mjs';
import {stateFolder} from './root.mjs';

const ORPHAN_MS = 5 * 60 * 1000;

/** A step that went wrong, with the failing program's own words. */
export class BootstrapError extends Error {
  /**
   * @param {string} message
   * @param {string} details
   */
  constructor(message, details) {
    super(`${message}\n${details}`);
    this.name = 'BootstrapError';
  }
}

/**
 * Runs npm with its elapsed time shown, once at a time in a checkout.
 * @param {string} root
 * @param {object} job
 * @param {string} job.name of the job, the same each time
 * @param {(wasCutShort: boolean) => {label: string, args: string[]}} job.plan what to run; `wasCutShort`: the run
 *   before this one did not come to its end
 * @param {() => boolean} job.isNeeded asked when it is our turn: another process may have done it meanwhile
 * @param {string} job.remedy
 * @returns {Promise<boolean>} whether it ran
 */
export async function runNpm(root, {name, plan, isNeeded, remedy}) {
  const progress = createProgress();
  const controller = new AbortController();
  const stop = (/** @type {NodeJS.Signals} */ signal) => controller.abort(new BootstrapError(`Interrupted (${signal}).`,
    'Run the same command again to continue.'));
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const signal of signals) process.on(signal, stop);
  const onWait = (/** @type {number} */ pid) => progress.log(`Process ${pid} prepares the same folder: waiting.`);
  try {
    return await withLock(stateFolder(root), {signal: controller.signal, onWait}, async () => {
      const marker = markerFile(root, name);
      const earlier = readMarker(marker);
      if (!earlier && !isNeeded()) return false;
      if (earlier) await waitForEnd(earlier.pid, controller.signal);
      const {label, args} = plan(Boolean(earlier));
      await runOnce(root, label, args, {marker, progress, remedy, signal: controller.signal});
      return true;
    });
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

/**
 * @param {string} root
 * @param {string} label
 * @param {string[]} args
 * @param {{marker: string, progress: import('../setup/progress.mjs').Progress, remedy: string, signal: AbortSignal}} options
 */
async function runOnce(root, label, args, {marker, progress, remedy, signal}) {
  const step = progress.step(label);
  const [command, ...first] = npmCommand();
  const env = process.stderr.isTTY ? process.env : {...process.env, NO_COLOR: '1'};
  try {
    const outcome = await run(command, [...first, ...args],
      {cwd: root, env, signal, onStart: (pid) => writeMarker(marker, pid)});
    // An npm that fails by itself puts back what was there; only one that is cut short leaves a mess.
    if (outcome.status !== null) remove(marker);
    if (outcome.status !== 0) {
      throw new BootstrapError(`npm ${args.join(' ')} failed (exit code ${outcome.status}):`,
        `${outcome.stdout}${outcome.stderr}\nWhat to do: ${remedy}`);
    }
  } catch (error) {
    step.fail();
    throw error;
  }
  step.done();
}

/**
 * A file that is there from npm's start to its end, so that the next run knows of what was cut short.
 * @param {string} root
 * @param {string} name of the job
 */
export function markerFile(root, name) {
  return path.join(stateFolder(root), `npm-${name}.json`);
}

/**
 * @param {string} marker
 * @param {number} pid
 */
function writeMarker(marker, pid) {
  mkdirSync(path.dirname(marker), {recursive: true});
  writeFileSync(marker, JSON.stringify({pid}));
}

/**
 * @param {string} marker
 * @returns {{pid: number} | null}
 */
export function readMarker(marker) {
  try {
    return JSON.parse(readFileSync(marker, 'utf8'));
  } catch (error) {
    return error instanceof SyntaxError ? {pid: 0} : null;
  }
}

/**
 * An npm outlives a starter that was killed: two at once in one folder would spoil each other's work.
 * @param {number} pid
 * @param {AbortSignal} signal
 */
async function waitForEnd(pid, signal) {
  const deadline = Date.now() + ORPHAN_MS;
  while (isNpm(pid) && Date.now() < deadline) {
    await sleep(200);
    signal.throwIfAborted();
  }
}

/** @param {number} pid */
function isNpm(pid) {
  try {
    return /npm/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return false;
  }
}

/**
 * The npm that started this process, else the one on the PATH; on Windows, where that is a file for the shell, the one
 * that came with Node.
 */
export function npmCommand({platform = process.platform, env = process.env, node = process.execPath} = {}) {
  const script = env.npm_execpath;
  if (script && path.basename(script) === 'npm-cli.js') return [node, script];
  if (platform !== 'win32') return ['npm'];
  return [node, path.win32.join(path.win32.dirname(node), 'node_modules', 'npm', 'bin', 'npm-cli.js')];
}
