/** What tfjs's own instruments say of our kernels: tf.profile, tf.time and debug mode. */
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

import {kernelInfo, kernels} from '../../src/backends';
import type {Kernels} from '../../src/backends';
import {defaultKernels} from '../../src/backends/default';
import {registerKernels} from '../../src/backends/registry';
import {affine, batchNorm, conv2d, layerNorm, maxPool2d, relu, softmaxLoss} from '../../src/ops';
import {describeOnBackends} from '../support/backends';
import {geometryOf} from '../support/kernel_specs';
import {expectClose, expectNoLeaks} from '../support/matchers';

const image = (): Tensor4D => tf.ones([2, 6, 6, 3]);
const filter = (): Tensor4D => tf.fill([3, 3, 3, 8], 0.1);
const matrix = (): Tensor2D => tf.tensor2d([[1, -2, 3], [4, 5, -6]]);

/** An op, and the kernels of a set of ours that its value and its gradient by the first input run. */
const runs: Array<{op: string, f: (x: tf.Tensor) => tf.Tensor, x: () => tf.Tensor, names: string[]}> = [
  {op: 'relu', f: x => relu(x), x: matrix, names: ['ExplicitRelu', 'ExplicitReluGrad']},
  {op: 'conv2d', f: x => conv2d(x as Tensor4D, filter(), null), x: image,
    names: ['ExplicitConv2d', 'ExplicitConv2dInputGrad']},
  {op: 'maxPool2d', f: x => maxPool2d(x as Tensor4D, {poolSize: 2}), x: image,
    names: ['ExplicitMaxPool', 'ExplicitMaxPoolScatter']},
  {op: 'affine', f: x => affine(x, tf.ones([3, 2]), null), x: matrix, names: ['ExplicitAffine', 'ExplicitMatMul']},
  {op: 'softmaxLoss', f: x => softmaxLoss(x as Tensor2D, tf.tensor1d([0, 2], 'int32')), x: matrix,
    names: ['ExplicitSoftmaxLoss']},
  {op: 'batchNorm', f: x => batchNorm(x, null, null), x: matrix, names: ['ExplicitBatchNorm', 'ExplicitBatchNormGrad']},
  {op: 'layerNorm', f: x => layerNorm(x, null, null), x: matrix, names: ['ExplicitLayerNorm', 'ExplicitLayerNormGrad']},
];

describeOnBackends('tfjs\'s instruments', (backend) => {
  const isOurs = ['cpu', 'wasm', 'tensorflow'].includes(backend);

  for (const {op, f, x, names} of isOurs ? runs : []) {
    it(`tf.profile lists the kernels of ${op} by name, with shapes and time`, async () => {
      const input = x();
      const {kernels: listed} = await tf.profile(() => tf.tidy(() => {
        tf.grad(f)(input);
        return tf.scalar(0);
      }));
      for (const name of names) {
        const found = listed.find(kernel => kernel.name === name);
        if (!found) throw new Error(`${name} is not in ${listed.map(kernel => kernel.name).join(' ')}`);
        expect(found.outputShapes.length).withContext(name).toBeGreaterThan(0);
        expect(found.outputShapes.every(shape => shape.length > 0)).withContext(name).toBeTrue();
        expect(Object.values(found.inputShapes).length).withContext(name).toBeGreaterThan(0);
        expect(Object.values(found.inputShapes).every(shape => shape!.length > 0)).withContext(name).toBeTrue();
        expect(await found.kernelTimeMs).withContext(name).toBeGreaterThanOrEqual(0);
      }
      expect(listed.filter(({outputShapes}) => outputShapes.length === 0)).toEqual([]);
    });

    it(`a profile changes nothing of ${op}, and leaves nothing behind`, async () => {
      const value = tf.tidy(() => tf.grad(f)(x()));
      let profiled: tf.Tensor | null = null;
      await tf.profile(() => {
        profiled = tf.tidy(() => tf.grad(f)(x()));
        return profiled;
      });
      await expectClose(profiled!, value);
      await expectNoLeaks(async () => {
        const {result} = await tf.profile(() => tf.tidy(() => tf.grad(f)(x())));
        tf.dispose(result as tf.Tensor);
      });
    });
  }

  it('tf.time counts them', async () => {
    const x: Tensor2D = tf.ones([300, 300]);
    const {kernelMs} = await tf.time(() => tf.tidy(() => {
      for (let i = 0; i < 5; i++) affine(x, x, null);
    })) as {kernelMs: number};
    expect(kernelMs).toBeGreaterThan(isOurs ? 0.05 : -1);
  });

  if (isOurs) {
    it('debug mode names the op that made a NaN', async () => {
      const bad = tf.tensor1d([NaN, 1]);
      const said: string[] = [];
      const watch = (...words: unknown[]) => said.push(words.join(' '));
      const spies = [spyOn(console, 'warn').and.callFake(watch), spyOn(console, 'log').and.callFake(watch)];
      tf.enableDebugMode();
      tf.env().set('CHECK_COMPUTATION_FOR_ERRORS', true);  // tfjs remembers what it was when first asked
      try {
        await relu(bad).data();
        await new Promise(resolve => setTimeout(resolve, 20));
      } finally {
        tf.env().set('DEBUG', false);
        tf.env().set('CHECK_COMPUTATION_FOR_ERRORS', false);
        spies.forEach(spy => spy.and.stub());
      }
      expect(said.some(line => /NaN in the result of 'ExplicitRelu'/.test(line))).withContext(said.join('\n')).toBeTrue();
    });

  }

  it('a kernel that throws while watched throws its own error, and one that does not serve is not listed', async () => {
    const own = new Error('of its own');
    const table: Kernels = {...defaultKernels, relu: () => {
      throw own;
    }, conv2dRelu: () => null};
    const restore = registerKernels(backend, () => ({kernels: table, info: kernelInfo}));
    const rectified = () => kernels().conv2dRelu!(
      tf.ones([1, 3, 3, 1]), tf.ones([3, 3, 1, 1]), null, geometryOf({title: '', x: [1, 3, 3, 1]}));
    for (const method of ['log', 'warn'] as const) spyOn(console, method);
    try {
      const {kernels: listed} = await tf.profile(() => {
        expect(rectified()).toBeNull();
        expect(() => kernels().relu(matrix(), {negativeSlope: 0, threshold: 0, maxValue: Infinity})).toThrow(own);
        return tf.scalar(0);
      });
      expect(listed).toEqual([]);
      tf.env().set('DEBUG', true);
      expect(rectified()).withContext('in debug mode').toBeNull();
    } finally {
      tf.env().set('DEBUG', false);
      restore();
    }
  });
});
