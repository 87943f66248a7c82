/** Tries random configurations and damaged files for some minutes; a failure is told with the command that repeats it. */
import {spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {Command, Option} from 'commander';

import {NODE_BACKENDS} from '../examples/shared/backend';
import type {NodeBackend} from '../examples/shared/backend';
import {numberBetween, readFlags, wholeNumber} from '../examples/shared/flags';
import {startProgress} from '../examples/shared/progress';
import {KINDS} from './fuzz/names';
import type {Kind, Message, Task} from './fuzz/names';

interface Flags {
  minutes: number;
  seed: number;
  case?: number;
  only?: Kind;
  backend?: NodeBackend[];
}

/** How long one case may take before it counts as one that hangs, and how long the start may take. */
const CASE_SECONDS = 60;
const START_SECONDS = 300;
/** Failures that are printed; of the others only their number. */
const MOST_PRINTED = 20;

const program = new Command('npm run fuzz --')
  .addHelpText('after', '\nExamples:\n  npm run fuzz -- --minutes 1\n  npm run fuzz -- --only ops --backend wasm')
  .description('Tries random cases in turn until the time is up: ops and layers against src/reference, edited topologies, ' +
    'and damaged .keras, HDF5 and weights files, which must either load or be refused with a message. A failure is printed ' +
    'with the command that repeats it; the exit code is 1 then.')
  .option('--minutes <n>', 'how long', numberBetween(0, 10_000), 5)
  .option('--seed <n>', 'seed of the random cases', wholeNumber(0, 2 ** 32 - 1), 7)
  .option('--case <n>', 'only the case with this number', wholeNumber(0))
  .addOption(new Option('--only <kind>', 'only one kind of case').choices(KINDS))
  .addOption(new Option('--backend <names...>', 'only these backends; by default all that are installed').choices(NODE_BACKENDS));

class Run {
  private readonly counts = new Map<Kind, number>();
  private readonly failed = new Map<string, number>();
  private readonly started = Date.now();
  private readonly bar = startProgress('Fuzzing');
  private child: ChildProcess | null = null;
  private isStopping = false;

  constructor(private readonly flags: Flags) {}

  private get cases(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  private get failures(): number {
    return [...this.failed.values()].reduce((sum, count) => sum + count, 0);
  }

  async run(): Promise<number> {
    const {seed, only, case: one} = this.flags;
    const seconds = one === undefined ? Math.ceil(60 * this.flags.minutes) : CASE_SECONDS;
    const tick = setInterval(() => this.update(seconds), 1000);
    const end = one === undefined ? setTimeout(() => this.stop(), 1000 * seconds) : undefined;
    const leave = () => {
      this.child?.kill('SIGKILL');
      process.exit(130);
    };
    process.once('SIGINT', leave).once('SIGTERM', leave);
    try {
      let from: number | null = one ?? 0;
      while (from !== null && !this.isStopping) {
        from = await this.work({seed, from, to: one === undefined ? null : one + 1, only: only ?? null});
        if (one !== undefined) break;
      }
    } finally {
      clearInterval(tick);
      clearTimeout(end);
      process.off('SIGINT', leave).off('SIGTERM', leave);
      this.bar.stop();
    }
    return this.tell();
  }

  private update(seconds: number): void {
    const done = Math.min(seconds, Math.round((Date.now() - this.started) / 1000));
    this.bar.update(done, seconds, `${this.cases} cases${this.failures > 0 ? `, ${this.failures} failed` : ''}`);
  }

  private stop(): void {
    this.isStopping = true;
    this.child?.kill('SIGKILL');
  }

  /** Runs a worker until it ends. Returns the case to go on with, after one that hung or crashed; null at the end. */
  private work(task: Task): Promise<number | null> {
    const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('fuzz/worker.ts', import.meta.url)),
      JSON.stringify(task)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: {...process.env, TF_CPP_MIN_LOG_LEVEL: '3', ...this.flags.backend ? {SPEC_BACKENDS: this.flags.backend.join()} : {}},
    });
    this.child = child;
    let current: {index: number, backend: string} | null = null;
    let words = '';
    let hangs = false;
    let isReady = false;
    let watch: NodeJS.Timeout | undefined;
    const wait = (seconds: number) => {
      clearTimeout(watch);
      watch = setTimeout(() => {
        hangs = true;
        child.kill('SIGKILL');
      }, 1000 * seconds);
    };
    wait(START_SECONDS);
    child.stderr!.on('data', (data: Buffer) => { words = `${words}${data.toString()}`.slice(-2000); });
    child.on('message', (message: Message) => {
      if ('backends' in message) isReady = true;
      else if ('begins' in message) {
        current = {index: message.begins, backend: message.backend};
        wait(CASE_SECONDS);
      } else {
        this.counts.set(message.kind, (this.counts.get(message.kind) ?? 0) + 1);
        if (message.failure !== null) this.fail(message.kind, message.failure, current!);
        current = null;
      }
    });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        clearTimeout(watch);
        if (code === 0 || this.isStopping) return resolve(null);
        if (!isReady || current === null) {
          return reject(new Error(`The process of the cases ${hangs ? 'does not start' : 'ended early'}: ${lastLines(words)}`));
        }
        const kind = KINDS[current.index % KINDS.length]!;
        this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
        this.fail(kind, hangs ? `hangs: more than ${CASE_SECONDS} s` :
          `the process ends (${signal ?? `exit code ${code}`}): ${lastLines(words)}`, current);
        resolve(current.index + 1);
      });
    });
  }

  /** Prints the first failure of each sort. */
  private fail(kind: Kind, text: string, {index, backend}: {index: number, backend: string}): void {
    const sort = `${kind} ${text.replace(/^.*?\}: /, '').replace(/'[^']*'|\[[^\]]*\]|\d+/g, '#').slice(0, 60)}`;
    const before = this.failed.get(sort) ?? 0;
    this.failed.set(sort, before + 1);
    if (before > 0 || this.failed.size > MOST_PRINTED) return;
    console.error(`\n\nFAILED ${kind} [${backend}]: ${text}\n` +
      `  npm run fuzz -- --seed ${this.flags.seed} --case ${index} --backend ${backend}`);
  }

  private tell(): number {
    const {seed} = this.flags;
    const seconds = Math.round((Date.now() - this.started) / 1000);
    const kinds = KINDS.filter((kind) => this.counts.has(kind)).map((kind) => `${this.counts.get(kind)} ${kind}`);
    if (this.failed.size < this.failures) console.log(`\n${this.failures} failures of ${this.failed.size} sorts`);
    console.log(`\nseed ${seed}, ${seconds} s: ${kinds.join(', ') || 'no case'}; ${this.failures} failed`);
    return this.failures > 0 || this.cases === 0 ? 1 : 0;
  }
}

function lastLines(text: string): string {
  return text.trim().split('\n').filter((line) => !/^\s+at |^Node\.js v/.test(line)).slice(-4).join(' | ') || 'it says nothing';
}

const flags = readFlags<Flags>(program, process.argv.slice(2));
if (typeof flags === 'number') process.exitCode = flags;
else {
  new Run(flags).run().then((code) => {
    process.exitCode = code;
  }, (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  });
}
