/** `npm run bench`: the explicit layers against the built-in ones. */
import {writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import {NODE_BACKENDS} from '../examples/shared/backend';
import {listenForInterrupt} from '../examples/shared/interrupt';
import {startProgress} from '../examples/shared/progress';
import {benchFlags, commandOf} from './flags';
import {plan} from './jobs';
import type {Job, Result} from './jobs';
import {machine} from './report/machine';
import {writePage} from './report/page';
import {terminalReport} from './report/terminal';
import {runJob} from './run_job';
import {sections} from './sections';
import type {SectionName} from './sections';

const DOCS = fileURLToPath(new URL('../docs', import.meta.url));
const say = (text: string) => void process.stderr.write(`${text}\n`);

/** @returns the exit code */
async function main(args: string[]): Promise<number> {
  const flags = benchFlags(args);
  if (typeof flags === 'number') return flags;
  const backends = flags.backend === 'all' ? NODE_BACKENDS : [flags.backend];
  const {filter, quick, python, jaxJs, onnxruntime} = flags;
  const names = (Object.keys(sections) as SectionName[]).filter((name) => name !== 'peers' || flags.peers);
  const jobs = plan({backends, sections: names, filter}, {quick, python, jaxJs, onnxruntime});
  if (jobs.length === 0) {
    say(`Nothing matches --filter ${filter!.source} on ${backends.join(', ')}.`);
    return 2;
  }
  // Before the minutes of measuring: a folder that is not there is said now.
  if (flags.json !== undefined) writeFileSync(flags.json, '');
  const interrupt = listenForInterrupt(say);
  const startedAt = new Date();
  const run = await runAll(jobs, interrupt.signal);
  const {results, problems} = run;
  console.log(terminalReport(results));
  const context = {date: startedAt, machine: machine()};
  if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify({...context, ...run}, null, 2)}\n`);
  for (const text of [...run.missing, ...problems]) say(text);
  if (flags.write !== undefined && problems.length > 0) say('No page is written over wrong results.');
  else if (flags.write !== undefined && !interrupt.signal.aborted) {
    const page = {...context, ...run, command: commandOf(flags)};
    say(`Wrote ${await writePage(page, flags.write === true ? DOCS : flags.write)}`);
  }
  if (interrupt.signal.aborted) return interrupt.exitCode();
  return problems.length > 0 ? 1 : 0;
}

/** What a run found. */
interface Run {
  results: Result[];
  problems: string[];
  /** Every backend that ran, with its versions. */
  backends: string[];
  /** What could not be measured, and why. */
  missing: string[];
}

async function runAll(jobs: readonly Job[], signal: AbortSignal): Promise<Run> {
  const total = jobs.reduce((sum, {items}) => sum + items.length, 0);
  const results: Result[] = [];
  const problems: string[] = [];
  const backends = new Set<string>();
  const missing: string[] = [];
  const progress = startProgress('bench');
  let done = 0;
  try {
    for (const job of jobs) {
      if (signal.aborted) break;
      let begun = 0;
      await runJob(job, signal, (message) => {
        if (message.type === 'begins') progress.update(done + begun++, total, `${job.backend}: ${message.item}`);
        else if (message.type === 'started') backends.add(message.title);
        else if (message.type === 'result') results.push(message.result);
        else if (message.type === 'wrong') problems.push(`WRONG on ${job.backend}: ${message.item}: ${message.message}`);
        else if (message.type === 'unavailable') {
          missing.push(`Not measured: ${message.item ?? job.section} on ${job.backend}: ${message.message}`);
        }
      });
      done += job.items.length;
      progress.update(done, total);
    }
  } finally {
    progress.stop();
  }
  return {results, problems, backends: [...backends], missing};
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
}, (error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
