import {itAgrees} from '../support/agreement';
import {describeOnBackends} from '../support/backends';
import {softmaxLossAgreement} from '../support/cases';

describeOnBackends('softmaxLoss', () => {
  describe('agrees with the reference', () => itAgrees(softmaxLossAgreement));
});
