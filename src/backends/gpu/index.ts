import {runWebGLProgram, runWebGPUProgram} from '../../tfjs_private';
import {defaultKernels} from '../default';
import type {KernelSet} from '../registry';
import {composedSet, registerKernels} from '../registry';
import {relu, reluGrad} from './activation';
import {conv2d, conv2dFilterGrad, conv2dInputGrad} from './conv';
import {depthwiseConv2d, depthwiseConv2dFilterGrad, depthwiseConv2dInputGrad} from './depthwise';
import {col2im, im2col} from './im2col';
import {pools} from './pool';
import {columnSum} from './sum';

const gpu: KernelSet = {
  kernels: {
    ...defaultKernels, columnSum,
    conv2d, conv2dInputGrad, conv2dFilterGrad, im2col, col2im, relu, reluGrad, ...pools,
    depthwiseConv2d, depthwiseConv2dInputGrad, depthwiseConv2dFilterGrad,
  },
  runsAsTfjs: true,
  info: () => ({set: 'gpu', threads: 1, relaxed: false, reason: ''}),
};

for (const [backend, runs] of [['webgl', runWebGLProgram], ['webgpu', runWebGPUProgram]] as const) {
  const composed = composedSet(`The backend ${backend} is built otherwise than that of tfjs 4.22, and takes no shaders of ` +
      'this package: operations of tfjs are composed. Use @tensorflow packages of version 4.22.');
  registerKernels(backend, () => (runs() ? gpu : composed));
}
