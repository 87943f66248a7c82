import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {Worker} from 'node:worker_threads';

import {EXERCISES} from './exercises.mjs';

/** @typedef {import('./check.mjs').Verdict} Verdict */

/** A problem with the file that no entry can be named for. */
export class HomeworkError extends Error {}

const LIBRARY = fileURLToPath(new URL('../../dist/reference.cjs', import.meta.url));

/**
 * Grades the functions of a file against the reference. They run in a thread of their own, so that neither an endless loop
 * nor an exit ends the grading.
 * @param {string} file
 * @param {{seconds?: number}} [options] how long it may take
 * @returns {Promise<Verdict[]>}
 */
export async function gradeFile(file, {seconds = 60} = {}) {
  const full = path.resolve(file);
  if (!existsSync(full)) throw new
    HomeworkError(`There is no file ${file}. To make one: npx tfjs-explicit-layers exercise conv2d`);
  if (!existsSync(LIBRARY)) throw new HomeworkError('tfjs-explicit-layers is not built here: npm run build');
  const {verdicts, exports} = await run(full, seconds);
  if (verdicts.length === 0) {
    const known = Object.values(EXERCISES).flatMap(({tasks}) => tasks.map(({name}) => name));
    throw new HomeworkError(`${file} exports no function of an exercise. It exports ${exports.join(', ') || 'nothing'}; ` +
      `the exercises' functions are ${known.join(', ')}.`);
  }
  return verdicts;
}

/**
 * @param {string} file
 * @param {number} seconds
 * @returns {Promise<{verdicts: Verdict[], exports: string[]}>}
 */
function run(file, seconds) {
  const worker = new Worker(new URL('worker.mjs', import.meta.url), {
    stdout: true, workerData: {file, library: LIBRARY, typescript: /\.[mc]?ts$/.test(file) ? findTypescript(file) : null},
  });
  // What the student's file prints must not get into the report.
  worker.stdout.pipe(process.stderr, {end: false});
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new HomeworkError(`It did not finish within ${seconds} s: is there an endless loop?`));
      void worker.terminate();
    }, 1000 * seconds);
    worker.on('message', (message) => {
      resolve(message);
      void worker.terminate();
    });
    worker.on('error', (error) => reject(new HomeworkError(`The file does not load: ${explained(error)}`)));
    worker.on('exit', () => {
      clearTimeout(timer);
      reject(new HomeworkError('The file ends the program before it is graded: take process.exit out.'));
    });
  });
}

/**
 * The package that takes the types out: the file's own or ours; null where Node does it itself.
 * @param {string} file
 */
function findTypescript(file) {
  for (const from of [file, import.meta.url]) {
    try {
      return createRequire(from).resolve('typescript');
    } catch {
      // the next place
    }
  }
  if (/** @type {any} */ (process.features).typescript) return null;
  throw new HomeworkError('This Node does not run TypeScript. To grade it: npm install typescript, or use Node 22.18 or newer.');
}

/** @param {unknown} error */
function explained(error) {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const place = error instanceof Error ? /^\S+:(\d+)\n/.exec(error.stack ?? '')?.[1] : undefined;
  return `${text}${place ? ` (line ${place})` : ''}`;
}
