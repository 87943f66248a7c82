import {wrapText} from '../../src/text_table';
import type {KeptResult} from './kept';
import type {Outcome, Result} from './run';

/** What every feature came to on one backend. */
export interface BackendResults {
  backend: string;
  /** What computed, for a reader who wants to run it again. */
  environment: string;
  results: Result[];
  /** What layers can do that have no explicit form. */
  kept: KeptResult[];
}

const MARK = '✓';
const LONGEST_DETAIL = 160;
/** How far a prediction may be from that on cpu. */
const CLOSE = 1e-4;

const introduction = `Each feature was run on each backend, first with this package's layer, then with the one of
\`tf.layers\` (for the loss, \`tf.losses.softmaxCrossEntropy\`), with the same arguments, weights and inputs. Values, and
gradients with respect to every input and weight, were compared with a float64 reference. A cell says **ours / built-in**:

- ${MARK}: value and gradients are right
- *throws*, *wrong*: there is no value, or it is wrong
- *gradient throws*, *gradient wrong*: the value is right, but there is no gradient, or it is wrong

Right means what the notes say: every tied maximum gets the gradient unless \`ties\` says otherwise, the gradient is 0 where
ReLU is off, and a frozen batch norm uses its moving averages. \`tf.layers\` ignores arguments that it does not know; its
result then counts as *wrong*.`;

/** The page: a table of all, then the reasons. */
export function compatibilityPage(all: readonly BackendResults[], command: string): string {
  return `# What works where

Written by \`${command}\`; do not edit.

${introduction}

${matrix(all)}

Run with: ${all.map(({backend, environment}) => `${backend} (${environment})`).join(', ')}.

## Where ours falls short

${reasons(all, 'ours') || 'Of these features none, on any of these backends.'}

## What a converted model cannot do

${keptSection(all)}

## What the built-in layers do

${reasons(all, 'builtIn') || 'They work everywhere.'}
`;
}

function keptSection(all: readonly BackendResults[]): string {
  const titles = all[0]!.kept.map(({title}) => title);
  const rows = titles.map((title, i) => ({title, cells: all.map(({kept}) => keptCell(kept[i]!, all[0]!.kept[i]!))}));
  const lacking = rows.filter(({cells}) => cells.some((text) => text !== MARK));
  const others = rows.filter((row) => !lacking.includes(row)).map(({title}) => title);
  return `\`models.toExplicit\` keeps the layers that have no explicit form, and they do what tfjs does on the backend. A model
trains where each of its kept layers does that has a trained weight before it or of its own: \`trains\` in
\`models.conversionReport(model).kept\` tells, for the layers of a model at hand. Each of these was put into a small model,
which predicted, and was asked whether it trains:

| kept layer | ${all.map(({backend}) => backend).join(' | ')} |
| --- |${all.map(() => ' --- |').join('')}
${lacking.map(({title, cells}) => `| ${title} | ${cells.join(' | ')} |`).join('\n')}

These predict the same and train on all of them: ${others.join(', ')}.

A kept layer has the second derivatives that tfjs gives it, few of them on any backend.`;
}

/** What a kept layer does, beside the first backend. */
export function keptCell({output, trains}: KeptResult, first: KeptResult): string {
  if (typeof output === 'string') return 'throws';
  const wanted = first.output;
  if (typeof wanted !== 'string') {
    const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const isClose = wanted.every((value, i) => Math.abs(value - output[i]!) <= CLOSE * largest);
    if (!isClose) return `other values than cpu${trains ? '' : ', does not train'}`;
  }
  return trains ? MARK : 'does not train';
}

/** The table of verdicts. */
export function matrix(all: readonly BackendResults[]): string {
  const titles = all[0]!.results.map(({title}) => title);
  return [
    `| ours / built-in | ${all.map(({backend}) => backend).join(' | ')} |`,
    `| --- |${all.map(() => ' --- |').join('')}`,
    ...titles.map((title, i) => `| ${title} | ${all.map(({results}) => cell(results[i]!)).join(' | ')} |`),
  ].join('\n');
}

/** Both verdicts on one feature. */
export function cell({ours, builtIn}: Result): string {
  const word = ({verdict}: Outcome) => (verdict === 'works' ? MARK : verdict === 'none' ? '-' : verdict);
  return `${word(ours)} / ${word(builtIn)}`;
}

/** Feature by feature what was wrong, backends that agree together. */
function reasons(all: readonly BackendResults[], side: 'ours' | 'builtIn'): string {
  return all[0]!.results.flatMap(({title}, i) => {
    const backendsOf = new Map<string, string[]>();
    for (const {backend, results} of all) {
      const outcome = results[i]![side];
      if (outcome.verdict === 'works' || outcome.verdict === 'none') continue;
      const text = describe(outcome);
      backendsOf.set(text, [...backendsOf.get(text) ?? [], backend]);
    }
    return backendsOf.size === 0 ? [] : [`- ${title}`, ...[...backendsOf].map(
      ([text, backends]) => `  - ${backends.join(', ')}: ${text}`)];
  }).join('\n');
}

function describe({verdict, detail}: Outcome): string {
  const short = detail.length > LONGEST_DETAIL ? `${detail.slice(0, LONGEST_DETAIL)} ...` : detail;
  return `${verdict}, \`${short.replaceAll('`', "'")}\``;
}

/** For a terminal: the counts, and every feature where ours falls short. */
export function summary(all: readonly BackendResults[]): string {
  return all.map(({backend, results}) => {
    const works = (side: 'ours' | 'builtIn') =>
      results.filter((result) => result[side].verdict === 'works').length;
    const compared = results.filter(({builtIn}) => builtIn.verdict !== 'none').length;
    const failures = results.filter(({ours}) => ours.verdict !== 'works')
      .map(({title, ours}) => wrapText(`  ours ${ours.verdict}: ${title}: ${ours.detail}`, '    '));
    const counts = `ours ${works('ours')} of ${results.length}, built-in ${works('builtIn')} of ${compared}`;
    return [`${backend.padEnd(11)} ${counts}`, ...failures].join('\n');
  }).join('\n');
}
