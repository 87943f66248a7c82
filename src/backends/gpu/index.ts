import {registerKernels} from '../registry';
import {relu, reluGrad} from './activation';
import {conv2d, conv2dFilterGrad, conv2dInputGrad} from './conv';
import {col2im, im2col} from './im2col';
import {maxPool, maxPoolGather, maxPoolScatter} from './pool';

for (const backend of ['webgl', 'webgpu']) {
  registerKernels(backend, {
    conv2d, conv2dInputGrad, conv2dFilterGrad, im2col, col2im, relu, reluGrad, maxPool, maxPoolScatter, maxPoolGather,
  });
}
