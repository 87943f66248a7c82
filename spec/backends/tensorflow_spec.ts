/** The kernels of tfjs-node: our ops in its addon, and TensorFlow's own composed. */
import * as tf from '@tensorflow/tfjs-core';

import {kernelInfo, kernels} from '../../src/backends';
import {defaultKernels} from '../../src/backends/default';
import {hasNativeOps, native, whyNoNativeOps} from '../../src/backends/tensorflow/native_ops';
import {digest} from '../../src/backends/tensorflow/native_version';
import {hideParts, nodeBackend} from '../../src/tfjs_private';
import {toTensor} from '../support/arrays';
import {backendNames} from '../support/backends';
import {declareKernels, geometryOf} from '../support/kernel_specs';
import type {Served} from '../support/kernel_specs';
import {expectClose, expectNoLeaks} from '../support/matchers';
import {randomValues} from '../support/random';

const flag = 'EXPLICIT_LAYERS_NATIVE';

const served: Served = {conv2dRelu: true, conv2dWeightGrads: true, affineRelu: true, movingAverages: true, dropoutMask: true};

if (backendNames.includes('tensorflow')) {
  for (const mode of ['native', 'composed']) {
    describe(`kernels of the tensorflow backend, ${mode} [tensorflow]`, () => {
      beforeAll(async () => {
        await tf.setBackend('tensorflow');
        tf.env().set(flag, mode === 'native');
      });
      afterAll(() => tf.env().set(flag, true));
      beforeEach(() => tf.engine().startScope());
      if (mode === 'native') beforeEach(needAddon);
      afterEach(() => tf.engine().endScope());
      declareKernels({paddedProducts: true, denormals: mode === 'composed'}, mode === 'native' ? served : {});

      it('are of the set that the flag asks for', () => {
        const {reason, ...info} = kernelInfo();
        expect(info).toEqual({set: mode, threads: 1, relaxed: false});
        expect(reason).toMatch(mode === 'native' ? /^$/ : /EXPLICIT_LAYERS_NATIVE is off/);
        expect(kernels() === defaultKernels).toBe(mode === 'composed');
      });
    });
  }
  describe('the addon of tfjs-node [tensorflow]', declareAddon);
  describe('native ops [tensorflow]', declareNativeOps);
}

/** Whether the ops are used, asked apart from the code that decides it: else specs of the ops would just be left out. */
function declareAddon(): void {
  const imitation = 'imitated-tfjs-node';
  beforeEach(() => tf.setBackend('tensorflow'));
  afterEach(async () => {
    hideParts([]);
    await tf.setBackend('tensorflow');
    if (tf.findBackend(imitation)) tf.removeBackend(imitation);
  });

  /** The backend, as one that was not asked yet, whose addon gives this for its version. */
  async function imitate(version?: () => tf.Tensor[]): Promise<void> {
    const backend: object = tf.backend();
    tf.registerBackend(imitation, () => Object.assign(
      Object.create(backend) as tf.KernelBackend, {dispose: () => undefined}, version && {executeMultipleOutputs: version}), 0);
    await tf.setBackend(imitation);
  }

  it('serves where it has the ops of this version', async () => {
    const {executeMultipleOutputs: run} = nodeBackend()!;
    const type = (tf.backend() as unknown as {binding: {TF_ATTR_INT: number, TF_ATTR_FLOAT: number}}).binding;
    const attributes = [
      {name: 'sizes', type: type.TF_ATTR_INT, value: []}, {name: 'numbers', type: type.TF_ATTR_FLOAT, value: []},
    ];
    let version: number[] | null = null;
    try {
      version = Array.from(tf.tidy(() => run.call(tf.backend(), 'ExplicitVersion', attributes, [], 1)[0]!.dataSync()));
    } catch (error) {
      expect(String(error)).toMatch(/ExplicitVersion/);
    }
    const isOurs = version !== null && String(version) === String(digest);
    expect(hasNativeOps()).toBe(isOurs);
    await imitate();
    expect(hasNativeOps()).toBe(isOurs);
  });

  it('is of no use with ops of another version, or with none, and is asked once', async () => {
    let asked = 0;
    await imitate(() => {
      asked++;
      return [tf.tensor1d([...digest.slice(0, -1), 0])];
    });
    expect(whyNoNativeOps()).toBe(
      'tfjs-node\'s addon has the faster ops of another version of this package. Run npx tfjs-explicit-layers setup-node.');
    expect(hasNativeOps()).toBeFalse();
    expect(asked).toBe(1);
    await tf.setBackend('tensorflow');
    tf.removeBackend(imitation);
    await imitate(() => [tf.tensor1d([...digest, 0])]);
    expect(whyNoNativeOps()).toMatch(/of another version/);
    await tf.setBackend('tensorflow');
    tf.removeBackend(imitation);
    await imitate(() => {
      throw new Error('no such op');
    });
    expect(whyNoNativeOps()).toBe(
      'tfjs-node\'s addon lacks the faster ops of this package. Run npx tfjs-explicit-layers setup-node.');
  });

  for (const part of ['nodeBinding', 'nodeBackend'] as const) {
    it(`is not asked where the backend has no ${part}`, () => {
      hideParts([part]);
      expect(hasNativeOps()).toBeFalse();
      expect(whyNoNativeOps()).toBe('This backend tensorflow is not that of tfjs-node 4.22, whose addon this package ' +
        'extends. Use @tensorflow/tfjs-node of version 4.22.');
    });
  }
}

