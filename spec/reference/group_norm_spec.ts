import {array, groupNormBackward, groupNormForward, layerNormForward} from '../../src/reference';
import {itThrows} from '../support/messages';
import {expectGradient, numericGradient, randomArray} from '../support/numeric_gradient';

describe('reference groupNormForward', () => {
  it('normalises each group of channels of each example', () => {
    // Groups {1, 3} and {10, 30}: means 2 and 20, standard deviations 1 and 10.
    const {out} = groupNormForward(array([1, 4], [1, 3, 10, 30]), array([4], [1, 2, 1, 1]), array([4], [0, 0, 5, 0]),
      {groups: 2, eps: 0});
    expect(out).toEqual(array([1, 4], [-1, 2, 4, 1]));
  });

  it('with one group is layer norm over all axes but the batch', () => {
    const x = randomArray([2, 4, 3, 2], 1);
    const layerNorm = layerNormForward(x, null, null, {axis: [1, 2, 3], eps: 1e-3});
    expectGradient(groupNormForward(x, null, null, {groups: 1, eps: 1e-3}).out, layerNorm.out, 'out', 1e-12);
  });

  it('with -1 is instance norm: one group per channel', () => {
    const x = randomArray([2, 3, 2, 5], 2);
    const layerNorm = layerNormForward(x, null, null, {axis: [2, 3]});
    expectGradient(groupNormForward(x, null, null, {groups: -1}).out, layerNorm.out, 'out', 1e-12);
  });
});

describe('reference groupNormBackward', () => {
  const cases: Array<[number[], number]> = [
    [[2, 4, 3, 2], 2], [[3, 6], 3], [[1, 6, 2, 2], 1], [[2, 3, 4], -1], [[2, 4, 2, 1, 3], 4],
  ];
  cases.forEach(([shape, groups], i) => {
    it(`matches central differences: x=${shape} groups=${groups}`, () => {
      const options = {groups, eps: 1e-2};
      const [x, gamma, beta] = [randomArray(shape, i), randomArray([shape[1]], i + 20), randomArray([shape[1]], i + 40)];
      const {out, cache} = groupNormForward(x, gamma, beta, options);
      const dout = randomArray(out.shape, i + 60);
      const {dx, dgamma, dbeta} = groupNormBackward(dout, cache);
      expectGradient(dx, numericGradient((v) => groupNormForward(v, gamma, beta, options).out, x, dout), 'dx', 1e-6, 1e-8);
      expectGradient(dgamma, numericGradient((v) => groupNormForward(x, v, beta, options).out, gamma, dout), 'dgamma');
      expectGradient(dbeta, numericGradient((v) => groupNormForward(x, gamma, v, options).out, beta, dout), 'dbeta');
    });
  });

  it('has no dgamma and dbeta without gamma and beta', () => {
    const {out, cache} = groupNormForward(randomArray([2, 2], 1), null, null, {groups: 1});
    const {dgamma, dbeta} = groupNormBackward(out, cache);
    expect([dgamma, dbeta]).toEqual([null, null]);
  });
});

describe('reference group norm refuses', () => {
  const x = randomArray([2, 6, 2, 2], 1);
  const {cache} = groupNormForward(x, null, null, {groups: 2});
  itThrows([
    ['groups that do not divide', () => groupNormForward(x, null, null, {groups: 4}), /divides the 6 channels.*\[1,2,3,6\]/],
    ['no groups', () => groupNormForward(x, null, null, {} as never), /groups must be a whole number.*Got undefined/],
    ['a gamma of another length', () => groupNormForward(x, array([2], [1, 2]), null, {groups: 2}), /one value per channel/],
    ['one axis', () => groupNormForward(array([3], [1, 2, 3]), null, null, {groups: 1}), /a batch axis and a channel axis/],
    ['a negative eps', () => groupNormForward(x, null, null, {groups: 2, eps: -1}), /eps must be a finite number >= 0/],
    ['a dout of another shape', () => groupNormBackward(array([1, 1], [1]), cache), /dout must have shape \[2,6,2,2\]/],
  ], '');
});
