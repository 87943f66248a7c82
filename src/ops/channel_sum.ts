import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D} from '@tensorflow/tfjs-core';

import {kernels} from '../backends';
import {explicitOp} from '../explicit_op';
import {asMatrix} from './layout';

const sumAllButLast = explicitOp<{dout: Tensor}>({
  name: 'channelSum',
  forward: ({dout}) => ({out: kernels().columnSum(asMatrix(dout, dout.shape[dout.rank - 1]!))}),
  backward: {dout: (d, {dout}) => tf.add(tf.zeros(dout.shape), d)},
});

/** db: the sum of dout over every axis but the last, [C]. */
export function channelSum(dout: Tensor): Tensor1D {
  return sumAllButLast({dout}) as Tensor1D;
}
