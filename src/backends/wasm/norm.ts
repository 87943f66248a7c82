import type {Tensor1D, Tensor2D} from '@tensorflow/tfjs-core';

import type {NormGradients} from '../kernels';
import {entryWork} from './dense';
import type {Heap} from './heap';

type Scale = Tensor1D | null;

/** Units of the kernels that work on [rows, columns] row by row. */
function rowUnits(heap: Heap, rows: number, columns: number): number {
  return Math.ceil(rows / heap.run.rowsTogether!(columns));
}

export function batchNorm(heap: Heap, x: Tensor2D, gamma: Scale, beta: Scale, epsilon: number):
    {out: Tensor2D, mean: Tensor1D, variance: Tensor1D} {
  const [rows, channels] = x.shape;
  const mean = heap.output<Tensor1D>([channels]);
  const variance = heap.output<Tensor1D>([channels]);
  const $x = heap.address(x, x.size), {partialSize, columnUnits, joinMoments} = heap.run;
  heap.withScratch(partialSize!(rows, channels, 2), partial => {
    heap.split('columnMoments', [$x, partial, rows, channels], columnUnits!(rows, channels),
        {work: x.size * entryWork});
    joinMoments!(partial, heap.address(mean, channels), heap.address(variance, channels), rows, channels);
  });
  return {out: batchNormInference(heap, x, gamma, beta, mean, variance, epsilon), mean, variance};
}

export function batchNormInference(
    heap: Heap, x: Tensor2D, gamma: Scale, beta: Scale, mean: Tensor1D, variance: Tensor1D, epsilon: number): Tensor2D {
  const [rows, channels] = x.shape;
  const out = heap.output<Tensor2D>(x.shape);
  const [$gamma, $beta, $mean, $variance] = [gamma, beta, mean, variance].map(t => heap.address(t, channels));
  heap.withScratch(channels, scales => {
    heap.run.columnScales!($variance!, $gamma!, scales, channels, epsilon);
    heap.split('normalizeColumns', [
      heap.address(x, x.size), scales, $beta!, $mean!, heap.address(out, x.size), rows, channels,
    ], rowUnits(heap, rows, channels), {work: x.size * entryWork});
  });
  return out;
}

export function batchNormGrad(
    heap: Heap, dout: Tensor2D, x: Tensor2D, gamma: Scale, mean: Tensor1D, variance: Tensor1D,
    epsilon: number): NormGradients {
  const [rows, channels] = x.shape;
  const dx = heap.output<Tensor2D>(x.shape);
  const dgamma = heap.output<Tensor1D>([channels]);
  const dbeta = heap.output<Tensor1D>([channels]);
  const [$dout, $x, $dx] = [dout, x, dx].map(t => heap.address(t, x.size)) as [number, number, number];
  const [$gamma, $mean, $variance, $dgamma, $dbeta] = [gamma, mean, variance, dgamma, dbeta]
      .map(t => heap.address(t, channels)) as [number, number, number, number, number];
  const {partialSize, columnUnits, joinPairs, batchNormSlopes} = heap.run;
  heap.withScratch(partialSize!(rows, channels, 2), partial => {
    heap.split('centredSums', [$dout, $x, $mean, partial, rows, channels], columnUnits!(rows, channels),
        {work: 2 * x.size * entryWork});
    joinPairs!(partial, $dgamma, $dbeta, rows, channels);
  });
  heap.withScratch(3 * channels, slopes => {
    batchNormSlopes!($variance, $gamma, $dgamma, $dbeta, slopes, rows, channels, epsilon);
    heap.split('batchNormInputGrad', [$dout, $x, $mean, slopes, $dx, rows, channels], rowUnits(heap, rows, channels),
        {work: 2 * x.size * entryWork});
  });
  return {dx, dgamma, dbeta};
}

export function layerNorm(heap: Heap, x: Tensor2D, gamma: Scale, beta: Scale, epsilon: number):
    {out: Tensor2D, mean: Tensor1D, rstd: Tensor1D} {
  const [rows, size] = x.shape;
  const mean = heap.output<Tensor1D>([rows]);
  const rstd = heap.output<Tensor1D>([rows]);
  const out = heap.output<Tensor2D>(x.shape);
  heap.split('layerNorm', [
    heap.address(x, x.size), heap.address(gamma, size), heap.address(beta, size), heap.address(mean, rows),
    heap.address(rstd, rows), heap.address(out, x.size), rows, size, epsilon,
  ], rowUnits(heap, rows, size), {work: 2 * x.size * entryWork});
  return {out, mean, rstd};
}

export function layerNormGrad(
    heap: Heap, dout: Tensor2D, x: Tensor2D, gamma: Scale, mean: Tensor1D, rstd: Tensor1D): NormGradients {
  const [rows, size] = x.shape;
  const dx = heap.output<Tensor2D>(x.shape);
  const dgamma = heap.output<Tensor1D>([size]);
  const dbeta = heap.output<Tensor1D>([size]);
  const {partialSize, slicesOf, joinPairs} = heap.run;
  heap.withScratch(partialSize!(rows, size, 2), partial => {
    heap.split('layerNormGrad', [
      heap.address(dout, x.size), heap.address(x, x.size), heap.address(gamma, size), heap.address(mean, rows),
      heap.address(rstd, rows), heap.address(dx, x.size), partial, rows, size,
    ], slicesOf!(rows, size), {scratch: 2 * size, work: 4 * x.size * entryWork});
    joinPairs!(partial, heap.address(dgamma, size), heap.address(dbeta, size), rows, size);
  });
  return {dx, dgamma, dbeta};
}
