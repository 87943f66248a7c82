import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {ROOT} from '../../bootstrap/root.mjs';
import {ASSEMBLY} from './assembly.mjs';
import {NativeBuild} from './build_native.mjs';
import {Copy, planted} from './copy.mjs';
import {NATIVE} from './native.mjs';
import {dayOf, memoryOf} from '../memory.mjs';
import {outcomeOf, runProgram} from './run_program.mjs';

/**
 * A change that is planted in a compiled kernel.
 * @typedef {object} Planted
 * @property {string} file
 * @property {string} find text that is in the file once
 * @property {string} replace what is put in its place
 * @property {string[]} specs the kernel's own
 * @property {string} filter which of their specs are run, by their titles
 *
 * @typedef {'noticed' | 'survived'} Status
 *
 * @typedef {object} PlantedPart
 * @property {string} name
 * @property {string} folder of its sources
 * @property {string} backend
 * @property {readonly Planted[]} changes
 */

/** Of the changes as many are to be noticed, at least. */
export const LEAST_PERCENT_PLANTED = 95;
/** Milliseconds after which specs count as never coming to their end. */
const PATIENCE = 300_000;

/** Parts whose code is compiled before it runs, so that changes are planted in its sources one by one. */
/** @type {readonly PlantedPart[]} */
export const PLANTED_PARTS = [
  {name: 'native', folder: 'src/backends/tensorflow/native', backend: 'tensorflow', changes: NATIVE},
  {name: 'assembly', folder: 'src/backends/wasm/assembly', backend: 'wasm', changes: ASSEMBLY},
];

/**
 * Every change in turn, in copies of the project; what was noticed and is as it was is not tried again.
 * @param {PlantedPart} part
 * @param {{force?: boolean, jobs: number}} options
 */
export async function plantAll(part, {force, jobs}) {
  for (const {file, find, replace} of part.changes) planted(readFileSync(path.join(ROOT, file), 'utf8'), file, find, replace);
  const memory = force ? {} : known(part);
  const waiting = part.changes.map((change, i) => ({change, i})).filter(({change}) => memory[keyOf(part, change)] !== 'noticed');
  console.log(`${part.changes.length} changes, ${part.changes.length - waiting.length} of them noticed before.`);
  if (waiting.length === 0) return;
  const build = part.name === 'native' ? new NativeBuild() : null;
  await build?.prepare();
  await requirePassing(part, waiting.map(({change}) => change));
  const work = async () => {
    const copy = new Copy();
    const leave = () => {
      copy.remove();
      process.exit(130);
    };
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, leave);
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const {change, i} = next, start = Date.now();
        const status = await statusOf(part, change, copy, build);
        memory[keyOf(part, change)] = status;
        remember(part, memory);
        const seconds = Math.round((Date.now() - start) / 1000);
        console.log(`${i + 1} of ${part.changes.length}, ${path.basename(change.file)}: ${status} (${seconds} s)` +
          (status === 'survived' ? `\n  ${change.find}\n  became ${change.replace || 'nothing'}` : ''));
      }
    } finally {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, leave);
      copy.remove();
    }
  };
  await Promise.all(Array.from({length: Math.min(jobs, waiting.length)}, work));
}

/**
 * A row for each part of which changes were tried; those that were not yet are counted as left out.
 * @returns {import('../score.mjs').Row[]}
 */
export function measuredPlanted() {
  return PLANTED_PARTS.map((part) => {
    const memory = known(part), statuses = part.changes.map((change) => memory[keyOf(part, change)]);
    const count = (/** @type {Status | undefined} */ wanted) => statuses.filter((status) => status === wanted).length;
    const [killed, survived, left] = [count('noticed'), count('survived'), count(undefined)];
    const mutants = killed + survived;
    const [score, on] = [(100 * killed) / mutants, dayOf(memoryOf(part))];
    return {folder: `${part.name} (planted)`, mutants, killed, survived, left, score, on};
  }).filter(({mutants}) => mutants > 0);
}

/**
 * @param {PlantedPart} part
 * @param {Planted} change
 * @param {Copy} copy
 * @param {NativeBuild | null} build
 * @returns {Promise<Status>}
 */
async function statusOf(part, change, copy, build) {
  copy.plant(change);
  try {
    if (build) await build.build(copy, change.file);
    else await runProgram(process.execPath, ['tools/mutation/planted/build_assembly.mjs'], {cwd: copy.folder});
    const {code, output} = await runSpecs(part, change, copy);
    if (code === 2) throw new Error(`No spec has a title like ${change.filter}, or none could be run:\n${output.slice(-2000)}`);
    return code === 0 ? 'survived' : 'noticed';
  } finally {
    copy.restore(change);
  }
}

/**
 * Refuses to go on where specs fail or are missing without any change: then nothing could be told from them.
 * @param {PlantedPart} part
 * @param {Planted[]} changes
 */
async function requirePassing(part, changes) {
  const copy = new Copy();
  try {
    for (const change of new Map(changes.map((each) => [each.filter, each])).values()) {
      const {code, output} = await runSpecs(part, change, copy);
      if (code !== 0) throw new Error(`The specs ${change.filter} do not pass without a change:\n${output.slice(-2000)}`);
    }
  } finally {
    copy.remove();
  }
}

/**
 * @param {PlantedPart} part
 * @param {Planted} change
 * @param {Copy} copy
 */
function runSpecs({backend}, {filter, specs}, copy) {
  return outcomeOf(process.execPath, ['--import', 'tsx', 'tools/mutation/planted/specs.mjs', filter, ...specs],
    {cwd: copy.folder, timeout: PATIENCE, env: {...process.env, SPEC_BACKENDS: backend, TF_CPP_MIN_LOG_LEVEL: '3'}});
}

/** @param {PlantedPart} part */
const memoryFile = (part) => path.join(ROOT, memoryOf(part));

/**
 * @param {PlantedPart} part
 * @returns {Record<string, Status>}
 */
function known(part) {
  return existsSync(memoryFile(part)) ? JSON.parse(readFileSync(memoryFile(part), 'utf8')) : {};
}

/**
 * @param {PlantedPart} part
 * @param {Record<string, Status>} memory
 */
function remember(part, memory) {
  mkdirSync(path.dirname(memoryFile(part)), {recursive: true});
  writeFileSync(memoryFile(part), JSON.stringify(memory, null, 1));
}

/**
 * Changes when the change does, or the part's sources.
 * @param {PlantedPart} part
 * @param {Planted} change
 */
function keyOf({folder}, {file, find, replace, filter}) {
  const hash = createHash('sha256').update(JSON.stringify([file, find, replace, filter]));
  for (const name of readdirSync(path.join(ROOT, folder)).sort()) {
    if (/\.(cc|h|ts)$/.test(name)) hash.update(readFileSync(path.join(ROOT, folder, name)));
  }
  return hash.digest('hex').slice(0, 16);
}
