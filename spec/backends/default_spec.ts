/** What runs on a backend without kernels of its own, kernel by kernel: it has to be right on each. */
import {kernelInfo, kernels} from '../../src/backends';
import {defaultKernels} from '../../src/backends/default';
import type {Kernels} from '../../src/backends';
import {describeOnBackends} from '../support/backends';
import {replaceKernels} from '../support/composed';
import {declareKernels} from '../support/kernel_specs';

describeOnBackends('kernels composed of tfjs operations', (backend) => {
  let own: Kernels;
  let restore: () => void;

  beforeEach(() => {
    own = kernels();
    restore = replaceKernels(backend);
  });
  afterEach(() => restore());

  it('are what a backend without kernels of its own gets', () => {
    expect(kernels()).toBe(defaultKernels);
    expect(kernelInfo()).toEqual({set: 'composed', threads: 1, relaxed: false, reason: 'the specs want them'});
    expect(own.conv2d).not.toBe(defaultKernels.conv2d);
  });

  declareKernels({paddedProducts: true, denormals: backend === 'tensorflow', threads: true});
});
