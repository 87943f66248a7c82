/** The cpu backend's own kernels: where their blocks, panels and shortcuts end, and what they must leave alone. */
import * as tf from '@tensorflow/tfjs-core';

import {kernels} from '../../src/backends';
import type {Kernels} from '../../src/backends';
import {scratchBytes} from '../../src/backends/cpu/scratch';
import {defaultKernels} from '../../src/backends/default';
import type {ConvGeometry} from '../../src/geometry';
import {array} from '../../src/reference/array';
import type {ReferenceArray} from '../../src/reference/array';
import {convBackward, convForward, maxPoolBackward, maxPoolForward, softmaxLoss} from '../../src/reference';
import {toChannelsLast, toHWIO, toTensor} from '../support/arrays';
import {backendNames} from '../support/backends';
import {expectClose} from '../support/matchers';
import {randomValues} from '../support/random';
import {exact, toleranceOf} from '../support/tolerances';

type Pair = [number, number];

interface ConvCase {
  title: string;
  x: [number, number, number, number];
  kernel?: Pair;
  filters: number;
  groups?: number;
  strides?: Pair;
  dilation?: Pair;
  padding?: [Pair, Pair];
}

function geometryOf({x, kernel = [3, 3], filters, groups = 1, strides = [1, 1], dilation = [1, 1], padding}: ConvCase):
    ConvGeometry {
  const sides = padding ?? [[0, 0], [0, 0]];
  const inSize: Pair = [x[1], x[2]];
  const outSize = inSize.map((size, i) => Math.floor(
    (size + sides[i]![0] + sides[i]![1] - dilation[i]! * (kernel[i]! - 1) - 1) / strides[i]!) + 1) as Pair;
  return {
    batch: x[0], channels: x[3], inSize, kernel, strides, dilation, padding: sides, outSize,
    dataFormat: 'channelsLast', filters, groups,
  };
}

const convCases: ConvCase[] = [
  {title: 'one of everything', x: [1, 1, 1, 1], kernel: [1, 1], filters: 1},
  {title: 'pointwise, two groups', x: [2, 3, 5, 6], kernel: [1, 1], filters: 4, groups: 2},
  {title: 'pointwise with a step', x: [2, 5, 4, 3], kernel: [1, 1], filters: 5, strides: [2, 3]},
  {title: 'pointwise with padding', x: [1, 3, 4, 3], kernel: [1, 1], filters: 5, padding: [[1, 0], [0, 2]]},
  {title: 'a window one row high', x: [1, 3, 5, 3], kernel: [1, 3], filters: 5},
  {title: 'a window one column wide', x: [1, 5, 3, 3], kernel: [3, 1], filters: 5},
  {title: 'more positions than a block of lines, more entries than a block of depth', x: [2, 9, 8, 33], filters: 5},
  {title: 'more filters than a block of columns', x: [1, 2, 2, 3], kernel: [2, 2], filters: 515},
  {title: 'more filters than a block of depth', x: [1, 3, 3, 2], kernel: [2, 2], filters: 259},
  {title: 'more patches than wait at a time', x: [2, 40, 40, 12], filters: 1, padding: [[1, 1], [1, 1]]},
  {title: 'padding wider than the window', x: [1, 2, 3, 2], kernel: [2, 2], filters: 3, padding: [[5, 0], [1, 7]]},
  {title: 'patches that leave the image on both sides', x: [1, 2, 2, 3], kernel: [5, 4], filters: 2,
    padding: [[2, 2], [1, 2]]},
  {title: 'steps, dilation and sides all different', x: [2, 9, 11, 4], kernel: [3, 2], filters: 6, groups: 2,
    strides: [2, 3], dilation: [2, 3], padding: [[1, 2], [3, 0]]},
  {title: 'steps that skip rows and columns', x: [1, 7, 8, 2], kernel: [2, 1], filters: 3, strides: [3, 4]},
  {title: 'a group for each channel', x: [2, 5, 5, 7], filters: 7, groups: 7, padding: [[1, 1], [1, 1]]},
];