/** Each spec for itself: what throws before all of a suite can pass for a suite of no specs. */
function needAddon(): void {
  if (!hasNativeOps()) pending('this tfjs-node was not set up by setup-node');
}

function declareNativeOps(): void {
  beforeAll(() => tf.setBackend('tensorflow'));
  beforeEach(() => tf.engine().startScope());
  beforeEach(needAddon);
  afterEach(() => tf.engine().endScope());

  it('are left alone where the flag says so', () => {
    tf.env().set(flag, false);
    expect(hasNativeOps()).toBeFalse();
    tf.env().set(flag, true);
    expect(hasNativeOps()).toBeTrue();
  });

  it('that are not there throw, and leave no tensor', async () => {
    await expectNoLeaks(() => {
      expect(() => tf.tidy(() => native('ExplicitNothing', [null]))).toThrowError(/ExplicitNothing/);
    });
  });

  /** Large enough that several threads share the work. */
  const x = () => toTensor<tf.Rank.R4>(randomValues([9, 40, 40, 24], 1, 'tied'));

  for (const ties of ['all', 'first', 'split'] as const) {
    it(`pooling on several threads is pooling image by image and channel by channel, ties ${ties}`, async () => {
      const window = {title: '', kernel: [3, 3] as [number, number], strides: [2, 2] as [number, number]};
      const pooled = (part: tf.Tensor4D) => {
        const g = geometryOf({...window, x: part.shape});
        const out = kernels().maxPool(part, g);
        return [out, kernels().maxPoolScatter(out, part, out, g, ties), kernels().maxPoolGather(part, part, out, g, ties)];
      };
      const whole = pooled(x());
      const images = (tf.split(x(), 9) as tf.Tensor4D[]).map((image) =>
        (tf.split(image, 24, 3) as tf.Tensor4D[]).map(pooled));
      for (const i of [0, 1, 2]) {
        const joined = tf.concat(images.map((channels) => tf.concat(channels.map((results) => results[i]!), 3)));
        await expectClose(whole[i]!, joined);
      }
    });
  }

  for (const filters of [1, 8, 9, 16, 24, 33, 64]) {
    it(`the gradient of ${filters} filters and the product of as many columns are TensorFlow's own`, async () => {
      const g = {...geometryOf({title: '', x: [9, 40, 40, 24], kernel: [3, 3]}), filters, groups: 1};
      const dout = toTensor<tf.Rank.R4>(randomValues([9, ...g.outSize, filters], 2));
      const rows = toTensor<tf.Rank.R2>(randomValues([200, 25], 3));
      const columns = toTensor<tf.Rank.R2>(randomValues([200, filters], 4));
      const both = () => [kernels().conv2dFilterGrad(x(), dout, g), kernels().matMul(rows, columns, true, false)];
      const found = both();
      tf.env().set(flag, false);
      const expected = both();
      tf.env().set(flag, true);
      for (const [i, value] of found.entries()) await expectClose(value, expected[i]!, {relative: 1e-5, absolute: 1e-3});
    });
  }

  it('the mean of a column with an infinity is infinite, wherever it stands', async () => {
    for (const at of [0, 200, 399]) {
      const values = Array.from({length: 400}, (_, i) => (i === at ? Infinity : i % 3));
      const {mean, variance} = kernels().batchNorm!(tf.tensor2d(values, [400, 1]), null, null, 1e-3)!;
      expect((await mean.data())[0]).toBe(Infinity);
      expect((await variance.data())[0]).toBeNaN();
    }
  });

  it('give the same bits every time, whoever takes which part', async () => {
    const rows = tf.reshape(x(), [-1, 24]) as tf.Tensor2D;
    const gamma = tf.ones<tf.Rank.R1>([24]);
    const run = () => {
      const {mean, rstd} = kernels().layerNorm!(rows, gamma, null, 1e-3)!;
      const {dx, dgamma, dbeta} = kernels().layerNormGrad!(rows, rows, gamma, mean, rstd)!;
      return [dx, dgamma, dbeta, kernels().columnSum(rows)];
    };
    const first = run();
    for (let i = 0; i < 20; i++) {
      const again = run();
      for (const [at, value] of again.entries()) await expectClose(value, first[at]!);
    }
  });

  it('sum a million rows without losing digits', async () => {
    const rows = 2 ** 20;
    await expectClose(kernels().columnSum(tf.fill([rows, 2], 0.1) as tf.Tensor2D), [rows * 0.1, rows * 0.1],
      {relative: 1e-6, absolute: 0});
  });

  it('keep small differences beside large values', async () => {
    const values = Array.from({length: 3000}, (_, i) => 1e4 + i % 4);  // mean 10001.5, variance 1.25
    const want = values.map((v) => (v - 10001.5) / Math.sqrt(1.25));
    const close = {relative: 1e-5, absolute: 1e-5};
    const column = kernels().batchNorm!(tf.tensor2d(values, [3000, 1]), null, null, 0)!;
    await expectClose(column.out, want.map((v) => [v]), close);
    await expectClose(kernels().layerNorm!(tf.tensor2d(values, [1, 3000]), null, null, 0)!.out, [want], close);
  });
}
