/**
 * Kernels at random sizes, with what is around tensors watched: on wasm strips of NaN lie behind each of them (see
 * support/wasm_guard.ts), so that a value that was read there shows, and one that was written is found.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';

import {kernels} from '../../src/backends';
import {describeOnBackends} from '../support/backends';
import {geometryOf} from '../support/kernel_specs';
import type {WindowCase} from '../support/kernel_specs';
import {
  checkColumnNorm, checkColumns, checkConvolution, checkDepthwise, checkPooling, checkProduct, checkRelu, checkRowNorm,
  checkSoftmaxLoss,
} from '../support/limits/checks';
import {expectProperty, propertyRuns, propertyTimeout} from '../support/random';

type Pair = [number, number];

const call = <T>(kernel: () => T): T => kernel();
const upTo = (most: number) => fc.integer({min: 1, max: most});
const pair = (most: number) => fc.tuple(upTo(most), upTo(most));
const sides = fc.tuple(fc.integer({min: 0, max: 4}), fc.integer({min: 0, max: 4}));

/** Windows of all kinds that have at least one output. */
const windows = fc.record({
  title: fc.constant(''), x: fc.tuple(upTo(3), upTo(14), upTo(14), upTo(19)), kernel: pair(5), strides: pair(4),
  dilation: pair(3), padding: fc.tuple(sides, sides),
}).filter((c) => geometryOf(c as WindowCase).outSize.every((size) => size > 0)) as fc.Arbitrary<WindowCase>;
const widths = fc.oneof(upTo(40), upTo(300));

describeOnBackends('SECURITY.md: kernels stay inside the tensors they are given, whatever the shapes:', () => {
  const runs = Math.ceil(propertyRuns / 5);
  const holds = <T>(title: string, sizes: fc.Arbitrary<T>, check: (size: T) => void) =>
    it(title, () => expectProperty(sizes, async (size) => tf.tidy(() => check(size)), runs), propertyTimeout);

  holds('convolution', fc.tuple(windows, upTo(41)), ([c, filters]) => checkConvolution(call, {...c, filters}));
  holds('depthwise convolution', fc.tuple(windows, upTo(5)), ([c, multiplier]) =>
    checkDepthwise(call, {...c, filters: c.x[3] * multiplier}));
  holds('pooling', windows, (c) => checkPooling(call, c));
  holds('im2col', windows, (c) => checkColumns(call, c));
  holds('product', fc.tuple(upTo(40), widths, widths), (size) => checkProduct(call, size));
  holds('relu', upTo(5000), (size) => checkRelu(call, size));
  holds('normalisation and softmax', fc.tuple(fc.integer({min: 2, max: 60}), widths) as fc.Arbitrary<Pair>, (size) => {
    const {batchNorm, layerNorm, softmaxLoss} = kernels();
    if (batchNorm) checkColumnNorm(call, size);
    if (layerNorm) checkRowNorm(call, size);
    if (softmaxLoss) checkSoftmaxLoss(call, size, 10);
  });
});
