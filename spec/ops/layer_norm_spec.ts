import {itAgrees} from '../support/agreement';
import {describeOnBackends} from '../support/backends';
import {layerNormAgreement} from '../support/cases';

describeOnBackends('layerNorm', () => {
  describe('agrees with the reference', () => itAgrees(layerNormAgreement));
});
