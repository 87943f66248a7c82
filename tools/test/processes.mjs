import {fork} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {ROOT} from '../bootstrap/root.mjs';

const SCRIPT = fileURLToPath(new URL('specs.mjs', import.meta.url));
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * What the processes are told once.
 * @typedef {{seed: string, filter?: string, 'fail-fast'?: boolean}} SpecOptions
 *
 * @typedef {object} Job
 * @property {number} jobs processes at the same time
 * @property {SpecOptions} options
 * @property {NodeJS.ProcessEnv} env
 * @property {ReturnType<typeof import('./reporter.mjs').createReporter>} reporter
 * @property {(file: string, seconds: number) => unknown} onFile hears of every file that came to its end
 */

/**
 * Runs spec files in several processes; one that is through with its file takes the next. Processes, so that a crash
 * of a native library is seen and counted; another one then goes on with the files that are left. (Jasmine's own
 * ParallelRunner takes files in an order of its own choice and ends the whole run at a crash.)
 * @param {string[]} files
 * @param {Job} job
 */
export async function runInProcesses(files, {jobs, ...job}) {
  const run = new Run(files, job);
  const passOn = (/** @type {NodeJS.Signals} */ signal) => run.interrupt(signal);
  // This process outlives a Ctrl-C, to say how far the others came.
  for (const name of SIGNALS) process.on(name, passOn);
  try {
    const work = async () => {
      while (run.waiting.length > 0) await run.startProcess();
    };
    await Promise.all(Array.from({length: Math.min(jobs, files.length)}, work));
  } finally {
    for (const name of SIGNALS) process.off(name, passOn);
    run.stop('SIGTERM');
  }
}

class Run {
  /**
   * @param {string[]} files
   * @param {Omit<Job, 'jobs'>} job
   */
  constructor(files, job) {
    this.waiting = [...files];
    this.job = job;
    this.isStopped = false;
    /** @type {Set<import('node:child_process').ChildProcess>} */
    this.busy = new Set();
  }

  /**
   * Resolves when a process has ended, for lack of files or otherwise.
   */
  async startProcess() {
    const {options, env, reporter, onFile} = this.job;
    const child = fork(SCRIPT, [JSON.stringify(options)],
      {cwd: ROOT, env, execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc']});
    this.busy.add(child);
    let current = /** @type {{file: string, startedAt: number, reporter: any} | null} */ (null);
    child.on('message', (/** @type {{event: string, data: any}} */ {event, data}) => {
      if (event !== 'ready' && event !== 'fileDone') return current?.reporter[event](data);
      if (current) onFile(current.file, (Date.now() - current.startedAt) / 1000);
      if (options['fail-fast'] && reporter.counts.failed > 0) this.waiting.length = 0;
      const file = this.waiting.shift();
      current = file === undefined ? null : {file, startedAt: Date.now(), reporter: reporter.ofFile(file)};
      // Should it be gone already, its end tells.
      if (file !== undefined) return child.send({file}, () => undefined);
      this.busy.delete(child);
      child.disconnect();
      if (options['fail-fast'] && reporter.counts.failed > 0) this.stop('SIGTERM');
    });
    // The end of the channel too: its last messages may come after the end of the process.
    const [[status, signal]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
    const isUnexpected = this.busy.delete(child) && !this.isStopped;
    if (isUnexpected) (current?.reporter ?? reporter).crashed(signal ?? `exit code ${status}`);
    // One that does not even start would be started for ever.
    if (isUnexpected && (!current || options['fail-fast'])) this.stop('SIGTERM');
  }

  /** @param {NodeJS.Signals} signal */
  interrupt(signal) {
    if (!this.isStopped) this.job.reporter.crashed(signal);
    this.stop(signal);
  }

  /** @param {NodeJS.Signals} signal */
  stop(signal) {
    this.isStopped = true;
    this.waiting.length = 0;
    for (const child of this.busy) child.kill(signal);
  }
}
