import {PRODUCT, STEP} from '../cases/threads';
import type {ThreadsResult} from '../sections/threads';
import {figures, verdict} from './format';
import type {ReportTable} from './table';

/** How many times as fast a training step is to be with two threads as with one. */
const STEP_TARGET = 1.7;

/** Cases with more and more threads of a page. */
export function threadsTable(results: readonly ThreadsResult[]): ReportTable {
  return {
    title: 'wasm with threads, in a page, milliseconds',
    head: ['', 'ours', 'built-in', 'ratio', 'gain', 'product', 'target'],
    rows: results.flatMap((result) => result.points.map(({threads, ours, builtIn, product}, i) => [
      `${result.name}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`, figures(ours),
      builtIn === null ? 'throws' : figures(builtIn), builtIn === null ? '' : figures(builtIn / ours),
      figures(gainOf(result, i)), figures(result.points[0]!.product / product), targetOf(result, i),
    ])),
    notes: [
      `${results[0]?.browser}, cross-origin isolated pages, one for each number of threads, which took turns. Ratio: ` +
        'built-in time / ours. Gain: time of ours with one thread / with these. Product: this gain of the built-in ' +
        `${PRODUCT}, measured in between: what the machine gives. Target: of the ratio, or of the gain, with two ` +
        'threads, and whether it is reached.',
    ],
  };
}

function gainOf({points}: ThreadsResult, i: number): number {
  return points[0]!.ours / points[i]!.ours;
}

function targetOf(result: ThreadsResult, i: number): string {
  const {threads, ours, builtIn} = result.points[i]!;
  if (threads !== 2) return '';
  if (result.name === STEP) return verdict(`gain ${STEP_TARGET}`, gainOf(result, i) >= STEP_TARGET);
  return result.target === null || builtIn === null ? '' :
    verdict(`ratio ${result.target}`, builtIn / ours >= result.target);
}
