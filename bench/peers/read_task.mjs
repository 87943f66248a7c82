import {readFileSync} from 'node:fs';
import path from 'node:path';

/** @typedef {{shape: number[], data: Float32Array}} Values */

/**
 * A task as exchange.ts writes it, for libraries without tfjs: the images, the labels, then the weights.
 * @param {string} folder
 * @returns {{task: import('./exchange').Task, arrays: Values[]}}
 */
export function readTaskFiles(folder) {
  const task = JSON.parse(readFileSync(path.join(folder, 'task.json'), 'utf8'));
  const bytes = new Uint8Array(readFileSync(path.join(folder, 'values.bin')));
  let offset = 0;
  const arrays = task.shapes.map((/** @type {number[]} */ shape) => {
    const data = new Float32Array(bytes.buffer, offset, shape.reduce((size, n) => size * n, 1));
    offset += data.byteLength;
    return {shape, data};
  });
  return {task, arrays};
}

/**
 * The mean softmax loss of scores, in double precision: what a prediction is compared by.
 * @param {ArrayLike<number>} scores
 * @param {ArrayLike<number>} labels one-hot rows
 * @param {number} classes
 */
export function lossOf(scores, labels, classes) {
  const rows = scores.length / classes;
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const of = Array.from({length: classes}, (_, i) => scores[row * classes + i]);
    const log = Math.log(of.reduce((sum, score) => sum + Math.exp(score), 0));
    loss += of.reduce((sum, score, i) => sum + labels[row * classes + i] * (log - score), 0);
  }
  return loss / rows;
}
