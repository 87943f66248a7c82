/** What the module exports: kernels over addresses in the heap of the tfjs backend; every size is an argument. */
export {bentRelu, bentReluGrad, relu, reluGrad} from './activation';
export {columnSum} from './columns';
export {
  col2im, columnsScratch, convFilterGrad, convForward, convInputGrad, convolutionScratch, im2col,
} from './convolution';
export {batchNorm, batchNormGrad, layerNorm, layerNormGrad, normalizeColumns} from './normalization';
export {maxPool, maxPoolGather, maxPoolScatter} from './pooling';
export {product, productScratch} from './product';
export {softmaxLossOfClasses, softmaxLossOfWeights} from './softmax';
export {setWindow} from './window';
