import {textTable, wrapText} from '../text_table';
import type {GraphReport, GraphStep} from './types';

/** A report that prints as a table, the reasons below it. */
export function reportOf(steps: GraphStep[]): GraphReport {
  return {steps, toString: () => textOf(steps)};
}

function textOf(steps: readonly GraphStep[]): string {
  if (steps.length === 0) return 'No step has run yet.';
  const right = {align: 'right' as const};
  const titles = [{title: 'signature'}, {title: 'step'}, {title: 'runs as'}];
  const columns = [...titles, {title: 'ops', ...right}, {title: 'note', ...right}];
  const reasons = [...new Set(steps.map(({reason}) => reason))];
  const table = textTable(columns, steps.map(({step, signature, runsAs, ops, reason}) =>
    [signature, step, runsAs, `${ops}`, `${reasons.indexOf(reason) + 1}`]));
  return `${table}\n\n${reasons.map((reason, i) => wrapText(`${i + 1}: ${reason}`, '   ')).join('\n')}`;
}
