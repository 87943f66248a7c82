/** Prints digests of what the native ops make, at sizes whose parts are the same whatever the number of threads. */
import {createHash} from 'node:crypto';
import {availableParallelism} from 'node:os';
import '../../../src/node';
import * as tf from '@tensorflow/tfjs-node';

import {kernels} from '../../../src/backends';
import {native} from '../../../src/backends/tensorflow/native_ops';
import {geometryOf} from '../../support/kernel_specs';
import {nativeConstants} from '../../support/limits/constants';
import {drifting} from '../../support/limits/float64';

const limits = nativeConstants();
/** Entries of the most parts that one thread cuts work into: more threads cut no more. */
const most = limits.get('kPartsPerThread') * limits.get('kEntriesOfAPart');

const made = (shape: number[], seed: number) =>
  tf.tensor(Float32Array.from(drifting(tf.util.sizeFromShape(shape), shape.at(-1)!, seed)), shape);
const digests: {[op: string]: string} = {};

function note(op: string, found: tf.Tensor | object): void {
  const hash = createHash('sha256');
  for (const tensor of found instanceof tf.Tensor ? [found] : Object.values(found) as tf.Tensor[]) hash.update(tensor.dataSync());
  digests[op] = hash.digest('hex').slice(0, 16);
}

await tf.setBackend('tensorflow');
const rows = Math.floor(most / 64), x = made([rows, 64], 1) as tf.Tensor2D, dout = made([rows, 64], 2) as tf.Tensor2D;
const column = made([64], 3) as tf.Tensor1D, own = kernels();
note('columnSum', own.columnSum(x));
const half = tf.slice(x, [0, 0], [rows >> 1, 64]) as tf.Tensor2D;  // two entries' work for each
note('batchNorm', own.batchNorm!(half, column, column, 1e-3)!);
note('batchNormGrad', own.batchNormGrad!(dout, x, column, column, tf.abs(column), 1e-3)!);
const layer = own.layerNorm!(x, column, null, 1e-3)!;
note('layerNorm', layer);
note('layerNormGrad', own.layerNormGrad!(dout, x, column, layer.mean, layer.rstd)!);
const relu = {negativeSlope: 0.5, threshold: 0, maxValue: 1};
note('relu', own.relu(x, relu));
note('reluGrad', own.reluGrad(dout, x, relu));
note('chain', native('ExplicitChain', [x, dout], {counts: {N: 2, M: 2}, sizes: [2, 0, 1, 3, 2, 0, 2, 3]}, 2));
note('softmaxLoss', own.softmaxLoss!(x, dout)!);
note('dropoutMask', own.dropoutMask!(1, tf.scalar(2, 'int32'), [most], 2 ** 31, 2)!);
note('product', own.matMul(made([64, 96], 4) as tf.Tensor2D, made([64, 48], 5) as tf.Tensor2D, true, false));

const g = geometryOf({title: '', x: [4, 20, 20, 6], filters: 16, padding: [[1, 1], [1, 1]]});
const images = made([4, 20, 20, 6], 6) as tf.Tensor4D, filter = made([3, 3, 6, 16], 7) as tf.Tensor4D;
const out = own.conv2d(images, filter, null, g);
note('conv2d', out);
note('conv2dWeightGrads', own.conv2dWeightGrads!(images, out, g)!);
const deep = {...g, filters: 12, groups: 6}, taps = made([3, 3, 6, 2], 8) as tf.Tensor4D;
const douts = own.depthwiseConv2d(images, taps, null, deep);
note('depthwiseConv2d', douts);
note('depthwiseConv2dInputGrad', own.depthwiseConv2dInputGrad(douts, taps, deep));
note('depthwiseConv2dFilterGrad', own.depthwiseConv2dFilterGrad(images, douts, deep));
const pooled = own.maxPool(images, g);
note('maxPool', pooled);
note('maxPoolScatter', own.maxPoolScatter(pooled, images, pooled, g, 'split'));
note('averagePool', own.averagePool(images, g));
console.log(JSON.stringify({threads: availableParallelism(), digests}));
