import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D} from '@tensorflow/tfjs-core';

import {kernels} from '../backends';
import {explicitOp} from '../explicit_op';
import {matrixView} from './layout';

const sumAllBut = explicitOp<{dout: Tensor}, {axis: number}>({
  name: 'channelSum',
  forward: ({dout}, {axis}) => ({out: kernels().columnSum(matrixView(dout.shape, [axis]).toMatrix(dout))}),
  backward: {
    dout: (d, {dout}, _, {axis}) => {
      const shape = dout.shape.map((size, i) => (i === axis ? size : 1));
      return tf.add(tf.zeros(dout.shape), tf.reshape(d, shape));
    },
  },
});

/** db: the sum of dout over every axis but `axis`, [C]. */
export function channelSum(dout: Tensor, axis: number): Tensor1D {
  return sumAllBut({dout}, {axis}) as Tensor1D;
}
