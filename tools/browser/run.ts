import type {Browser} from 'playwright-core';

import {createReporter} from '../test/reporter.mjs';
import {launchChromium} from './chromium';
import type {PageEvent, PageSettings} from './settings';
import {serve} from './serve';

/** The specs on one backend, in a browser of their own. */
export interface Run {
  /** What a reader calls it. */
  title: string;
  backend: string;
  /** Drawn configurations to a property. */
  runs: number;
  /** Of wasm; more than one needs a page that is isolated from others. */
  threads?: number;
}

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Only for what would never end: a single spec has ten minutes. */
const SILENCE_MS = 20 * 60_000;

/** @returns the counts, and the seconds it took; what did not come to its end has at least one failure. */
export async function runInBrowser(
    run: Run, folder: string, {filter, seed}: {filter: string, seed: string}): Promise<Counts & {seconds: number}> {
  const start = Date.now();
  const reporter = createReporter({write: (text) => process.stdout.write(text.replace(/^(?=.)/gm, `${run.title.padEnd(16)}`))});
  const threads = run.threads ?? 1;
  const server = await serve(folder, {isolated: threads > 1});
  let browser: Browser | undefined;
  try {
    browser = await launchChromium();
    const settings = {backend: run.backend, threads, filter, seed, environment: {SPEC_RUNS: String(run.runs)}};
    await runPage(browser, server.url, settings, reporter);
  } catch (error) {
    reporter.crashed(error);
  } finally {
    if (process.env['DEV']) { const {execSync} = await import('node:child_process'); console.log(execSync('ps -eo pid,ppid,cputimes,args | cut -c1-100 | grep chromi | grep -v grep').toString(), process.pid); }
    await browser?.close();
    server.close();
  }
  return {...reporter.counts, seconds: (Date.now() - start) / 1000};
}

async function runPage(
    browser: Browser, url: string, settings: PageSettings, reporter: ReturnType<typeof createReporter>): Promise<void> {
  const page = await browser.newPage();
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(() => reject(new Error(`The page says nothing for ${SILENCE_MS / 60_000} minutes.`)), SILENCE_MS);
      };
      const hear = (event: PageEvent) => {
        wait();
        if (process.env['DEV'] && event.name === 'specDone') { const r = event.result as any; if (r.status === 'failed') console.log('!!', r.fullName, r.failedExpectations.map((f: any) => f.message + '\n' + (f.stack ?? '').split('\n').slice(0, 12).join('\n')).join('\n').slice(0, 2500)); }
        if (event.name === 'crashed') return reject(new Error(event.result));
        (reporter[event.name] as (result: object) => void)(event.result);
        if (event.name === 'jasmineDone') resolve();
      };
      page.on('crash', () => reject(new Error('The page crashed.')));
      page.on('close', () => reject(new Error('The browser ended.')));
      page.on('console', (message) => {
        if (message.type() === 'error') console.error(message.text());
      });
      wait();
      Promise.all([page.exposeFunction('settings', () => settings), page.exposeFunction('report', hear)])
        .then(() => page.goto(url)).catch(reject);
    });
  } finally {
    clearTimeout(timer);
  }
}
