import type {Page} from 'playwright-core';

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Processor time in microseconds. */
  tdur?: number;
  args: {name?: string};
}

/**
 * The longest that a page computed without a break meanwhile, in ms of the processor: what other programs take from it
 * does not count.
 */
export async function longestTask(page: Page, meanwhile: () => Promise<unknown>): Promise<number> {
  const browser = page.context().browser()!;
  await browser.startTracing(page, {categories: ['disabled-by-default-devtools.timeline', '__metadata']});
  await meanwhile();
  const {traceEvents} = JSON.parse((await browser.stopTracing()).toString()) as {traceEvents: TraceEvent[]};
  const thread = ({pid, tid}: TraceEvent) => `${pid} ${tid}`;
  const pages = new Set(traceEvents
      .filter(({name, args}) => name === 'thread_name' && args.name === 'CrRendererMain').map(thread));
  const tasks = traceEvents.filter((event) => event.name === 'RunTask' && event.tdur && pages.has(thread(event)));
  if (tasks.length === 0) throw new Error('The trace holds no task of a page.');
  return Math.max(...tasks.map(({tdur}) => tdur! / 1000));
}
