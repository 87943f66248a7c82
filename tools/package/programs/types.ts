import type {Tensor4D} from '@tensorflow/tfjs-core';
import {checks, layers, models, ops} from 'tfjs-explicit-layers';
import type {Padding2D} from 'tfjs-explicit-layers';
import {checks as checksByItself, gradCheck} from 'tfjs-explicit-layers/checks';
import {exportKeras} from 'tfjs-explicit-layers/keras';
import {conv2d, layers as layersByItself} from 'tfjs-explicit-layers/layers';
import {losses, softmaxLoss} from 'tfjs-explicit-layers/losses';
import {load, models as modelsByItself} from 'tfjs-explicit-layers/models';
import 'tfjs-explicit-layers/node';
import {ops as opsByItself, relu} from 'tfjs-explicit-layers/ops';
import {convForward, reference} from 'tfjs-explicit-layers/reference';

const padding: Padding2D = [[1, 0], [0, 1]];
export const f = (x: Tensor4D): Tensor4D => relu(ops.conv2d(x, x, null, {padding}));
export const layer = layers.maxPooling2d({poolSize: 2, ties: 'split'});
export const parts = [checks, models, gradCheck, exportKeras, softmaxLoss, load, convForward, conv2d];
/** A folder's entry has its names one by one, and all of them as the root has them. */
export const same: [typeof ops, typeof layers, typeof models, typeof checks] =
  [opsByItself, layersByItself, modelsByItself, checksByItself];
export const numbers = [losses.accuracy, reference.convForward];
// @ts-expect-error an unknown option
export const bad = layers.conv2d({filters: 1, kernelSize: 1, stride: 2});
