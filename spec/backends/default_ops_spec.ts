import {describeOnBackends} from '../support/backends';
import {agreements} from '../support/cases';
import {replaceKernels} from '../support/composed';
import {propertyRuns} from '../support/random';

/**
 * The ops on a backend without kernels of its own. Every named case; of the random configurations, whose whole number the
 * specs of each op run on the same three backends, only so many as show that the compositions are no worse outside of the
 * named ones.
 */
describeOnBackends('ops on kernels composed of tfjs operations', (backend) => {
  let restore: () => void;

  beforeAll(() => {
    restore = replaceKernels(backend);
  });
  afterAll(() => restore());

  for (const {op, declare} of agreements) describe(op, () => declare(Math.ceil(propertyRuns / 15)));
});
