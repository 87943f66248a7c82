import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor2D, TensorLike} from '@tensorflow/tfjs-core';

import {readsAtOnce} from '../backends';
import {oneHotRows} from '../ops/one_hot_rows';
import {checkClasses} from '../ops/softmax_loss';
import {tidy} from '../tidy';
import {checkCount, checkUsable, fromNumbers, show} from '../validate';

/**
 * Classes as one-hot rows, the targets that `fit`, `evaluate` and `trainOnBatch` take; one class is allowed too, which
 * core's oneHot refuses.
 *
 * *Shape*
 * - labels: [N, ...] or, as a column, [N, ..., 1], int32 or whole float32, or an array of numbers
 * - result: [N, ..., classes], float32
 *
 * @throws On a wrong rank or dtype, and on labels outside 0 .. classes - 1; on webgl and webgpu, where reading them
 * would stall the device, the row of such a label in a tensor is NaN instead.
 *
 * ```js
 * losses.oneHot([2, 0], 3).print();  // [[0, 0, 1], [1, 0, 0]]
 * ```
 */
export function oneHot<T extends Tensor = Tensor2D>(labels: Tensor | TensorLike, classes: number): T {
  const op = 'oneHot';
  return tidy(() => {
    checkCount(op, 'classes', classes);
    const given = labels instanceof tf.Tensor;
    if (given) checkUsable(op, 'labels', labels);
    const tensor = given ? labels : fromNumbers(op, 'labels', labels);
    const column = asColumn(op, tensor);
    const outer = tensor.rank > 1 && tensor.shape.at(-1) === 1 ? tensor.shape.slice(0, -1) : tensor.shape;
    const shaped = (rows: Tensor) => tf.reshape(rows, [...outer, classes]) as T;
    const onDevice = given && !readsAtOnce();
    if (!onDevice) checkClasses(op, column, classes);
    const rows = oneHotRows(column, classes);
    if (!onDevice) return shaped(rows);
    // Not rows / sum: webgl takes 0 / 0 for 1.
    return shaped(tf.where(tf.greater(tf.sum(rows, 1, true), 0), rows, tf.fill(rows.shape, NaN)));
  });
}

function asColumn(op: string, labels: Tensor): Tensor2D {
  if (labels.dtype !== 'int32' && labels.dtype !== 'float32') {
    throw new Error(`${op}: labels must be int32 or whole float32. Got ${show(labels)}. Number the classes from 0.`);
  }
  if (labels.rank === 0 || labels.size === 0) {
    throw new Error(`${op}: labels must be [N, ...] with N of at least 1. Got ${show(labels)}. ` +
        'Give one class per example.');
  }
  return tf.reshape(labels, [-1, 1]);
}
