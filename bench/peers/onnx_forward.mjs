/** Times predictions of onnxruntime-web on its wasm backend: `onnx_forward.mjs PACKAGE_FOLDER FOLDER` (see exchange.ts). */
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {pathToFileURL} from 'node:url';

import {onnxOfNetS, permuted} from './onnx.mjs';
import {lossOf, readTaskFiles} from './read_task.mjs';
import {printRun, timeTask} from './time_task.mjs';

const [packageFolder, folder] = /** @type {[string, string]} */ (process.argv.slice(2));
const require = createRequire(path.join(packageFolder, 'package.json'));
const {version, exports} = JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8'));
const ort = await import(pathToFileURL(path.join(packageFolder, exports['.'].node.import)).href);

async function main() {
  ort.env.wasm.numThreads = 1;
  const {task, arrays: [images, labels, ...weights]} =
    /** @type {{task: import('./exchange').Task, arrays: [Values, Values, ...Values[]]}} */ (readTaskFiles(folder));
  const session = await ort.InferenceSession.create(onnxOfNetS(require('protobufjs'), images, weights),
    {executionProviders: ['wasm']});
  const {shape, data} = permuted(images, [0, 3, 1, 2]);
  const x = new ort.Tensor('float32', data, shape);
  const once = async () => (await session.run({x})).scores.data;
  const loss = (/** @type {Float32Array} */ scores) => lossOf(scores, labels.data, /** @type {number} */ (labels.shape[1]));
  return {...await timeTask(task, once, loss), title: `onnxruntime-web ${version} on wasm`};
}

/** @typedef {import('./read_task.mjs').Values} Values */

printRun(main());