const convInputs = (c: ConvCase, seed: number) => ({
  x: randomValues([c.x[0], c.x[3], c.x[1], c.x[2]], seed),
  w: randomValues([c.filters, c.x[3] / (c.groups ?? 1), ...(c.kernel ?? [3, 3])], seed + 1),
  b: randomValues([c.filters], seed + 2),
});

/** Expects what the reference gives of the three convolutions, and their inputs to be as they were. */
async function expectConvolutions(
    g: ConvGeometry, inputs: ReturnType<typeof convInputs>,
    change: (dout: ReferenceArray) => void = () => undefined): Promise<void> {
  const {x, w, b} = inputs;
  const {strides: stride, dilation, padding: pad, groups} = g;
  const {out, cache} = convForward(x, w, b, {stride, dilation, pad, groups});
  const dout = randomValues(out.shape, 77);
  change(dout);
  const {dx, dw} = convBackward(dout, cache);
  const $x = toTensor<tf.Rank.R4>(x, toChannelsLast);
  const $w = toTensor<tf.Rank.R4>(w, toHWIO);
  const $b = toTensor<tf.Rank.R1>(b);
  const $dout = toTensor<tf.Rank.R4>(dout, toChannelsLast);
  const tolerance = toleranceOf('conv2d');
  await expectClose(kernels().conv2d($x, $w, $b, g), out, tolerance, 'out', toChannelsLast);
  await expectClose(kernels().conv2dInputGrad($dout, $w, g), dx, tolerance, 'dx', toChannelsLast);
  await expectClose(kernels().conv2dFilterGrad($x, $dout, g), dw, tolerance, 'dw', toHWIO);
  await expectClose($x, x, exact, 'x after', toChannelsLast);
  await expectClose($w, w, exact, 'w after', toHWIO);
  await expectClose($b, b, exact, 'b after');
  await expectClose($dout, dout, exact, 'dout after', toChannelsLast);
}

/** A product in float64. */
function productOf(a: tf.Tensor2D, b: tf.Tensor2D): ReferenceArray {
  const [m, depth, n] = [a.shape[0], a.shape[1], b.shape[1]];
  const [as, bs] = [a.dataSync(), b.dataSync()];
  return array([m, n], Array.from({length: m * n}, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let k = 0; k < depth; k++) sum += as[i * depth + k]! * bs[k * n + j]!;
    return sum;
  }));
}

const describeOnCpu = backendNames.includes('cpu') ? describe : xdescribe;

