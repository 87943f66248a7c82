import {registerKernels} from '../../src/backends/registry';
import {kernels} from '../../src/backends';
import type {Kernels} from '../../src/backends';
import {describeOnBackends} from '../support/backends';
import {agreements} from '../support/cases';
import {propertyRuns} from '../support/random';

/** What runs on a backend without kernels of its own has to be right on each. */
describeOnBackends('kernels composed of tfjs operations', (backend) => {
  let own: Kernels;

  beforeAll(() => {
    own = kernels();
    registerKernels(backend, {});
  });

  afterAll(() => registerKernels(backend, own));

  for (const {op, declare} of agreements) describe(op, () => declare(Math.ceil(propertyRuns / 5)));
});
