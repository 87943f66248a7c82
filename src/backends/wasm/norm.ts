import type {Tensor, Tensor1D, Tensor2D} from '@tensorflow/tfjs-core';

import type {NormGradients} from '../kernels';
import type {Heap} from './heap';

type Scale = Tensor1D | null;

export function batchNorm(heap: Heap, x: Tensor2D, gamma: Scale, beta: Scale, epsilon: number):
    {out: Tensor2D, mean: Tensor1D, variance: Tensor1D} {
  const [rows, channels] = x.shape;
  const mean = heap.output<Tensor1D>([channels]);
  const variance = heap.output<Tensor1D>([channels]);
  const out = heap.output<Tensor2D>(x.shape);
  heap.withScratch(channels, scratch => {
    heap.run.batchNorm(...addresses(heap, [x, gamma, beta, mean, variance, out]), rows, channels, epsilon, scratch);
  });
  return {out, mean, variance};
}

export function batchNormGrad(
    heap: Heap, dout: Tensor2D, x: Tensor2D, gamma: Scale, mean: Tensor1D, variance: Tensor1D,
    epsilon: number): NormGradients {
  const [rows, channels] = x.shape;
  const dx = heap.output<Tensor2D>(x.shape);
  const dgamma = heap.output<Tensor1D>([channels]);
  const dbeta = heap.output<Tensor1D>([channels]);
  heap.withScratch(3 * channels, scratch => {
    heap.run.batchNormGrad(...addresses(heap, [dout, x, gamma, mean, variance, dx, dgamma, dbeta]), rows, channels,
        epsilon, scratch);
  });
  return {dx, dgamma, dbeta};
}

export function batchNormInference(
    heap: Heap, x: Tensor2D, gamma: Scale, beta: Scale, mean: Tensor1D, variance: Tensor1D, epsilon: number): Tensor2D {
  const [rows, channels] = x.shape;
  const out = heap.output<Tensor2D>(x.shape);
  heap.withScratch(channels, scratch => {
    heap.run.normalizeColumns(...addresses(heap, [x, gamma, beta, mean, variance, out]), rows, channels, epsilon,
        scratch);
  });
  return out;
}

export function layerNorm(heap: Heap, x: Tensor2D, gamma: Scale, beta: Scale, epsilon: number):
    {out: Tensor2D, mean: Tensor1D, rstd: Tensor1D} {
  const [rows, size] = x.shape;
  const mean = heap.output<Tensor1D>([rows]);
  const rstd = heap.output<Tensor1D>([rows]);
  const out = heap.output<Tensor2D>(x.shape);
  heap.run.layerNorm(...addresses(heap, [x, gamma, beta, mean, rstd, out]), rows, size, epsilon);
  return {out, mean, rstd};
}

export function layerNormGrad(
    heap: Heap, dout: Tensor2D, x: Tensor2D, gamma: Scale, mean: Tensor1D, rstd: Tensor1D): NormGradients {
  const [rows, size] = x.shape;
  const dx = heap.output<Tensor2D>(x.shape);
  const dgamma = heap.output<Tensor1D>([size]);
  const dbeta = heap.output<Tensor1D>([size]);
  heap.withScratch(2 * size, scratch => {
    heap.run.layerNormGrad(...addresses(heap, [dout, x, gamma, mean, rstd, dx, dgamma, dbeta]), rows, size, scratch);
  });
  return {dx, dgamma, dbeta};
}

function addresses(heap: Heap, tensors: Array<Tensor | null>): number[] {
  return tensors.map(tensor => heap.address(tensor));
}
