import {mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import Jasmine from 'jasmine';
import {ROOT, stateFolder} from '../bootstrap/root.mjs';

const MEMORY = path.join(stateFolder(ROOT), 'spec_seconds.json');

/** Seconds that the long ones take, for the first run in a checkout. */
const LONG = {
  'spec/backends/default_spec.ts': 40, 'spec/examples/mnist_spec.ts': 43, 'spec/ops/conv2d_spec.ts': 28,
  'spec/ops/max_pool2d_spec.ts': 27, 'spec/models/to_fully_convolutional_spec.ts': 15,
  'spec/checks/grad_check_spec.ts': 12, 'spec/tools/test_spec.ts': 20, 'spec/docs/code_blocks_spec.ts': 15,
};
const UNKNOWN = 3;

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
 * The longest first, so that no process is left with a long one at the end.
 * @param {string[]} files
 */
export function longestFirst(files) {
  /** @type {{[name: string]: number}} */
  const known = {...LONG, ...readMemory()};
  const seconds = (/** @type {string} */ file) => known[nameOf(file)] ?? UNKNOWN;
  return [...files].sort((a, b) => seconds(b) - seconds(a) || (a < b ? -1 : 1));
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
