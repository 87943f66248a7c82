import * as tf from '@tensorflow/tfjs-core';

import {groupNorm, layerNorm} from '../../src/ops';
import type {GroupNormOptions} from '../../src/ops';
import {itAgrees} from '../support/agreement';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {groupNormAgreement} from '../support/cases';
import {expectClose} from '../support/matchers';
import {randomValues} from '../support/random';
import {itRefuses} from '../support/refusals';
import {toleranceOf} from '../support/tolerances';

describeOnBackends('ops.groupNorm', () => {
  it('normalises neighbours together, and scales by the channel', async () => {
    const out = groupNorm([[1, 3, 10, 30]], [1, 2, 1, 1], [0, 0, 0, 5], {groups: 2, epsilon: 1e-12});
    await expectClose(out, [[-1, 2, -1, 6]], toleranceOf('groupNorm'));
  });

  describe('agrees with the reference', () => itAgrees(groupNormAgreement));

  it('of one group is layer norm over all but the batch', async () => {
    const x = toTensor(randomValues([2, 3, 4, 5], 1));
    await expectClose(groupNorm(x, null, null, {groups: 1}), layerNorm(x, null, null, {axis: [1, 2, 3]}),
      toleranceOf('groupNorm'));
  });

  const of = (title: string, shape: number[], options: object, message: RegExp) => ({
    title, given: () => [tf.zeros(shape)], message,
    call: (x: tf.Tensor) => groupNorm(x, null, null, options as GroupNormOptions),
  });
  itRefuses('groupNorm', [
    of('no groups', [2, 4], {}, /groups must be a whole number of at least 1.*Got undefined/),
    of('groups 0', [2, 4], {groups: 0}, /groups must be a whole number of at least 1.*Got 0/),
    of('groups that do not divide', [2, 3, 6], {groups: 4},
      /groups \(4\) must divide the channels of x \(6\)\. Use one of \[1,2,3,6\]/),
    of('the axis of the batch', [4, 4], {groups: 2, axis: 0}, /axis must not be the batch's, 0/),
    of('an axis that is not there', [4, 4], {groups: 2, axis: 2}, /axis must name axes of x/),
    of('x of rank 1', [4], {groups: 2}, /x must have rank 2 or more/),
    {title: 'gamma per group', given: () => [tf.zeros([2, 3, 4]), tf.zeros([2])], message: /gamma must have the shape.*\[4\]\. Got \[2\]/,
      call: (x: tf.Tensor, gamma: tf.Tensor) => groupNorm(x, gamma, null, {groups: 2})},
  ]);
});
