import type {Tensor, Tensor1D, Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

import type {ConvGeometry, WindowGeometry} from '../geometry';

/** Which maxima of a pooling window get its gradient: each in full, the first one, or equal parts. */
export type TieRule = 'all' | 'first' | 'split';

/** What a leaky, thresholded, capped relu is made of. */
export interface ReluParameters {
  negativeSlope: number;
  threshold: number;
  /** Infinity where there is no cap. */
  maxValue: number;
}

/**
 * The heavy pieces of the ops, each computed as a backend does it best. Images are [N, H, W, C] whatever the op's data
 * format, filters [kh, kw, C / groups, K], matrices row by row; all float32. Kernels run inside an explicit op: nothing
 * here is recorded, so a kernel may call the backend directly. Tensors made on the way are freed by the caller's tidy.
 */
export interface RequiredKernels {
  conv2d(x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry): Tensor4D;
  /** dx, where dout is [N, Ho, Wo, K]. */
  conv2dInputGrad(dout: Tensor4D, w: Tensor4D, g: ConvGeometry): Tensor4D;
  conv2dFilterGrad(x: Tensor4D, dout: Tensor4D, g: ConvGeometry): Tensor4D;

  /** out[.., c M + m] = b + channel c under w[.., c, m]; w is [kh, kw, C, M], g has C groups and C M filters. */
  depthwiseConv2d(x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry): Tensor4D;
  depthwiseConv2dInputGrad(dout: Tensor4D, w: Tensor4D, g: ConvGeometry): Tensor4D;
  depthwiseConv2dFilterGrad(x: Tensor4D, dout: Tensor4D, g: ConvGeometry): Tensor4D;

  /** Patches as columns: rows (kh, kw, c), or (c, kh, kw) when `channelsFirst`; columns image by image. */
  im2col(x: Tensor4D, g: WindowGeometry, channelsFirst: boolean): Tensor2D;
  col2im(cols: Tensor2D, g: WindowGeometry, channelsFirst: boolean): Tensor4D;

  relu(x: Tensor, parameters: ReluParameters): Tensor;
  reluGrad(dout: Tensor, x: Tensor, parameters: ReluParameters): Tensor;

  maxPool(x: Tensor4D, g: WindowGeometry): Tensor4D;
  /** dx: each window's dout goes to its maxima. `out` is the pool's value. */
  maxPoolScatter(dout: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D;
  /** The adjoint of scatter: each window's sum of v over its maxima. */
  maxPoolGather(v: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D;

  /** The mean of each window's cells in the image; 0 where there is none. */
  averagePool(x: Tensor4D, g: WindowGeometry): Tensor4D;
  /** dx: each window's dout in equal parts to its cells in the image. Its adjoint is the pool. */
  averagePoolGrad(dout: Tensor4D, g: WindowGeometry): Tensor4D;

  matMul(a: Tensor2D, b: Tensor2D, transposeA: boolean, transposeB: boolean): Tensor2D;
  /** x @ w + b */
  affine(x: Tensor2D, w: Tensor2D, b: Tensor1D | null): Tensor2D;
  /** Sums of the columns of [R, C]. */
  columnSum(x: Tensor2D): Tensor1D;
}

/** Of the columns of a matrix, [C] each. */
export type Statistics = {mean: Tensor1D, variance: Tensor1D};

/** Of the rows of a matrix, [R] each: their means and 1 / sqrt(variance + epsilon). */
export type RowStatistics = {mean: Tensor1D, rstd: Tensor1D};

/** Gradients of a normalisation by the matrix, by gamma and by beta; the last two also where there was none. */
export type NormGradients = {dx: Tensor2D, dgamma: Tensor1D, dbeta: Tensor1D};

/**
 * Pieces that a backend computes in fewer passes than the ops do. Where one is absent, or gives null for a case that it
 * does not serve, the op's own formula runs. Names and shapes of what a forward leaves for a gradient are the same in
 * every set, so that a gradient takes what any other set left.
 */
export interface OptionalKernels {
  /** max(0, conv2d) */
  conv2dRelu(x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry): Tensor4D | null;
  /** The filter gradient, and the sums of dout over images and positions. */
  conv2dWeightGrads(x: Tensor4D, dout: Tensor4D, g: ConvGeometry): {dw: Tensor4D, db: Tensor1D} | null;
  /** max(0, affine) */
  affineRelu(x: Tensor2D, w: Tensor2D, b: Tensor1D | null): Tensor2D | null;
  /** share * running + (1 - share) * batch, of means and of variances */
  movingAverages(running: Statistics, batch: Statistics, share: number): Statistics | null;

  /** A dropout's mask: `scale` where the hash of seed, call (a scalar int32) and place is at least `threshold`, else 0. */
  dropoutMask(seed: number, call: Tensor, shape: number[], threshold: number, scale: number): Tensor | null;

  /** Losses [N] and their gradients [N, C] by the scores; labels are classes [N] (int32) or weights [N, C]. */
  softmaxLoss(scores: Tensor2D, labels: Tensor): {losses: Tensor1D, gradient: Tensor2D} | null;

  /** Normalises each column of x [R, C] by its own mean and uncorrected variance. */
  batchNorm(x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, epsilon: number):
      {out: Tensor2D, mean: Tensor1D, variance: Tensor1D} | null;
  batchNormGrad(
      dout: Tensor2D, x: Tensor2D, gamma: Tensor1D | null, mean: Tensor1D, variance: Tensor1D,
      epsilon: number): NormGradients | null;
  /** Normalises each column of x [R, C] by a mean and a variance that are given. */
  batchNormInference(
      x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, mean: Tensor1D, variance: Tensor1D,
      epsilon: number): Tensor2D | null;

  /** Normalises each row of x [R, D] by its own mean and uncorrected variance. */
  layerNorm(x: Tensor2D, gamma: Tensor1D | null, beta: Tensor1D | null, epsilon: number):
      {out: Tensor2D, mean: Tensor1D, rstd: Tensor1D} | null;
  layerNormGrad(
      dout: Tensor2D, x: Tensor2D, gamma: Tensor1D | null, mean: Tensor1D, rstd: Tensor1D): NormGradients | null;
}

/** What a backend gives to the ops. */
export type Kernels = RequiredKernels & Partial<OptionalKernels>;

/** Which kernels the ops use, and why not faster ones. */
export interface KernelInfo {
  /** 'native' and 'heap' are compiled, on tensorflow and on wasm; 'cpu', 'gpu'; 'composed' of operations of tfjs. */
  set: string;
  /** How many threads share the work of one kernel, where this package decides it; else 1. */
  threads: number;
  /** Whether products use relaxed SIMD. */
  relaxed: boolean;
  /** Why this set is not the backend's fastest, and what to do; empty where it is. */
  reason: string;
}
