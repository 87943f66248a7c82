import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor2D} from '@tensorflow/tfjs-core';

import {explicitOp} from '../explicit_op';
import type {ExplicitOp} from '../explicit_op';
import type {DataFormat} from '../geometry';

type Order = readonly number[];

const transpose: ExplicitOp<{x: Tensor}, Order> = explicitOp({
  name: 'transpose',
  forward: ({x}, order) => ({out: tf.transpose(x, [...order])}),
  backward: {x: (dout, _, __, order) => transpose({x: dout}, inverseOf(order))},
});

/** x with its axes in this order; differentiable to any order. */
export function permuted<T extends Tensor>(x: Tensor, order: Order): T {
  return transpose({x}, order) as T;
}

/** The order that undoes an order. */
export function inverseOf(order: Order): number[] {
  return order.map((_, axis) => order.indexOf(axis));
}

/** The axes of images in the order of the kernels, [N, H, W, C]; null where they are. */
export function channelsLastOrder({dataFormat}: {dataFormat: DataFormat}): Order | null {
  return dataFormat === 'channelsLast' ? null : [0, 2, 3, 1];
}

/** tf.reshape, spared where the shape is there already: on tfjs-node it is an op of its own. */
export function reshapeTo<T extends Tensor>(x: Tensor, shape: number[]): T {
  return (tf.util.arraysEqual(x.shape, shape) ? x : tf.reshape(x, shape)) as T;
}

/** The axes of a tensor with `last` after the others, and null where they are. */
export function orderWithLast(rank: number, last: readonly number[]): Order | null {
  const others = Array.from({length: rank}, (_, axis) => axis).filter(axis => !last.includes(axis));
  const order = [...others, ...last];
  return order.some((axis, i) => axis !== i) ? order : null;
}

/** x [.., C] as a matrix [R, C], `columns` being C. */
export function asMatrix(x: Tensor, columns: number): Tensor2D {
  return reshapeTo(x, [x.size / columns, columns]);
}
