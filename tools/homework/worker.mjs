import {createRequire, register} from 'node:module';
import {pathToFileURL} from 'node:url';
import {parentPort, workerData} from 'node:worker_threads';

import {check, exercisesIn} from './check.mjs';

const {file, library, typescript} = /** @type {{file: string, library: string, typescript: string | null}} */ (workerData);

if (typescript !== null) register('./typescript_hooks.mjs', import.meta.url, {data: {typescript}});
const reference = createRequire(import.meta.url)(library);
const module = await import(pathToFileURL(file).href);
// A CommonJS file's functions are those of its default export.
const functions = {...module.default, ...module};
const exercises = exercisesIn(functions);
parentPort?.postMessage({
  verdicts: exercises.flatMap((name) => check(name, functions, reference)), exports: Object.keys(functions),
});
