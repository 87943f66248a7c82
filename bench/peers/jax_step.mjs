/** Times training steps of jax-js on its wasm backend: `jax_step.mjs PACKAGE_FOLDER FOLDER` (see exchange.ts). */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';

import {readTaskFiles} from './read_task.mjs';
import {printRun, timeTask} from './time_task.mjs';

const [packageFolder, folder] = /** @type {[string, string]} */ (process.argv.slice(2));
const {version, module} = JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8'));
const {init, defaultDevice, blockUntilReady, jit, lax, nn, numpy: np, tree, valueAndGrad} =
  await import(pathToFileURL(path.join(packageFolder, module)).href);

/** @typedef {any} JaxArray Of jax-js; an argument is used up, `.ref` keeps it. */

/**
 * jax-js has channels first: images [N, C, H, W], filters [K, C, kh, kw].
 * @param {{shape: number[], data: Float32Array}} values
 * @param {number[]} [order]
 * @returns {JaxArray}
 */
function load({shape, data}, order) {
  const array = np.array(data.slice()).reshape(shape);
  return order ? np.transpose(array, order) : array;
}

/** @param {JaxArray} x */
const pool = (x) => lax.reduceWindow(x, np.max, [2, 2], [2, 2]);

/**
 * @param {{[name: string]: JaxArray}} params
 * @param {JaxArray} x
 * @param {JaxArray} y
 */
function loss({w1, b1, w2, b2, w3, b3, w4, b4}, x, y) {
  const conv = (/** @type {JaxArray} */ input, /** @type {JaxArray} */ w, /** @type {JaxArray} */ b) =>
    lax.convGeneralDilated(input, w, [1, 1], 'SAME').add(b.reshape([-1, 1, 1]));
  let h = pool(nn.relu(conv(x, w1, b1)));
  h = pool(nn.relu(conv(h, w2, b2)));
  const [n] = h.shape;
  h = np.transpose(h, [0, 2, 3, 1]).reshape([n, -1]);
  h = nn.relu(np.matmul(h, w3).add(b3));
  const scores = np.matmul(h, w4).add(b4);
  return nn.logSoftmax(scores).mul(y).sum().mul(-1 / n);
}

async function main() {
  if (!(await init('wasm')).includes('wasm')) throw new Error('jax-js does not start its wasm backend.');
  defaultDevice('wasm');
  const {task, arrays: [images, labels, ...weights]} = readTaskFiles(folder);
  const x = load(/** @type {any} */ (images), [0, 3, 1, 2]);
  const y = load(/** @type {any} */ (labels));
  const names = ['w1', 'b1', 'w2', 'b2', 'w3', 'b3', 'w4', 'b4'];
  let params = Object.fromEntries(weights.map((values, i) =>
    [names[i], load(values, values.shape.length === 4 ? [3, 2, 0, 1] : undefined)]));
  let velocity = tree.map((/** @type {JaxArray} */ p) => np.zeros(p.shape), params);
  const step = jit((/** @type {any} */ p, /** @type {any} */ v, /** @type {JaxArray} */ xs, /** @type {JaxArray} */ ys) => {
    const [value, gradient] = valueAndGrad(loss)(tree.ref(p), xs, ys);
    const next = tree.map((/** @type {JaxArray} */ a, /** @type {JaxArray} */ g) => a.mul(task.momentum).add(g), v, gradient);
    const moved = tree.map((/** @type {JaxArray} */ a, /** @type {JaxArray} */ d) => a.sub(d.mul(task.learningRate)), p,
      tree.ref(next));
    return [value, moved, next];
  });
  const once = async () => {
    const [value, moved, next] = step(params, velocity, x.ref, y.ref);
    [params, velocity] = [moved, next];
    await blockUntilReady([params, velocity]);
    return value.item ? value.item() : (await value.data())[0];
  };
  return {...await timeTask(task, once, Number), title: `jax-js ${version} on wasm`};
}

printRun(main());
