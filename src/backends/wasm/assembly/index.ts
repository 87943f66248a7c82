/**
 * What the module exports: kernels over addresses in the heap of the tfjs backend; every size is an argument. Kernels
 * that threads share end in (scratch, from, to): memory of the thread's own, and the units of the work that it does.
 */
export {bentRelu, bentReluGrad, relu, reluGrad} from './activation';
export {averagePool, averagePoolGrad, averageScratch} from './average';
export {
  centredSums, columnMoments, columnSums, columnsTogether, columnUnits, fold, joinMoments, joinPairs, joinSums, partialSize,
  sliceEntries, slicesOf,
} from './columns';
export {
  addPatches, col2im, columnsScratch, convFilterGrad, convForward, convInputGrad, fewPatches, filterGradScratch,
  filterGradSlices, filterGradUnits, forwardScratch, forwardUnits, im2col, imageUnits, inputGradScratch, packConvolution,
  packedFloats, packTransposed, packUnits, positionsAtOnce, positionsSummed, sumParts,
} from './convolution';
export {depthwiseFilterGrad, depthwiseForward, depthwiseInputGrad, depthwiseScratch, depthwiseSlices} from './depthwise';
export {chunk} from './lanes';
export {
  batchNormInputGrad, batchNormSlopes, columnScales, layerNorm, layerNormGrad, normalizeColumns, rowsSummed, rowsTogether,
} from './normalization';
export {maxPool, maxPoolGather, maxPoolScatter, scatterUnits} from './pooling';
export {
  depth, height, product, productScratch, sliceDepth, sliceRows, thinProduct, thinRows, tileColumns, tileRows, width,
} from './product';
export {softmaxLossOfClasses, softmaxLossOfWeights} from './softmax';
export {setWindow} from './window';
