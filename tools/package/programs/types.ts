import type {Tensor4D} from '@tensorflow/tfjs-core';
import {checks, layers, models, ops} from 'tfjs-explicit-layers';
import type {Padding2D} from 'tfjs-explicit-layers';
import {gradCheck} from 'tfjs-explicit-layers/checks';
import {exportKeras} from 'tfjs-explicit-layers/keras';
import {softmaxLoss} from 'tfjs-explicit-layers/losses';
import {load} from 'tfjs-explicit-layers/models';
import 'tfjs-explicit-layers/node';
import {relu} from 'tfjs-explicit-layers/ops';
import {convForward} from 'tfjs-explicit-layers/reference';

const padding: Padding2D = [[1, 0], [0, 1]];
export const f = (x: Tensor4D): Tensor4D => relu(ops.conv2d(x, x, null, {padding}));
export const layer = layers.maxPooling2d({poolSize: 2, ties: 'split'});
export const parts = [checks, models, gradCheck, exportKeras, softmaxLoss, load, convForward];
// @ts-expect-error an unknown option
export const bad = layers.conv2d({filters: 1, kernelSize: 1, stride: 2});
