import {itAgrees} from '../support/agreement';
import {describeOnBackends} from '../support/backends';
import {conv2dAgreement} from '../support/cases';

describeOnBackends('conv2d', () => {
  describe('agrees with the reference', () => itAgrees(conv2dAgreement));
});
