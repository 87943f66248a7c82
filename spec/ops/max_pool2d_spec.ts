import {itAgrees} from '../support/agreement';
import {describeOnBackends} from '../support/backends';
import {maxPool2dAgreement} from '../support/cases';

describeOnBackends('maxPool2d', () => {
  describe('agrees with the reference', () => itAgrees(maxPool2dAgreement));
});
