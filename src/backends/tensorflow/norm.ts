import type {Tensor, Tensor1D, Tensor2D} from '@tensorflow/tfjs-core';

import type {NormGradients, Statistics} from '../kernels';
import {native, nativeOne} from './native_ops';

/** Below and above which results become these; a graph puts the relu that follows in here. */
const BOUNDS = [-Infinity, Infinity];

export function batchNorm(x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, epsilon: number):
    {out: Tensor2D, mean: Tensor1D, variance: Tensor1D} {
  const [out, mean, variance] = native('ExplicitBatchNorm', [x, gamma, beta], {numbers: [epsilon, ...BOUNDS]}, 3);
  return {out: out as Tensor2D, mean: mean as Tensor1D, variance: variance as Tensor1D};
}

export function batchNormGrad(
    dout: Tensor2D, x: Tensor2D, gamma: Tensor1D | null, mean: Tensor1D, variance: Tensor1D,
    epsilon: number): NormGradients {
  return gradients(native('ExplicitBatchNormGrad', [dout, x, gamma, mean, variance], {numbers: [epsilon]}, 3));
}

export function movingAverages(running: Statistics, batch: Statistics, share: number): Statistics {
  const given = [running.mean, batch.mean, running.variance, batch.variance];
  const [mean, variance] = native('ExplicitMovingAverages', given, {numbers: [share, 1 - share]}, 2);
  return {mean: mean as Tensor1D, variance: variance as Tensor1D};
}

export function batchNormInference(
    x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, mean: Tensor1D, variance: Tensor1D,
    epsilon: number): Tensor2D {
  return nativeOne('ExplicitBatchNormInference', [x, gamma, beta, mean, variance], {numbers: [epsilon, ...BOUNDS]});
}

export function layerNorm(x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, epsilon: number):
    {out: Tensor2D, mean: Tensor1D, rstd: Tensor1D} {
  const [out, mean, rstd] = native('ExplicitLayerNorm', [x, gamma, beta], {numbers: [epsilon]}, 3);
  return {out: out as Tensor2D, mean: mean as Tensor1D, rstd: rstd as Tensor1D};
}

export function layerNormGrad(
    dout: Tensor2D, x: Tensor2D, gamma: Tensor1D | null, mean: Tensor1D, rstd: Tensor1D): NormGradients {
  return gradients(native('ExplicitLayerNormGrad', [dout, x, gamma, mean, rstd], {}, 3));
}

function gradients([dx, dgamma, dbeta]: Tensor[]): NormGradients {
  return {dx: dx as Tensor2D, dgamma: dgamma as Tensor1D, dbeta: dbeta as Tensor1D};
}
