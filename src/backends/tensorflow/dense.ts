import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D, Tensor2D} from '@tensorflow/tfjs-core';

import * as composed from '../default/dense';
import type {ReluParameters} from '../kernels';
import {addBias} from './bias';
import {allFinite, bool, execute, executeAll, float, type} from './execute';

/** The common slopes have kernels of their own. */
export function relu(x: Tensor, shape: ReluParameters): Tensor {
  if (shape.threshold !== 0 || shape.maxValue !== Infinity) return composed.relu(x, shape);
  return shape.negativeSlope === 0 ? execute('Relu', [], [x]) :
      execute('LeakyRelu', [float('alpha', shape.negativeSlope)], [x]);
}

/** ReluGrad multiplies, so that a masked NaN or infinity stays; where one turns up, the exact way is taken. */
export function reluGrad(dout: Tensor, x: Tensor, shape: ReluParameters): Tensor {
  if (shape.threshold !== 0 || shape.maxValue !== Infinity) return composed.reluGrad(dout, x, shape);
  const dx = shape.negativeSlope === 0 ? execute('ReluGrad', [], [dout, x]) :
      execute('LeakyReluGrad', [float('alpha', shape.negativeSlope)], [dout, x]);
  return allFinite(dx) ? dx : composed.reluGrad(dout, x, shape);
}

/** BatchMatMulV2 is quicker than MatMul where an operand stands transposed, and as quick elsewhere. */
export function matMul(a: Tensor2D, b: Tensor2D, transposeA: boolean, transposeB: boolean): Tensor2D {
  return execute('BatchMatMulV2', [bool('adj_x', transposeA), bool('adj_y', transposeB)], [a, b]);
}

export function affine(x: Tensor2D, w: Tensor2D, b: Tensor1D | null): Tensor2D {
  return addBias(matMul(x, w, false, false), b);
}

/**
 * One kernel gives losses and gradients. Its gradient for weights y is P - y, right only where they sum to 1. Null where
 * a loss is not finite: scores of -Infinity with a weight of 0 are NaN to it.
 */
export function softmaxLoss(scores: Tensor2D, labels: Tensor): {losses: Tensor1D, gradient: Tensor2D} | null {
  if (labels.rank === 1) {
    const [losses, gradient] = executeAll(
        'SparseSoftmaxCrossEntropyWithLogits', [type('Tlabels', 'int32')], [scores, labels], 2);
    return {losses: losses as Tensor1D, gradient: gradient as Tensor2D};
  }
  const [losses, difference] = executeAll('SoftmaxCrossEntropyWithLogits', [], [scores, labels], 2);
  if (!losses!.dataSync().every(Number.isFinite)) return null;
  const weight = matMul(labels as Tensor2D, tf.ones([scores.shape[1], 1]), false, false);
  const gradient = weight.dataSync().every(sum => sum === 1) ? difference! :
      tf.sub(tf.mul(tf.add(difference!, labels), weight), labels);
  return {losses: losses as Tensor1D, gradient: gradient as Tensor2D};
}
