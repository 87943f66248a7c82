/** How a backend gets kernels, and gives them back. */
import * as tf from '@tensorflow/tfjs-core';

import {kernelInfo, kernels, readsAtOnce} from '../../src/backends';
import {defaultKernels} from '../../src/backends/default';
import {composedSet, registerKernels} from '../../src/backends/registry';
import {backendNames, describeOnBackends} from '../support/backends';

describeOnBackends('kernels that are registered', (backend) => {
  it('serve until they are taken back', async () => {
    const before = kernels();
    const mine = {...defaultKernels};
    const restore = registerKernels(backend, () => composedSet('a spec', mine));
    expect(kernels()).toBe(mine);
    expect(kernelInfo()).toEqual({set: 'composed', threads: 1, relaxed: false, reason: 'a spec'});
    await tf.profile(() => {
      expect(kernels()).withContext('what is composed is watched by itself').toBe(mine);
      return tf.scalar(0);
    });
    restore();
    expect(kernels()).toBe(before);
  });
});

describe('a backend without kernels of its own', () => {
  const name = 'spec-backend';

  beforeEach(async () => {
    tf.registerBackend(name, tf.findBackendFactory(backendNames[0]!), 0);
    await tf.setBackend(name);
  });
  afterEach(async () => {
    await tf.setBackend(backendNames[0]!);
    tf.removeBackend(name);
  });

  it('gets those composed of tfjs operations, and is told why', () => {
    expect(kernels()).toBe(defaultKernels);
    expect(kernelInfo()).toEqual({set: 'composed', threads: 1, relaxed: false,
      reason: `This build of tfjs-explicit-layers has no kernels for the backend ${name}. Use another one, such ` +
          'as cpu, wasm or webgl.'});
  });

  it('is without them again after some were taken back', () => {
    const mine = {...defaultKernels};
    registerKernels(name, () => composedSet('', mine))();
    expect(kernels()).toBe(defaultKernels);
    expect(kernelInfo().reason).toMatch(/has no kernels for the backend/);
  });
});

describe('a value', () => {
  for (const [name, isAtOnce] of [['webgl', false], ['webgpu', false], ['cpu', true]] as const) {
    it(`is ${isAtOnce ? 'at once' : 'not'} read on ${name}`, async () => {
      const isThere = tf.findBackendFactory(name) !== null;
      if (!isThere) tf.registerBackend(name, tf.findBackendFactory(backendNames[0]!), 0);
      try {
        if (!await tf.setBackend(name)) pending(`${name} does not start`);
        expect(readsAtOnce()).toBe(isAtOnce);
      } finally {
        await tf.setBackend(backendNames[0]!);
        if (!isThere) tf.removeBackend(name);
      }
    });
  }
});
