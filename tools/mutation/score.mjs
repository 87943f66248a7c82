import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {ROOT} from '../bootstrap/root.mjs';
import {dayOf, memoryOf, statusesOf} from './memory.mjs';

const PAGE = 'docs/mutation.md';
const [BEGIN, END] = ['<!-- measured: begin -->', '<!-- measured: end -->'];

/**
 * `on` is the day of the last of its runs, as in 2026-11-29.
 * @typedef {{folder: string, mutants: number, killed: number, survived: number, left: number, score: number, on: string}} Row
 */

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
    const on = shards.filter((shard) => shard.folder === folder).map((shard) => dayOf(memoryOf(shard))).sort().at(-1) ?? '';
    return {folder: label, mutants, killed, survived, left: count('Ignored'), score: (100 * killed) / mutants, on};
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
    line(['folder', 'mutants', 'killed', 'survived', 'left out', 'score %', 'on']),
    line(['-'.repeat(23), ...Array(5).fill('-------:'), '----------']),
    ...rows.map(({folder, mutants, killed, survived, left, score, on}) =>
      line([folder, ...[mutants, killed, survived, left].map(String), score.toFixed(1), on])),
  ].join('\n');
}

/**
 * The rows of a table that {@link tableOf} made.
 * @param {string} text
 * @returns {Row[]}
 */
export function rowsOf(text) {
  return text.split('\n').filter((line) => /^\| [^-].*\d/.test(line)).map((line) => {
    const [folder = '', mutants, killed, survived, left, score, on = ''] = line.split('|').slice(1).map((cell) => cell.trim());
    return {
      folder, mutants: Number(mutants), killed: Number(killed), survived: Number(survived), left: Number(left),
      score: Number(score), on,
    };
  });
}

/**
 * These rows in place of those of the same folders, in the order of the page; of other folders the page's own stay, and a whole
 * folder's against one of a few of its parts.
 * @param {Row[]} before
 * @param {Row[]} rows
 */
export function merged(before, rows) {
  const nameOf = (/** @type {Row} */ {folder}) => folder.replace(/ \(\d.*/, '');
  const whole = before.map(({folder}) => folder);
  const found = rows.filter((row) => row.folder === nameOf(row) || !whole.includes(nameOf(row)));
  return [...new Map([...before, ...found].map((row) => [nameOf(row), row])).values()];
}

/**
 * Folders of which nothing is remembered keep the rows that they have in the page.
 * @param {Row[]} rows
 * @param {number} runs
 * @returns {string} the page's path
 */
export function writeIntoPage(rows, runs) {
  const file = path.join(ROOT, PAGE);
  const page = readFileSync(file, 'utf8');
  const [before, rest] = page.split(BEGIN);
  const [table, after] = rest?.split(END) ?? [];
  if (table === undefined || after === undefined) {
    throw new Error(`${PAGE} lacks the lines ${BEGIN} and ${END}, between which the table goes.`);
  }
  const all = merged(rowsOf(table), rows);
  const said = `Written by \`npm run mutation -- --write\`, ${runs} drawn configurations to a property.`;
  writeFileSync(file, `${before}${BEGIN}\n${said}\n\n${tableOf(all)}\n\n${togetherOf(all)}\n${END}${after}`);
  return PAGE;
}
