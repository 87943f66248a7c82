import type {Page} from 'playwright-core';

import {median} from '../../examples/shared/statistics';
import {PRODUCT, threadCases} from '../cases/threads';
import {withPages} from '../page/open';
import type {CaseResult} from '../run_case';
import type {Effort} from '../timing';

/** A case on one number of threads. */
export interface ThreadsPoint {
  threads: number;
  /** Milliseconds. */
  ours: number;
  /** Null where the built-in side throws. */
  builtIn: number | null;
  /** The built-in product of matrices, measured in between: what the machine gave its threads then. */
  product: number;
}

/** A case in Chromium, on pages with more and more threads that took turns. */
export interface ThreadsResult {
  name: string;
  browser: string;
  points: ThreadsPoint[];
  /** The built-in side's time / ours, to be reached with two threads. */
  target: number | null;
}

const COUNTS = [1, 2, 4];
const TURNS = {full: 3, quick: 1};
const EFFORT: Effort = {budget: 1500, rounds: [5, 41], warmUp: 1, compared: 1};
const QUICK_EFFORT: Effort = {budget: 500, rounds: [3, 11], warmUp: 1, compared: 1};
const PRODUCT_EFFORT: Effort = {...QUICK_EFFORT, compared: 0};

export const threadItems: readonly string[] = threadCases.map(({name}) => `threads: ${name}`);

export function measureThreads(item: string, quick: boolean): Promise<ThreadsResult> {
  const name = item.replace('threads: ', '');
  const effort = quick ? QUICK_EFFORT : EFFORT;
  return withPages(COUNTS, async (pages, version) => {
    const found = pages.map((): {ours: number, builtIn: number | null, product: number}[] => []);
    let target: number | null = null;
    for (let turn = 0; turn < (quick ? TURNS.quick : TURNS.full); turn++) {
      for (const [i, page] of pages.entries()) {
        const result = await measureIn(page, name, effort);
        const product = name === PRODUCT ? result : await measureIn(page, PRODUCT, PRODUCT_EFFORT);
        found[i]!.push({
          ours: result.ours.median, builtIn: result.builtIn?.median ?? null, product: product.builtIn!.median});
        target = result.target;
      }
    }
    const points = COUNTS.map((threads, i) => {
      const theirs = found[i]!.flatMap(({builtIn}) => builtIn ?? []);
      return {
        threads, ours: median(found[i]!.map(({ours}) => ours)), builtIn: theirs.length > 0 ? median(theirs) : null,
        product: median(found[i]!.map(({product}) => product)),
      };
    });
    return {name, browser: `Chromium ${version}`, points, target};
  });
}

/** In front, since a page in the background is given less of the processor. */
async function measureIn(page: Page, name: string, effort: Effort): Promise<CaseResult> {
  await page.bringToFront();
  return page.evaluate(([one, how]) => globalThis.measure(one, how), [name, effort] as const);
}