describeOnCpu('kernels of the cpu backend', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  it('stand in for every piece of the interface', () => {
    const pieces: {[name in keyof Kernels]: true} = {
      conv2d: true, conv2dInputGrad: true, conv2dFilterGrad: true, im2col: true, col2im: true, relu: true,
      reluGrad: true, maxPool: true, maxPoolScatter: true, maxPoolGather: true, matMul: true, affine: true,
      columnSum: true, softmaxLoss: true, batchNorm: true, batchNormGrad: true, batchNormInference: true,
      layerNorm: true, layerNormGrad: true,
    };
    const composed = Object.keys(pieces).filter((name) =>
      kernels()[name as keyof Kernels] === defaultKernels[name as keyof Kernels]);
    expect(composed).toEqual([]);
  });

  describe('convolution', () => {
    convCases.forEach((c, i) => {
      it(c.title, () => expectConvolutions(geometryOf(c), convInputs(c, 10 * i)));
    });

    for (const [channels, filters] of [[3, 5], [2, 1]] as Pair[]) {
      const c: ConvCase = {title: '', x: [2, 5, 6, channels], filters, padding: [[1, 1], [1, 1]]};
      it(`keeps NaN and Infinity where they belong, ${channels} channels, ${filters} filters`, async () => {
        const inputs = convInputs(c, 5);
        inputs.x.data[7] = NaN;
        inputs.x.data[40] = Infinity;
        await expectConvolutions(geometryOf(c), inputs);
      });

      it(`multiplies NaN and Infinity with padding, ${channels} channels, ${filters} filters`, async () => {
        const inputs = convInputs(c, 6);
        inputs.w.data[3] = -Infinity;
        inputs.w.data[11] = NaN;
        await expectConvolutions(geometryOf(c), inputs, (dout) => {
          dout.data[0] = Infinity;
          dout.data[dout.data.length - 1] = NaN;
        });
      });
    }

    it('gives the same after a larger call, and asks for no more memory at the second call', async () => {
      const small = convCases.find(({dilation}) => dilation)!;
      const large = convCases.find(({x}) => x[3] === 33)!;
      const g = geometryOf(small);
      await expectConvolutions(geometryOf(large), convInputs(large, 1));
      const bytes = scratchBytes();
      await expectConvolutions(geometryOf(large), convInputs(large, 2));
      await expectConvolutions(g, convInputs(small, 3));
      expect(scratchBytes()).toBe(bytes);
      expect(bytes).toBeGreaterThan(0);
    });
  });

  for (const channelsFirst of [false, true]) {
    it(`im2col and col2im, ${channelsFirst ? '(c, kh, kw)' : '(kh, kw, c)'}`, async () => {
      const g = geometryOf({title: '', x: [2, 5, 7, 3], kernel: [3, 2], filters: 1, strides: [2, 1], dilation: [1, 2],
        padding: [[1, 0], [2, 1]]});
      const x = toTensor<tf.Rank.R4>(randomValues([2, 5, 7, 3], 1));
      const cols = defaultKernels.im2col(x, g, channelsFirst);
      await expectClose(kernels().im2col(x, g, channelsFirst), cols);
      const values = toTensor<tf.Rank.R2>(randomValues(cols.shape, 2));
      await expectClose(kernels().col2im(values, g, channelsFirst), defaultKernels.col2im(values, g, channelsFirst),
        toleranceOf('im2col'));
    });
  }

  describe('product', () => {
    const sizes: Array<[number, number, number]> = [
      [1, 1, 1], [1, 300, 7], [3, 5, 9], [9, 5, 3], [4, 4, 4], [5, 7, 6], [67, 259, 9], [6, 3, 517], [130, 2, 66],
    ];
    for (const [m, depth, n] of sizes) {
      it(`[${m},${depth}] @ [${depth},${n}], each side transposed or not, and with a bias`, async () => {
        const a = toTensor<tf.Rank.R2>(randomValues([m, depth], 1));
        const b = toTensor<tf.Rank.R2>(randomValues([depth, n], 2));
        const want = productOf(a, b);
        const [at, bt] = [tf.transpose(a), tf.transpose(b)];
        const tolerance = toleranceOf('affine');
        await expectClose(kernels().matMul(a, b, false, false), want, tolerance, 'a b');
        await expectClose(kernels().matMul(at, b, true, false), want, tolerance, 'a^T b');
        await expectClose(kernels().matMul(a, bt, false, true), want, tolerance, 'a b^T');
        await expectClose(kernels().matMul(at, bt, true, true), want, tolerance, 'a^T b^T');
        const bias = randomValues([n], 3);
        const moved = array([m, n], Array.from(want.data, (v, i) => v + bias.data[i % n]!));
        await expectClose(kernels().affine(a, b, toTensor<tf.Rank.R1>(bias)), moved, tolerance, 'with a bias');
        await expectClose(kernels().affine(a, b, null), want, tolerance, 'without');
      });
    }

    it('does not let NaN out of its row, though the panel beside it is filled up', async () => {
      const a = tf.tensor2d([[NaN, 1], [1, 1], [2, 2], [3, 3], [Infinity, 0]]);
      const b = tf.ones<tf.Rank.R2>([2, 5]);
      await expectClose(kernels().matMul(a, b, false, false),
        [NaN, 2, 4, 6, Infinity].map((v) => [v, v, v, v, v]));
    });

    it('sums in float64', async () => {
      const ones = tf.ones<tf.Rank.R2>([1000, 1]);
      const tiny = tf.fill([1000, 4], 1e-8) as tf.Tensor2D;
      const x = tf.concat([tf.ones<tf.Rank.R2>([1, 4]), tiny, tf.fill([1, 4], -1) as tf.Tensor2D]) as tf.Tensor2D;
      await expectClose(kernels().columnSum(x), [1e-5, 1e-5, 1e-5, 1e-5], {relative: 1e-6, absolute: 1e-12});
      await expectClose(kernels().matMul(ones, tiny, true, false), [[1e-5, 1e-5, 1e-5, 1e-5]],
        {relative: 1e-6, absolute: 1e-12});
    });
  });

  describe('relu', () => {
    const x = [-3, -0.5, 0, 0.5, 1, 2, 5, NaN, Infinity, -Infinity];
    const shapes = [
      {negativeSlope: 0, threshold: 0, maxValue: Infinity}, {negativeSlope: 0.5, threshold: 0, maxValue: Infinity},
      {negativeSlope: 0.25, threshold: 1, maxValue: 2}, {negativeSlope: 0, threshold: 3, maxValue: 1},
    ];
    for (const shape of shapes) {
      it(JSON.stringify(shape), async () => {
        const $x = tf.tensor1d(x);
        const dout = tf.tensor1d([1, NaN, Infinity, 2, 3, 4, 5, 6, 7, 8]);
        await expectClose(kernels().relu($x, shape), defaultKernels.relu($x, shape), exact, 'out');
        await expectClose(kernels().reluGrad(dout, $x, shape), defaultKernels.reluGrad(dout, $x, shape), exact, 'dx');
      });
    }
  });

  describe('max-pool', () => {
    const windows: ConvCase[] = [
      {title: '2x2', x: [2, 4, 6, 3], kernel: [2, 2], filters: 3, strides: [2, 2]},
      {title: '3x3 every 2, padded', x: [2, 5, 7, 2], filters: 2, strides: [2, 2], padding: [[1, 1], [0, 2]]},
      {title: 'dilated', x: [1, 7, 8, 1], kernel: [2, 3], filters: 1, dilation: [3, 2], padding: [[2, 0], [1, 1]]},
      {title: 'gaps between windows', x: [1, 7, 8, 5], kernel: [1, 2], filters: 5, strides: [3, 4]},
    ];
    for (const window of windows) {
      for (const ties of ['all', 'first', 'split'] as const) {
        it(`${window.title}, ties ${ties}, with NaN and minus Infinity`, async () => {
          const g = geometryOf(window);
          const [n, h, w, c] = window.x;
          const x = randomValues([n, c, h, w], 3, 'tied');
          x.data[5] = NaN;
          x.data.fill(-Infinity, 12, 18);
          const {out, cache} = maxPoolForward(x, {
            poolHeight: g.kernel[0], poolWidth: g.kernel[1], stride: g.strides, pad: g.padding,
            dilation: g.dilation, ties,
          });
          const dout = randomValues(out.shape, 4);
          const [$x, $dout] = [x, dout].map((values) => toTensor<tf.Rank.R4>(values, toChannelsLast));
          const $out = kernels().maxPool($x!, g);
          const dx = kernels().maxPoolScatter($dout!, $x!, $out, g, ties);
          await expectClose($out, out, exact, 'out', toChannelsLast);
          await expectClose(dx, maxPoolBackward(dout, cache).dx, toleranceOf('maxPool2d'), 'dx', toChannelsLast);

          const v = toTensor<tf.Rank.R4>(randomValues($x!.shape, 5));
          const gathered = kernels().maxPoolGather(v, $x!, $out, g, ties);
          await expectClose(gathered, defaultKernels.maxPoolGather(v, $x!, $out, g, ties), toleranceOf('maxPool2d'));
        });
      }
    }
  });

  describe('softmax loss', () => {
    it('of classes and of weights', async () => {
      const scores = randomValues([5, 7], 1);
      const labels = [0, 6, 3, 3, 1];
      const {dx} = softmaxLoss(scores, array([5], labels));
      const wanted = array([5, 7], Array.from(dx.data, (v) => 5 * v));
      const tolerance = toleranceOf('softmaxLoss');
      const $scores = toTensor<tf.Rank.R2>(scores);
      const classes = kernels().softmaxLoss($scores, tf.tensor1d(labels, 'int32'));
      await expectClose(classes.gradient, wanted, tolerance);
      const oneHot = tf.oneHot(tf.tensor1d(labels, 'int32'), 7) as tf.Tensor2D;
      const weights = kernels().softmaxLoss($scores, tf.cast(oneHot, 'float32'));
      await expectClose(weights.losses, classes.losses, tolerance);
      await expectClose(weights.gradient, wanted, tolerance);
    });

    it('stays finite for large scores, and keeps the digits of a small gradient', async () => {
      const scores = tf.tensor2d([[1e4, -1e4], [-1e4, 1e4], [15, 0]]);
      const {losses, gradient} = kernels().softmaxLoss(scores, tf.tensor1d([0, 0, 0], 'int32'));
      const small = Math.log1p(Math.exp(-15));
      await expectClose(losses, [0, 2e4, small], {relative: 1e-5, absolute: 1e-12});
      const p = Math.exp(-15) / (1 + Math.exp(-15));
      await expectClose(gradient, [[0, 0], [-1, 1], [-p, p]], {relative: 1e-6, absolute: 1e-14});
    });

    it('a class out of range gives NaN, a zero weight hides an infinite term, a NaN score stays', async () => {
      const {losses, gradient} = kernels().softmaxLoss(tf.tensor2d([[1, 2], [1, 2]]), tf.tensor1d([2, -1], 'int32'));
      await expectClose(losses, [NaN, NaN]);
      await expectClose(gradient, [[0, 0], [0, 0]]);
      const weighted = kernels().softmaxLoss(tf.tensor2d([[0, -Infinity], [NaN, 1]]), tf.tensor2d([[1, 0], [0, 1]]));
      await expectClose(weighted.losses, [0, NaN]);
      await expectClose(weighted.gradient, [[0, 0], [NaN, NaN]]);
    });
  });

  describe('normalisation', () => {
    for (const [rows, columns] of [[1, 1], [7, 1], [1, 5], [33, 6]] as Pair[]) {
      for (const scaled of [true, false]) {
        it(`[${rows},${columns}], ${scaled ? 'with' : 'without'} gamma and beta`, async () => {
          const x = toTensor<tf.Rank.R2>(randomValues([rows, columns], 1));
          const dout = toTensor<tf.Rank.R2>(randomValues([rows, columns], 2));
          const gamma = scaled ? toTensor<tf.Rank.R1>(randomValues([columns], 3)) : null;
          const beta = scaled ? toTensor<tf.Rank.R1>(randomValues([columns], 4)) : null;
          const tolerance = toleranceOf('batchNorm');
          const [own, other] = [kernels(), defaultKernels].map((set) => {
            const batch = set.batchNorm(x, gamma, beta, 1e-3);
            const layer = set.layerNorm(x, gamma, beta, 1e-3);
            return {
              ...batch, ...set.batchNormGrad(dout, x, gamma, batch.mean, batch.variance, 1e-3), layer: layer.out,
              inference: set.batchNormInference(x, gamma, beta, batch.mean, batch.variance, 1e-3),
              ...prefixed(set.layerNormGrad(dout, x, gamma, layer.saved, 1e-3)),
            };
          }) as Array<{[name: string]: tf.Tensor}>;
          for (const name of Object.keys(other!)) await expectClose(own![name]!, other![name]!, tolerance, name);
        });
      }
    }

    it('takes the variance of values far from 0 exactly', async () => {
      const x = tf.tensor2d([[1e4], [1e4 + 1], [1e4 + 2], [1e4 + 3]]);
      const {mean, variance} = kernels().batchNorm(x, null, null, 0);
      await expectClose(mean, [10001.5]);
      await expectClose(variance, [1.25]);
    });
  });
});

function prefixed(gradients: {[name: string]: tf.Tensor}): {[name: string]: tf.Tensor} {
  return Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [`layer ${name}`, gradient]));
}
