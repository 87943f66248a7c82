import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {ROOT} from '../bootstrap/root.mjs';
import {statusesOf} from './memory.mjs';

const PAGE = 'docs/mutation.md';
const [BEGIN, END] = ['<!-- measured: begin -->', '<!-- measured: end -->'];

/** @typedef {{folder: string, mutants: number, killed: number, survived: number, left: number, score: number}} Row */

/**
 * A row for each folder that was run, from what Stryker remembers: killed by a failing spec or by never coming to an
 * end; a change that no spec reaches survived too; what runs while a module loads may be left out. A folder says how many
 * of its parts were run, where not all were.
 * @param {readonly import('./shards.mjs').Shard[]} shards
 * @returns {Row[]}
 */
export function measured(shards) {
  const folders = [...new Set(shards.map(({folder}) => folder))];
  return folders.map((folder) => {
    const parts = shards.filter((shard) => shard.folder === folder).map(statusesOf);
    const [statuses, run] = [parts.flat(), parts.filter(({length}) => length > 0).length];
    const count = (/** @type {string[]} */ ...names) => statuses.filter((status) => names.includes(status)).length;
    const [killed, survived] = [count('Killed', 'Timeout'), count('Survived', 'NoCoverage')];
    const mutants = killed + survived;
    const label = run < parts.length ? `${folder} (${run} of ${parts.length})` : folder;
    return {folder: label, mutants, killed, survived, left: count('Ignored'), score: (100 * killed) / mutants};
  }).filter(({mutants}) => mutants > 0);
}

/**
 * All folders together, as a sentence.
 * @param {Row[]} rows
 */
export function togetherOf(rows) {
  const killed = rows.reduce((sum, row) => sum + row.killed, 0);
  const mutants = rows.reduce((sum, row) => sum + row.mutants, 0);
  if (mutants === 0) return 'Nothing was run yet.';
  return `Together ${killed} of ${mutants}, ${((100 * killed) / mutants).toFixed(1)} %.`;
}

/**
 * As Markdown.
 * @param {Row[]} rows
 */
export function tableOf(rows) {
  const line = (/** @type {string[]} */ [folder, ...figures]) =>
    `| ${folder?.padEnd(23)} | ${figures.map((figure) => figure.padStart(8)).join(' | ')} |`;
  return [
    line(['folder', 'mutants', 'killed', 'survived', 'left out', 'score %']),
    line(['-'.repeat(23), ...Array(5).fill('-------:')]),
    ...rows.map(({folder, mutants, killed, survived, left, score}) =>
      line([folder, ...[mutants, killed, survived, left].map(String), score.toFixed(1)])),
  ].join('\n');
}

/**
 * @param {Row[]} rows
 * @param {number} runs
 * @returns {string} the page's path
 */
export function writeIntoPage(rows, runs) {
  const file = path.join(ROOT, PAGE);
  const page = readFileSync(file, 'utf8');
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${PAGE} lacks the lines ${BEGIN} and ${END}, between which the table goes.`);
  const date = new Date().toISOString().slice(0, 10);
  const said = `Written by \`npm run mutation -- --write\` on ${date}, ${runs} drawn configurations to a property.`;
  writeFileSync(file, `${before}${BEGIN}\n${said}\n\n${tableOf(rows)}\n\n${togetherOf(rows)}\n${END}${after}`);
  return PAGE;
}
