import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {showShape} from '../validate';

/** Shapes in which each position of an example is a row of its own. */
interface Rows {
  /** [N * positions, C] */
  scores: [number, number];
  /** The same, or [N * positions] where the labels are classes. */
  labels: number[];
  /** [N, positions] */
  positions: [number, number];
}

/**
 * How scores [N, ..., C] and labels [N, ..., C], [N, ...] or [N, ..., 1] become rows; null where there is one row an example.
 * @throws If the shapes do not fit.
 */
export function positionRows(op: string, yTrue: Tensor, yPred: Tensor): Rows | null {
  if (!(yTrue instanceof tf.Tensor) || !(yPred instanceof tf.Tensor) || yPred.rank <= 2) return null;
  const {shape} = yPred;
  const [examples, classes] = [shape[0]!, shape.at(-1)!];
  const inner = shape.slice(1, -1);
  const count = inner.reduce((product, size) => product * size, 1);
  const fits = (wanted: number[]) => tf.util.arraysEqual(yTrue.shape, wanted);
  const oneHot = fits(shape);
  if (!oneHot && !fits(shape.slice(0, -1)) && !fits([...shape.slice(0, -1), 1])) {
    throw new Error(`${op}: yTrue must be ${showShape(shape)} rows or ${showShape(shape.slice(0, -1))} classes for yPred ` +
        `${showShape(shape)}. Got ${showShape(yTrue.shape)}. Give one label per position.`);
  }
  return {
    scores: [examples * count, classes], labels: oneHot ? [examples * count, classes] : [examples * count],
    positions: [examples, count],
  };
}
