import {mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import Jasmine from 'jasmine';
import {ROOT, stateFolder} from '../bootstrap/root.mjs';

const MEMORY = path.join(stateFolder(ROOT), 'spec_seconds.json');

/**
 * Seconds that the long ones take in a quick run on two cores, for the first run in a checkout.
 * @type {{[name: string]: number}}
 */
const LONG = JSON.parse(readFileSync(new URL('long_specs.json', import.meta.url), 'utf8'));
const UNKNOWN = 1;

/** What a contributor waits for before a commit: two minutes of two cores, less what starting the processes takes. */
const QUICK_CORE_SECONDS = 180;

/**
 * The spec files that the patterns name, from the project's folder; without patterns all.
 * @param {string[]} patterns
 * @returns {{files: string[], missing: string[]}} `missing`: the patterns that name no file
 */
export function findSpecFiles(patterns) {
  if (patterns.length === 0) {
    const {spec_dir, spec_files} = JSON.parse(readFileSync(path.join(ROOT, 'spec', 'jasmine.json'), 'utf8'));
    return {files: match(spec_dir, spec_files), missing: []};
  }
  return {
    files: match('', patterns),
    missing: patterns.filter((pattern) => !pattern.startsWith('!') && match('', [pattern]).length === 0),
  };
}

/**
 * @param {string} folder
 * @param {string[]} patterns
 * @returns {string[]}
 */
function match(folder, patterns) {
  const runner = new Jasmine({projectBaseDir: ROOT});
  runner.specDir = folder;
  runner.addMatchingSpecFiles(patterns);
  return runner.specFiles;
}

/**
 * What a file takes, as far as anything is known of it.
 * @param {string} file
 * @returns {number}
 */
function secondsOf(file) {
  return {...LONG, ...readMemory()}[nameOf(file)] ?? UNKNOWN;
}

/**
 * Of all spec files those for a quick run: each op's and each layer's, then the quickest of every other folder, then the
 * quickest of what is left, as many as take two minutes on two cores. A new op, layer or folder needs no entry anywhere.
 * @param {string[]} files
 * @returns {{chosen: string[], leftOut: string[], seconds: number}} `seconds`: of all that is chosen, on one core
 */
export function chooseQuick(files) {
  const seconds = new Map(files.map((file) => [file, secondsOf(file)]));
  const of = (/** @type {string} */ file) => seconds.get(file) ?? UNKNOWN;
  const quickestFirst = [...files].sort((a, b) => of(a) - of(b) || (a < b ? -1 : 1));
  const folders = new Set();
  const isFirstOfFolder = (/** @type {string} */ file) => folders.size < folders.add(path.dirname(file)).size;
  const needed = new Set(quickestFirst.filter((file) => isFirstOfFolder(file) || /^spec\/(ops|layers)\//.test(nameOf(file))));
  let sum = [...needed].reduce((total, file) => total + of(file), 0);
  for (const file of quickestFirst) {
    if (needed.has(file) || sum + of(file) > QUICK_CORE_SECONDS) continue;
    needed.add(file);
    sum += of(file);
  }
  return {chosen: files.filter((file) => needed.has(file)), leftOut: files.filter((file) => !needed.has(file)), seconds: sum};
}

/**
 * The longest first, so that no process is left with a long one at the end.
 * @param {string[]} files
 */
export function longestFirst(files) {
  const seconds = new Map(files.map((file) => [file, secondsOf(file)]));
  return [...files].sort((a, b) => (seconds.get(b) ?? 0) - (seconds.get(a) ?? 0) || (a < b ? -1 : 1));
}

/**
 * Keeps what whole files took, for the next run.
 * @param {Map<string, number>} measured
 */
export function rememberSeconds(measured) {
  const own = [...measured].map(([file, seconds]) => [nameOf(file), seconds])
    .filter(([name]) => !path.isAbsolute(String(name)));
  if (own.length === 0) return;
  mkdirSync(path.dirname(MEMORY), {recursive: true});
  const temp = `${MEMORY}.${process.pid}`;
  writeFileSync(temp, JSON.stringify({...readMemory(), ...Object.fromEntries(own)}, null, 1));
  renameSync(temp, MEMORY);
}

/** @returns {{[name: string]: number}} */
function readMemory() {
  try {
    return JSON.parse(readFileSync(MEMORY, 'utf8'));
  } catch {
    return {};
  }
}

/**
 * How a file of the project is called on the screen and in the memory; others by their whole path.
 * @param {string} file
 */
export function nameOf(file) {
  const name = path.relative(ROOT, file).split(path.sep).join('/');
  return name.startsWith('..') ? file : name;
}
