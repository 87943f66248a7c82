/** On webgl and webgpu no op takes more launches forward and backward than the built-in one. Runs in a page. */
import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn} from '@tensorflow/tfjs-layers';

import {kernelInfo, kernels} from '../../src/backends';
import {rowsOfOneLaunch} from '../../src/backends/gpu/sum';
import {affine, batchNorm, batchNormForward, conv2d, layerNorm, maxPool2d, relu, softmaxLoss} from '../../src/ops';
import {toTensor} from '../support/arrays';
import {backendNames} from '../support/backends';
import {declareKernels} from '../support/kernel_specs';
import {expectClose} from '../support/matchers';
import {randomValues} from '../support/random';

/** An op on tensors. */
type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

interface Pair {
  title: string;
  shapes: number[][];
  ours: Op;
  theirs: Op;
}

const labels = () => tf.tensor1d([0, 1, 2, 3, 0, 1], 'int32');
const oneHot = () => tf.cast(tf.oneHot(labels(), 4), 'float32');
const zeros = (): tf.Tensor1D => tf.zeros([4]);
const ones = (): tf.Tensor1D => tf.ones([4]);

const image = [2, 8, 8, 4];
const pools: Pair[] = (['first', 'all', 'split'] as const).flatMap((ties) => [[2, 2], [3, 2]].flatMap(
  ([poolSize, strides]) => (['valid', 'same'] as const).map((padding) => ({
    title: `maxPool2d ${poolSize}/${strides} ${padding} ${ties}`,
    shapes: [[2, 7, 8, 4]],
    ours: (x: tf.Tensor) => maxPool2d(x as tf.Tensor4D, {poolSize: poolSize!, strides: strides!, padding, ties}),
    theirs: (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, poolSize!, strides!, padding),
  }))));
const convs: Pair[] = [1, 2].flatMap((strides) => (['valid', 'same'] as const).map((padding) => ({
  title: `conv2d S=${strides} ${padding}`,
  shapes: [image, [3, 3, 4, 5], [5]],
  ours: (x, w, b) => conv2d(x as tf.Tensor4D, w as tf.Tensor4D, b as tf.Tensor1D, {strides, padding}),
  theirs: (x, filter, bias) => tf.fused.conv2d({
    x: x as tf.Tensor4D, filter: filter as tf.Tensor4D, bias, strides, pad: padding,
  }),
})));

const pairs: Pair[] = [
  {title: 'relu', shapes: [image], ours: (x) => relu(x), theirs: (x) => tf.relu(x)},
  {title: 'relu with a cap', shapes: [image], ours: (x) => relu(x, {maxValue: 6}), theirs: (x) => tf.relu6(x)},
  {title: 'relu with a slope', shapes: [image], ours: (x) => relu(x, {negativeSlope: 0.2}),
    theirs: (x) => tf.leakyRelu(x, 0.2)},
  ...pools,
  ...convs,
  {title: 'affine', shapes: [[6, 4], [4, 5], [5]],
    ours: (x, w, b) => affine(x, w as tf.Tensor2D, b as tf.Tensor1D),
    theirs: (a, b, bias) => tf.fused.matMul({a, b, bias})},
  {title: 'softmaxLoss of classes', shapes: [[6, 4]], ours: (x) => softmaxLoss(x as tf.Tensor2D, labels()),
    theirs: (x) => tf.losses.softmaxCrossEntropy(oneHot(), x)},
  {title: 'softmaxLoss of weights', shapes: [[6, 4]], ours: (x) => softmaxLoss(x as tf.Tensor2D, oneHot()),
    theirs: (x) => tf.losses.softmaxCrossEntropy(oneHot(), x)},
  {title: 'batchNorm', shapes: [image, [4], [4]],
    ours: (x, gamma, beta) => batchNorm(x, gamma as tf.Tensor1D, beta as tf.Tensor1D),
    theirs: (x, gamma, beta) => {
      const {mean, variance} = tf.moments(x, [0, 1, 2]);
      return tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D, beta as tf.Tensor1D, gamma as tf.Tensor1D);
    }},
  {title: 'batchNorm in test mode', shapes: [image, [4], [4]],
    ours: (x, gamma, beta) => batchNormForward(x, gamma as tf.Tensor1D, beta as tf.Tensor1D,
      {mode: 'test', runningMean: zeros(), runningVar: ones()}).out,
    theirs: (x, gamma, beta) => tf.batchNorm(x, zeros(), ones(), beta as tf.Tensor1D, gamma as tf.Tensor1D)},
  {title: 'layerNorm', shapes: [[6, 4]], ours: (x) => layerNorm(x, ones(), zeros()),
    theirs: (x) => builtIn.layerNormalization().apply(x) as tf.Tensor},
];

