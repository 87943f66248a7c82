/** `npm run bench`: the explicit layers against the built-in ones. */
import {writeFileSync} from 'node:fs';

import {NODE_BACKENDS} from '../examples/shared/backend';
import {listenForInterrupt} from '../examples/shared/interrupt';
import {startProgress} from '../examples/shared/progress';
import {benchFlags} from './flags';
import {plan} from './jobs';
import type {Job, Result} from './jobs';
import {terminalReport} from './report/terminal';
import {runJob} from './run_job';
import {sections} from './sections';
import type {SectionName} from './sections';

const say = (text: string) => void process.stderr.write(`${text}\n`);

/** @returns the exit code */
async function main(args: string[]): Promise<number> {
  const flags = benchFlags(args);
  if (typeof flags === 'number') return flags;
  const backends = flags.backend === 'all' ? NODE_BACKENDS : [flags.backend];
  const {filter, quick, python, jaxJs} = flags;
  const names = (Object.keys(sections) as SectionName[]).filter((name) => name !== 'peers' || flags.peers);
  const jobs = plan({backends, sections: names, filter}, {quick, python, jaxJs});
  if (jobs.length === 0) {
    say(`Nothing matches --filter ${filter!.source} on ${backends.join(', ')}.`);
    return 2;
  }
  const interrupt = listenForInterrupt(say);
  const {results, problems} = await runAll(jobs, interrupt.signal);
  console.log(terminalReport(results));
  if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify({results, problems}, null, 2)}\n`);
  for (const problem of problems) say(problem);
  if (interrupt.signal.aborted) return interrupt.exitCode();
  return problems.length > 0 ? 1 : 0;
}

async function runAll(jobs: readonly Job[], signal: AbortSignal): Promise<{results: Result[], problems: string[]}> {
  const total = jobs.reduce((sum, {items}) => sum + items.length, 0);
  const results: Result[] = [];
  const problems: string[] = [];
  const progress = startProgress('bench');
  let done = 0;
  try {
    for (const job of jobs) {
      if (signal.aborted) break;
      let begun = 0;
      await runJob(job, signal, (message) => {
        if (message.type === 'begins') progress.update(done + begun++, total, `${job.backend}: ${message.item}`);
        else if (message.type === 'result') results.push(message.result);
        else if (message.type === 'wrong') problems.push(`WRONG on ${job.backend}: ${message.item}: ${message.message}`);
        else if (message.type === 'unavailable') {
          say(`\nNot measured: ${message.item ?? job.section} on ${job.backend}: ${message.message}`);
        }
      });
      done += job.items.length;
      progress.update(done, total);
    }
  } finally {
    progress.stop();
  }
  return {results, problems};
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
}, (error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
