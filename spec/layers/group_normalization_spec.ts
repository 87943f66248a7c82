import {layers} from '../../src';
import {describeOnBackends} from '../support/backends';
import {describeLayer} from '../support/layer_checks';
import type {CommonArgs} from '../support/layer_checks';
import {expectRefusal} from '../support/matchers';

describeLayer('layers.groupNormalization', [
  {
    title: 'x=[3,4,6] groups 3',
    make: (common: CommonArgs) => layers.groupNormalization({groups: 3, ...common}),
    inputShape: [3, 4, 6], outputShape: [3, 4, 6], weights: {gamma: [6], beta: [6]},
    unknown: [[null, null, null, 6], [null, null, null, 6]],
  },
  {
    title: 'x=[4,3,2] a group for each channel, axis 1, no gamma',
    make: (common: CommonArgs) => layers.groupNormalization(
      {groups: -1, axis: 1, scale: false, betaConstraint: 'nonNeg', ...common}),
    inputShape: [4, 3, 2], outputShape: [4, 3, 2], weights: {beta: [4]},
  },
]);

describeOnBackends('layers.groupNormalization', () => {
  it('names what is wrong', async () => {
    await expectRefusal(() => layers.groupNormalization({name: 'gn'}).build([null, 4, 4, 8]),
      /layers\.groupNormalization 'gn': groups \(32\) must divide the channels of x \(8\)/);
    await expectRefusal(() => layers.groupNormalization({groups: 2, axis: 0}).build([null, 4]), /axis must not be the batch's/);
    await expectRefusal(() => layers.groupNormalization({groups: 0}), /groups must be a whole number/);
  });
});
