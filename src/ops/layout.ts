import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

import type {DataFormat} from '../geometry';

/** [N, H, W, C], as the kernels want it, from the op's data format. */
export function toChannelsLast(x: Tensor, dataFormat: DataFormat): Tensor4D {
  return (dataFormat === 'channelsLast' ? x : tf.transpose(x, [0, 2, 3, 1])) as Tensor4D;
}

/** The op's data format from [N, H, W, C]. */
export function fromChannelsLast(x: Tensor4D, dataFormat: DataFormat): Tensor4D {
  return dataFormat === 'channelsLast' ? x : tf.transpose(x, [0, 3, 1, 2]);
}

/** tf.reshape, spared where the shape is there already: on tfjs-node it is an op of its own. */
export function reshapeTo<T extends Tensor>(x: Tensor, shape: number[]): T {
  return (tf.util.arraysEqual(x.shape, shape) ? x : tf.reshape(x, shape)) as T;
}

/** x as a matrix whose columns run along `columns` (in this order), and the way back. */
export interface MatrixView {
  toMatrix: (x: Tensor) => Tensor2D;
  fromMatrix: (matrix: Tensor) => Tensor;
}

/** The view of x [..] as [product of the other axes, product of `columns`]; no copy when `columns` stand last. */
export function matrixView(shape: number[], columns: number[]): MatrixView {
  const others = shape.map((_, axis) => axis).filter(axis => !columns.includes(axis));
  const order = [...others, ...columns];
  const moved = order.some((axis, i) => axis !== i);
  const width = columns.reduce((size, axis) => size * shape[axis]!, 1);
  const height = others.reduce((size, axis) => size * shape[axis]!, 1);
  const movedShape = order.map(axis => shape[axis]!);
  const back = shape.map((_, axis) => order.indexOf(axis));
  return {
    toMatrix: x => reshapeTo(moved ? tf.transpose(x, order) : x, [height, width]),
    fromMatrix: matrix => {
      const x = reshapeTo(matrix, movedShape);
      return moved ? tf.transpose(x, back) : x;
    },
  };
}
