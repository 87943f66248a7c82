/** Which way what is composed on wasm goes: kernels that lose NaN serve where all is finite, and nowhere else. */
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor4D} from '@tensorflow/tfjs-core';

import {kernels} from '../../src/backends';
import {backendNames} from '../support/backends';
import {geometryOf} from '../support/kernel_specs';
import type {WindowCase} from '../support/kernel_specs';

const flag = 'EXPLICIT_LAYERS_WASM_HEAP';

if (backendNames.includes('wasm')) describe('ways of what is composed on wasm [wasm]', declareWays);

function declareWays(): void {
  beforeAll(async () => {
    await tf.setBackend('wasm');
    tf.env().set(flag, false);
  });
  afterAll(() => tf.env().set(flag, true));

  /** Which kernels of tfjs f runs, of those that are named. */
  async function kernelsOf(f: () => void, watched: RegExp): Promise<string[]> {
    const {kernels: listed} = await tf.profile(() => {
      tf.tidy(f);
      return tf.scalar(0);
    });
    return listed.map(({name}) => name).filter((name) => watched.test(name));
  }

  /** Ones, the first of them this value. */
  function images(shape: WindowCase['x'], first = 1): Tensor4D {
    const values = new Float32Array(tf.util.sizeFromShape(shape)).fill(1);
    values[0] = first;
    return tf.tensor4d(values, shape);
  }

  it('a convolution is a product of patches where something is not finite', async () => {
    const g = geometryOf({title: '', x: [1, 4, 5, 2]});
    const run = (first: number) => kernelsOf(() => {
      kernels().conv2d(images([1, 4, 5, 2], first), tf.ones([3, 3, 2, 2]), null, g);
    }, /^(Conv2D|Pack)$/);
    expect(await run(1)).toEqual(['Conv2D']);
    expect(await run(NaN)).toEqual(['Conv2D', 'Pack']);
    expect(await run(Infinity)).toEqual(['Conv2D', 'Pack']);
  });

  it('dx is added up patch by patch where something is not finite', async () => {
    const g = geometryOf({title: '', x: [1, 4, 5, 2]});
    const run = (first: number) => kernelsOf(() => {
      kernels().conv2dInputGrad(images([1, 2, 3, 2], first), tf.ones([3, 3, 2, 2]), g);
    }, /^(Conv2D|Unpack)$/);
    expect(await run(1)).toEqual(['Conv2D']);
    expect(await run(NaN)).toEqual(['Conv2D', 'Unpack']);
  });

  it('the gradient of the plain relu is a product where it is finite', async () => {
    const plain = {negativeSlope: 0, threshold: 0, maxValue: Infinity};
    const run = (change: Partial<typeof plain>, dout = 1) => kernelsOf(() => {
      kernels().reluGrad(tf.tensor1d([dout, 1]), tf.tensor1d([1, -1]), {...plain, ...change});
    }, /^(Step|Greater)$/);
    expect(await run({})).toEqual(['Step']);
    expect(await run({}, NaN)).toEqual(['Step', 'Greater']);
    for (const change of [{negativeSlope: 0.5}, {threshold: 1}, {maxValue: 6}]) {
      expect(await run(change)).withContext(JSON.stringify(change)).toEqual(['Greater']);
    }
  });

  it('tfjs\'s own pool takes finite windows that are not dilated', async () => {
    const run = (c: Partial<WindowCase>, first = 1) => kernelsOf(() => {
      kernels().maxPool(images([1, 5, 6, 2], first), geometryOf({title: '', x: [1, 5, 6, 2], kernel: [2, 2], ...c}));
    }, /^MaxPool$/);
    expect(await run({})).toEqual(['MaxPool']);
    expect(await run({dilation: [2, 1]})).toEqual([]);
    expect(await run({dilation: [1, 2]})).toEqual([]);
    expect(await run({}, NaN)).toEqual([]);
  });

  it('a pool\'s gradient is arithmetic where windows tile the image, every maximum counts and all is finite', async () => {
    const run = (c: Partial<WindowCase>, ties: 'all' | 'first', first = 1) => kernelsOf(() => {
      const g = geometryOf({title: '', x: [1, 5, 6, 2], kernel: [2, 2], strides: [2, 2], ...c});
      const out = images([1, ...g.outSize, 2], first);
      kernels().maxPoolScatter(out, images([1, 5, 6, 2]), images([1, ...g.outSize, 2]), g, ties);
    }, /^Step$/);
    expect(await run({}, 'all')).toEqual(['Step']);
    expect(await run({}, 'first')).toEqual([]);
    expect(await run({strides: [1, 2]}, 'all')).toEqual([]);
    const {kernels: both} = await tf.profile(() => tf.tidy(() => {
      const g = geometryOf({title: '', x: [1, 4, 4, 1], kernel: [2, 2], strides: [2, 2]});
      const out = images([1, 2, 2, 1]);
      return kernels().maxPoolScatter(images([1, 2, 2, 1], NaN), images([1, 4, 4, 1]), out, g, 'all');
    }));
    expect(both.map(({name}) => name).filter((name) => /^(Step|Equal)$/.test(name))).toEqual(['Step', 'Equal']);
  });
}
