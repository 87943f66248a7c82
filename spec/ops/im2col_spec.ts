import {itAgrees} from '../support/agreement';
import {describeOnBackends} from '../support/backends';
import {col2imAgreement, im2colAgreement} from '../support/cases';

describeOnBackends('im2col', () => {
  describe('agrees with the reference', () => itAgrees(im2colAgreement));
});

describeOnBackends('col2im', () => {
  describe('agrees with the reference', () => itAgrees(col2imAgreement));
});
