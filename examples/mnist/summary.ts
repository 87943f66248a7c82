import {median} from '../shared/statistics';
import {textTable} from '../shared/table';
import type {MnistComparison} from './compare';
import {constantSteps} from './train';
import type {Side} from './train';

/** What a whole run found. */
export interface Findings {
  comparison: MnistComparison;
  /** The explicit one first; the graph is missing on other backends than tensorflow, the built-in one where it cannot train. */
  sides: readonly Side[];
  /** Test accuracy of each side. */
  accuracies: readonly number[];
  /** Of the explicit model after it was saved and loaded. */
  loadedAccuracy: number;
}

/** The columns by the names of the sides, and what stands where a side is missing. */
const COLUMNS = [
  {name: 'explicit', title: 'explicit layers', missing: ''},
  {name: 'built-in', title: 'built-in layers', missing: 'cannot train here'},
  {name: 'graph', title: 'as a graph', missing: 'tfjs-node only'},
];

/** The table at the end: accuracy and time of every side. */
export function resultsTable({sides, accuracies, loadedAccuracy}: Findings): string {
  const row = (title: string, values: readonly string[]) => [
    title, ...COLUMNS.map(({name, missing}) => values[sides.findIndex(side => side.name === name)] ?? missing)];
  const lastSteps = Math.min(100, sides[0]!.losses.length);
  return textTable(['', ...COLUMNS.map(({title}) => title)], [
    row('test accuracy', accuracies.map(percent)),
    ['saved, loaded again: test accuracy', percent(loadedAccuracy), '', ''],
    row('milliseconds per step (median)', sides.map(({times}) => median(times).toFixed(1))),
    row(`mean loss of the last ${lastSteps} steps`, sides.map(({losses}) =>
      mean(losses.slice(-lastSteps)).toFixed(4))),
  ]);
}

/** What `ties: 'all'`, used in the training, changes. */
export function tiesLine({comparison: {report, ties}, sides}: Findings): string {
  const first = report.model.losses.explicit.slice(0, constantSteps(sides[0]!.losses.length));
  const apart = Math.max(...first.map((loss, i) => Math.abs(loss - sides[0]!.losses[i]!)));
  const counts = ties.map(({layer, count: {windows, tiedAboveZero}}) =>
    `${tiedAboveZero} of ${windows} windows of ${layer} (${percent(tiedAboveZero / windows)})`);
  const where = counts.length === 0 ? 'No pooling window of the first batch ties' :
    `In the first batch ${counts.join(' and ')} have tied maxima above zero`;
  return `${where}. The training used ties: 'all', where each of them gets the gradient: over the first ` +
      `${first.length} steps that changes our loss by at most ${apart.toPrecision(2)} compared with ties: 'first'.`;
}

/** What went wrong in a run that came to its end; empty where nothing did. */
export function failuresOf(
    {comparison, sides, accuracies, loadedAccuracy}: Findings, expectedAccuracy: number | null): string[] {
  const failures: string[] = [];
  if (!comparison.report.passed) failures.push('the explicit layers differ from the built-in ones (see the table)');
  sides.forEach(({name, losses}, i) => {
    const accuracy = accuracies[i]!;
    const bad = losses.findIndex((loss) => !Number.isFinite(loss));
    if (bad >= 0) failures.push(`the ${name} loss is ${losses[bad]} in step ${bad + 1}`);
    if (expectedAccuracy !== null && !(accuracy > expectedAccuracy)) {
      failures.push(`test accuracy of the ${name} layers is ${percent(accuracy)}, not above ${percent(expectedAccuracy)}`);
    }
  });
  if (loadedAccuracy !== accuracies[0]) {
    failures.push(`the loaded model has a test accuracy of ${percent(loadedAccuracy)}, not ${percent(accuracies[0]!)}`);
  }
  return failures;
}

/** `98.61 %` */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
