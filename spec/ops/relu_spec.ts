import {itAgrees} from '../support/agreement';
import {describeOnBackends} from '../support/backends';
import {reluAgreement} from '../support/cases';

describeOnBackends('relu', () => {
  describe('agrees with the reference', () => itAgrees(reluAgreement));
});
