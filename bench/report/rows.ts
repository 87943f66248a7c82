import {textTable} from '../../examples/shared/table';
import type {CaseResult} from '../run_case';

/** The titles of {@link rowCells}. */
export const ROW_HEAD = ['forward + backward', 'ours ms', 'built-in', 'ratio', 'quartiles', 'target'];

/** The table of a backend's rows. */
export function rowTable(results: readonly CaseResult[]): string {
  return textTable(ROW_HEAD, results.map(rowCells));
}

/** A row as text. */
export function rowCells({name, ours, builtIn, ratio, ratioQuartiles, target}: CaseResult): string[] {
  return [
    name, milliseconds(ours.median), builtIn ? milliseconds(builtIn.median) : 'throws',
    ratio === null ? '' : figures(ratio), ratioQuartiles ? ratioQuartiles.map(figures).join('-') : '',
    targetText(ratio, target),
  ];
}

/** The target, and whether it was reached. */
export function targetText(ratio: number | null, target: number | null): string {
  if (target === null) return '';
  return `${target} ${reached(ratio, target) ? 'yes' : 'NO'}`;
}

/** Whether a ratio is what was to be reached. */
export function reached(ratio: number | null, target: number): boolean {
  return ratio !== null && ratio >= target;
}

/** Three figures: 0.123, 4.56, 78.9, 1234. */
export function figures(value: number): string {
  return value.toFixed(Math.max(0, 2 - Math.max(0, Math.floor(Math.log10(Math.abs(value) || 1)))));
}

/** Milliseconds in three figures. */
export function milliseconds(ms: number): string {
  return figures(ms);
}
