import {composedSet, registerKernels} from '../../src/backends/registry';
import {kernelInfo, kernels} from '../../src/backends';
import {defaultKernels} from '../../src/backends/default';
import type {Kernels} from '../../src/backends';
import {describeOnBackends} from '../support/backends';
import {agreements} from '../support/cases';
import {declareKernels} from '../support/kernel_specs';
import {propertyRuns} from '../support/random';

/**
 * What runs on a backend without kernels of its own has to be right on each. Every named case; of the random
 * configurations, whose whole number the specs of each op run on the same three backends, only so many as show that the
 * compositions are no worse outside of the named ones.
 */
describeOnBackends('kernels composed of tfjs operations', (backend) => {
  let own: Kernels;

  let restore: () => void;

  beforeAll(() => {
    own = kernels();
    const composed = composedSet('the specs want them');
    restore = registerKernels(backend, () => composed);
  });

  afterAll(() => restore());

  it('are what a backend without kernels of its own gets', () => {
    expect(kernels()).toBe(defaultKernels);
    expect(kernelInfo()).toEqual({set: 'composed', threads: 1, relaxed: false, reason: 'the specs want them'});
    expect(own.conv2d).not.toBe(defaultKernels.conv2d);
  });

  describe('kernel by kernel', () => declareKernels({paddedProducts: true, denormals: backend === 'tensorflow'}));

  for (const {op, declare} of agreements) describe(op, () => declare(Math.ceil(propertyRuns / 15)));
});