for (const backend of backendNames.filter((name) => name === 'webgl' || name === 'webgpu')) {
  describe(`kernels of the gpu set [${backend}]`, () => {
    beforeAll(async () => {
      await tf.setBackend(backend);
    });
    beforeEach(() => tf.engine().startScope());
    afterEach(() => tf.engine().endScope());

    it('are the set in use', () => {
      expect(kernelInfo()).toEqual({set: 'gpu', threads: 1, relaxed: false, reason: ''});
    });

    declareKernels({paddedProducts: true, denormals: true});
  });

  describe(`launches [${backend}]`, () => {
    beforeAll(async () => {
      await tf.setBackend(backend);
    });
    beforeEach(() => tf.engine().startScope());
    afterEach(() => tf.engine().endScope());

    for (const {title, shapes, ours, theirs} of pairs) {
      it(`${title}: no more than the built-in's`, async () => {
        const inputs = shapes.map((shape, i) => toTensor(randomValues(shape, i)));
        const shape = tf.tidy(() => theirs(...inputs)).shape;
        const dout = toTensor(randomValues(shape, 9));
        const [own, other] = [await launches(ours, inputs, dout), await launches(theirs, inputs, dout)];
        expect(own.length).withContext(`${own.join(' ')} against ${other.join(' ')}`).toBeLessThanOrEqual(other.length);
        expect(own.length).toBeGreaterThan(1);
      });
    }

    // A prime number of rows: webgl's launch adds them all one after the other.
    for (const rows of [16381, 131071]) {
      it(`column sums of ${rows} rows keep their digits${rows <= rowsOfOneLaunch ? ' in one launch' : ''}`, async () => {
        const values = Float32Array.from({length: rows}, (_, i) => 0.7 + (i % 1000) * 1e-4 + (i >= rows / 2 ? 0.3 : 0));
        const x = tf.tensor2d(values, [rows, 1]), sum = values.reduce((all, value) => all + value, 0);
        const {kernels: run} = await tf.profile(() => kernels().columnSum(x));
        expect(run.filter(({name}) => name === 'Sum').length === 1).toBe(rows <= rowsOfOneLaunch);
        const [found] = await kernels().columnSum(x).data();
        expect(Math.abs(found! / sum - 1)).toBeLessThan(1e-6);
      }, 60_000);
    }

    it('texts that differ in nothing but the order of axes are two programs', async () => {
      const x = tf.tensor4d([1, 10, 2, 20], [1, 1, 2, 2]);
      const geometry = {
        batch: 1, channels: 2, inSize: [1, 2] as [number, number], kernel: [1, 2] as [number, number],
        strides: [1, 1] as [number, number], dilation: [1, 1] as [number, number],
        padding: [[0, 0], [0, 0]] as [[number, number], [number, number]], outSize: [1, 1] as [number, number],
        dataFormat: 'channelsLast' as const,
      };
      await expectClose(kernels().im2col(x, geometry, false), [[1], [10], [2], [20]]);
      await expectClose(kernels().im2col(x, geometry, true), [[1], [2], [10], [20]]);
    });
  });
}

/** The launches of an op and its gradients, without what moves no numbers and what customGrad itself adds. */
async function launches(op: Op, inputs: tf.Tensor[], dout: tf.Tensor): Promise<string[]> {
  const {kernels: run} = await tf.profile(() => tf.tidy(() => {
    tf.grads(op)(inputs, dout);
    return tf.scalar(0);
  }));
  return run.map(({name}) => name).filter((name) =>
    tf.getKernel(name, tf.getBackend()) != null && name !== 'Identity' && name !== 'Reshape');
}
