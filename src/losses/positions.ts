import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D} from '@tensorflow/tfjs-core';

import {tidy} from '../tidy';
import {showShape} from '../validate';

/**
 * A number for each example: `each` of labels and scores [N, C]. Of scores [N, ..., C], with labels [N, ..., C], [N, ...] or
 * [N, ..., 1], it takes every position for a row, and the mean over an example's.
 * @throws If the shapes do not fit.
 */
export function overPositions(
    op: string, yTrue: Tensor, yPred: Tensor, each: (yTrue: Tensor, yPred: Tensor) => Tensor1D): Tensor1D {
  if (!(yTrue instanceof tf.Tensor) || !(yPred instanceof tf.Tensor) || yPred.rank <= 2) return each(yTrue, yPred);
  const {shape} = yPred;
  const [classes, positions] = [shape.at(-1)!, shape.slice(0, -1)];
  const [examples, count] = [shape[0]!, positions.slice(1).reduce((product, size) => product * size, 1)];
  const fits = (wanted: number[]) => tf.util.arraysEqual(yTrue.shape, wanted);
  const oneHot = fits(shape);
  if (!oneHot && !fits(positions) && !fits([...positions, 1])) {
    throw new Error(`${op}: yTrue must be ${showShape(shape)} rows or ${showShape(positions)} classes for yPred ` +
        `${showShape(shape)}. Got ${showShape(yTrue.shape)}. Give one label per position.`);
  }
  return tidy(() => {
    const rows = examples * count;
    const all = each(tf.reshape(yTrue, oneHot ? [rows, classes] : [rows]), tf.reshape(yPred, [rows, classes]));
    return tf.mean(tf.reshape(all, [examples, count]), 1) as Tensor1D;
  });
}
