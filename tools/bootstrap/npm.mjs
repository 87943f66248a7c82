import path from 'node:path';
import {withLock} from '../setup/lock.mjs';
import {createProgress} from '../setup/progress.mjs';
import {run} from '../setup/run.mjs';
import {stateFolder} from './root.mjs';

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
 * @param {string} label what the user reads
 * @param {string[]} args
 * @param {{stillNeeded: () => boolean, remedy: string}} options `stillNeeded` is asked again once it is our turn
 * @returns {Promise<boolean>} whether it ran
 */
export async function runNpm(root, label, args, {stillNeeded, remedy}) {
  const progress = createProgress();
  const controller = new AbortController();
  const stop = (/** @type {NodeJS.Signals} */ name) => controller.abort(new BootstrapError(`Interrupted (${name}).`,
    'Run the same command again to go on.'));
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const name of signals) process.on(name, stop);
  const onWait = (/** @type {number} */ pid) => progress.log(`Process ${pid} prepares the same folder: waiting.`);
  try {
    return await withLock(stateFolder(root), {signal: controller.signal, onWait}, async () => {
      if (!stillNeeded()) return false;
      const step = progress.step(label);
      const [command, ...first] = npmCommand();
      const outcome = await run(command, [...first, ...args], {cwd: root, signal: controller.signal}).catch((error) => {
        step.fail();
        throw error;
      });
      if (outcome.status !== 0) {
        step.fail();
        throw new BootstrapError(`npm ${args.join(' ')} failed (exit code ${outcome.status}):`,
          `${outcome.stdout}${outcome.stderr}\nWhat to do: ${remedy}`);
      }
      step.done();
      return true;
    });
  } finally {
    for (const name of signals) process.off(name, stop);
  }
}

/** The npm that started this process, else the one on the PATH. */
function npmCommand() {
  const script = process.env.npm_execpath;
  return script && path.basename(script) === 'npm-cli.js' ? [process.execPath, script] : ['npm'];
}
