import {createReporter} from '../test/reporter.mjs';
import type {LaunchedBrowser} from './browser';
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
  /** The page's content security policy; it comes with isolation from other pages. */
  policy?: string;
  /** One that the page gives itself once its backend has started. */
  latePolicy?: string;
  /** The title of a suite that does not run. */
  leftOut?: string;
  /** What the titles of the only suites that run match. */
  only?: string;
}

export interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  seconds: number;
}

type SpecReporter = ReturnType<ReturnType<typeof createReporter>['ofFile']>;

/** Only for what would never end: a single spec has ten minutes and more. */
const SILENCE_MS = 30 * 60_000;

/** How wide the name of a run is before each of its lines. */
export const TITLE_WIDTH = 18;

/** Runs the specs; what does not come to its end has at least one failure. */
export async function runInBrowser(
    run: Run, folder: string, launch: () => Promise<LaunchedBrowser>,
    {filter, seed}: {filter: string, seed: string}): Promise<Outcome> {
  const {title, backend, runs, threads = 1, policy, latePolicy, leftOut, only} = run;
  const start = Date.now();
  const reporter = createReporter({
    write: (text) => process.stdout.write(text.replace(/^(?=.)/gm, title.padEnd(TITLE_WIDTH))),
  });
  const specs = reporter.ofFile(title);
  const filters = [filter, ...leftOut === undefined ? [] : [`^(?!${leftOut} )`], ...only === undefined ? [] : [only]];
  const environment = {
    SPEC_RUNS: String(runs), SPEC_THREADS: String(threads),
    SPEC_POLICY: policy !== undefined ? 'strict' : latePolicy !== undefined ? 'late' : 'none',
  };
  const settings: PageSettings = {backend, threads, latePolicy, filters, seed, environment};
  const server = await serve(folder, {isolated: threads > 1 || policy !== undefined, policy});
  let browser: LaunchedBrowser | undefined;
  try {
    browser = await launch();
    await runPage(browser, server.url, settings, specs);
  } catch (error) {
    reporter.fail(title, error instanceof Error ? error.stack ?? error.message : String(error));
  } finally {
    await browser?.close();
    server.close();
  }
  const seconds = (Date.now() - start) / 1000;
  reporter.end({seconds, seed});
  return {...reporter.counts, seconds};
}

/** Ends with the last event of the page, or throws what kept it from coming. */
async function runPage(
    browser: LaunchedBrowser, url: string, settings: PageSettings, specs: SpecReporter): Promise<void> {
  const page = await browser.newPage();
  // tfjs takes at most half as many threads as there are cores, which on a small machine would be one.
  await page.before(`Object.defineProperty(navigator, 'hardwareConcurrency', {value: ${2 * settings.threads}})`);
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<void>((resolve, reject) => {
    const listen = () => {
      clearTimeout(timer);
      timer = setTimeout(() => reject(new Error(`The page says nothing for ${SILENCE_MS / 60_000} minutes.`)), SILENCE_MS);
    };
    const hear = (event: PageEvent) => {
      listen();
      if (event.name === 'crashed') return reject(new Error(event.result));
      (specs[event.name] as (result: object) => void)(event.result);
      if (event.name === 'jasmineDone') resolve();
    };
    page.onEnd((why) => reject(new Error(why)));
    listen();
    Promise.all([page.expose('settings', () => settings), page.expose('report', hear)])
      .then(() => page.open(url, SILENCE_MS)).catch(reject);
  });
  try {
    await ended;
  } finally {
    clearTimeout(timer);
  }
}
