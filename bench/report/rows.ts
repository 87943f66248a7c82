import type {NodeBackend} from '../../examples/shared/backend';
import type {CaseResult} from '../run_case';
import {figures, verdict} from './format';
import type {ReportTable} from './table';

/** The table of a backend's rows. */
export function rowTable(backend: NodeBackend, results: readonly CaseResult[]): ReportTable {
  return {
    title: `${backend}: forward + backward, milliseconds`,
    head: ['', 'ours', 'built-in', 'ratio', 'quartiles', 'target'],
    rows: results.map(({name, ours, builtIn, ratio, ratioQuartiles, target}) => [
      name, figures(ours.median), builtIn ? figures(builtIn.median) : 'throws',
      ratio === null ? '' : figures(ratio), ratioQuartiles ? ratioQuartiles.map(figures).join('-') : '',
      target === null ? '' : verdict(String(Number(target.toPrecision(2))), isReached(ratio, target)),
    ]),
    notes: [
      'Ratio: median built-in time / median of ours, both in one process in turn; quartiles: the middle half of the ' +
        'rounds. Target: the ratio to reach, and whether it is.',
      ...comparisons(results),
    ],
  };
}

/** Whether a ratio is what was to be reached. */
export function isReached(ratio: number | null, target: number): boolean {
  return ratio !== null && ratio >= target;
}

function comparisons(results: readonly CaseResult[]): string[] {
  const compared = results.flatMap(({compared}) => compared ?? []);
  if (compared.length === 0) return [];
  const largest = Math.max(...compared.map(({difference}) => difference));
  const rounds = Math.max(...compared.map((one) => one.rounds));
  const nets = rounds > 1 ? `, the losses of nets over ${rounds} training steps` : '';
  return [`Before, the results of both sides were compared${nets}: the largest difference is ` +
    `${largest.toExponential(1)} of a result's largest value.`];
}
