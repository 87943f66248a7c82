import {itAgrees} from '../support/agreement';
import {describeOnBackends} from '../support/backends';
import {batchNormAgreement} from '../support/cases';

describeOnBackends('batchNorm', () => {
  describe('agrees with the reference', () => itAgrees(batchNormAgreement));
});
