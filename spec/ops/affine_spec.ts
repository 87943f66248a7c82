import {itAgrees} from '../support/agreement';
import {describeOnBackends} from '../support/backends';
import {affineAgreement} from '../support/cases';

describeOnBackends('affine', () => {
  describe('agrees with the reference', () => itAgrees(affineAgreement));
});
