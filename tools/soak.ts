/**
 * Trains long, with another shape at every step, and holds a run that was saved, killed and resumed halfway to one
 * that was left alone.
 */
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import {Command, Option} from 'commander';

import {NODE_BACKENDS} from '../examples/shared/backend';
import type {NodeBackend} from '../examples/shared/backend';
import {readFlags, wholeNumber} from '../examples/shared/flags';
import {startProgress} from '../examples/shared/progress';
import type {Message, Task} from './soak/worker';

type Outcome = Extract<Message, {kind: 'done'}>;

/** How far the resumed run may be from the other, as a part of the largest weight. */
const TOLERANCE = 1e-6;

async function main(args: string[]): Promise<number> {
  const program = new Command('npm run soak --')
    .addHelpText('after', '\nExamples:\n  npm run soak -- --steps 200 --backend wasm')
    .description('Trains a model of every explicit layer for many steps, each with images of another size and number: ' +
      'tensors and bytes have to stay constant, losses finite, and a second run that is saved, killed and resumed ' +
      'halfway has to end with the same weights.')
    .option('--steps <n>', 'training steps', wholeNumber(4), 2000)
    .addOption(new Option('--backend <names...>', 'the backend').choices(NODE_BACKENDS).default(['tensorflow', 'wasm']));
  const flags = readFlags<{steps: number, backend: NodeBackend[]}>(program, args);
  if (typeof flags === 'number') return flags;
  let failed = false;
  for (const backend of flags.backend) {
    const failures = await soak(backend, flags.steps);
    failures.forEach((failure) => console.error(`FAILED on ${backend}: ${failure}`));
    failed ||= failures.length > 0;
  }
  return failed ? 1 : 0;
}

/** @returns what went wrong */
async function soak(backend: NodeBackend, steps: number): Promise<string[]> {
  const half = steps >> 1;
  const folder = mkdtempSync(path.join(tmpdir(), 'soak-'));
  const bar = startProgress(`Soaking ${backend}`);
  try {
    const report = (done: number) => bar.update(done, 2 * steps);
    const straight = await work({backend, from: 0, to: steps}, report);
    await work({backend, from: 0, to: half, save: folder}, (step) => report(steps + step));
    const resumed = await work({backend, from: half, to: steps, load: folder}, (step) => report(steps + step));
    bar.stop();
    const off = difference(straight!.weights, resumed!.weights);
    print(straight!, resumed!, off);
    return [...failuresOf(straight!, 'the straight run'), ...failuresOf(resumed!, 'the resumed run'),
      ...(off <= TOLERANCE ? [] : [`the resumed run ends ${off.toExponential(1)} away from the other`])];
  } finally {
    bar.stop();
    rmSync(folder, {recursive: true, force: true});
  }
}

/** Runs a worker; one that saves is killed as soon as it has. */
function work(task: Task, report: (step: number) => void): Promise<Outcome | null> {
  const script = fileURLToPath(new URL('soak/worker.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(task)],
    {stdio: ['ignore', 'inherit', 'inherit', 'ipc']});
  return new Promise((resolve, reject) => {
    let outcome: Outcome | null = null;
    let saved = false;
    child.on('message', (message: Message) => {
      if (message.kind === 'step') report(message.step);
      if (message.kind === 'done') outcome = message;
      if (message.kind === 'saved') {
        saved = true;
        child.kill('SIGKILL');
      }
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (outcome || saved) resolve(outcome);
      else reject(new Error(`A process of the soak on ${task.backend} ended early (${signal ?? `exit code ${code}`}).`));
    });
  });
}

function failuresOf({stretch: {losses, tensors, bytes}}: Outcome, run: string): string[] {
  const failures = [];
  const bad = losses.findIndex((loss) => !Number.isFinite(loss));
  if (bad >= 0) failures.push(`loss ${bad + 1} of ${run} is ${losses[bad]}`);
  // The first step makes the optimiser's averages.
  for (const [what, counts] of [['tensors', tensors], ['bytes', bytes]] as const) {
    const grown = counts.findIndex((count) => count !== counts[1]! && count !== counts[0]!);
    if (grown >= 0) failures.push(`${what} of ${run} go from ${counts[1]} to ${counts[grown]} at step ${grown + 1}`);
    else if (counts.at(-1) !== counts[1]) failures.push(`${what} of ${run} do not stay constant`);
  }
  return failures;
}

/** The largest difference, as a part of the largest weight. */
function difference(a: number[], b: number[]): number {
  const largest = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (a.length !== b.length || !a.concat(b).every(Number.isFinite)) return Infinity;
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0) / largest;
}

function print({backend, stretch: {losses, tensors, bytes}, rss}: Outcome, resumed: Outcome, off: number): void {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const tenth = Math.max(1, Math.floor(losses.length / 10));
  console.log(`${backend}: ${losses.length} steps, loss ${mean(losses.slice(0, tenth)).toFixed(3)} at first, ` +
      `${mean(losses.slice(-tenth)).toFixed(3)} at last`);
  console.log(`  tensors ${tensors[1]} after step 2, ${tensors.at(-1)} at the end; bytes ${bytes[1]}, ${bytes.at(-1)}; ` +
      `process ${(rss / 2 ** 20).toFixed(0)} MB`);
  console.log(`  saved, killed and resumed after ${losses.length - resumed.stretch.losses.length} steps: weights differ by ` +
      off.toExponential(1));
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
}, (error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
