import {array, softmaxLoss} from '../../src/reference';
import type {Labels} from '../../src/reference';
import {itThrows} from '../support/messages';
import {expectGradient, numericGradient, randomArray} from '../support/numeric_gradient';

describe('reference softmaxLoss', () => {
  it('is log C for equal scores', () => {
    const {loss, dx} = softmaxLoss(array([2, 4], new Array(8).fill(3)), [0, 3]);
    expect(loss).toBeCloseTo(Math.log(4), 14);
    [-0.375, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, -0.375].forEach((value, i) => {
      expect(dx.data[i]).toBeCloseTo(value, 14);
    });
  });

  it('averages over the rows: scores log 1, log 3 have probabilities 1/4, 3/4', () => {
    const x = array([2, 2], [0, Math.log(3), 0, Math.log(3)]);
    const {loss, dx} = softmaxLoss(x, [0, 1]);
    expect(loss).toBeCloseTo((Math.log(4) + Math.log(4 / 3)) / 2, 14);
    [-0.375, 0.375, 0.125, -0.125].forEach((value, i) => expect(dx.data[i]).toBeCloseTo(value, 14));
  });

  it('takes classes in every form, and one-hot rows for the same', () => {
    const x = randomArray([3, 4], 1);
    const wanted = softmaxLoss(x, [3, 0, 2]);
    const forms: Labels[] = [
      Int32Array.of(3, 0, 2), array([3], [3, 0, 2]), array([3, 1], [3, 0, 2]),
      array([3, 4], [0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0]),
    ];
    forms.forEach((y) => expect(softmaxLoss(x, y)).toEqual(wanted));
  });

  it('is right beside scores of 1e30, where 1e30 + 1 is 1e30', () => {
    const {loss, dx} = softmaxLoss(array([1, 3], [1e30, 1e30, -1e30]), [1]);
    expect(loss).toBeCloseTo(Math.log(2), 12);
    expect(Array.from(dx.data)).toEqual([0.5, -0.5, 0]);
  });

  it('stays finite for scores of +-1e4', () => {
    const {loss, dx} = softmaxLoss(array([2, 2], [1e4, -1e4, -1e4, 1e4]), [1, 1]);
    expect(loss).toBe(1e4);
    expect(Array.from(dx.data)).toEqual([0.5, -0.5, 0, 0]);
  });

  it('has loss 0 for a single class, by class and by weight', () => {
    const x = array([2, 1], [5, -3]);
    const none = {loss: 0, dx: array([2, 1], [0, 0])};
    expect(softmaxLoss(x, [0, 0])).toEqual(none);
    expect(softmaxLoss(x, array([2, 1], [1, 1]))).toEqual(none);
  });

  it('scores of -Infinity cost nothing where the weight is 0', () => {
    const {loss, dx} = softmaxLoss(array([1, 3], [0, -Infinity, 0]), [2]);
    expect(loss).toBeCloseTo(Math.log(2), 14);
    expect(dx.data[1]).toBe(0);
  });

  it('keeps NaN', () => {
    const {loss, dx} = softmaxLoss(array([1, 2], [NaN, 0]), [1]);
    expect(loss).toBeNaN();
    expect(Array.from(dx.data)).toEqual([NaN, NaN]);
  });

  it('matches central differences: classes', () => {
    const x = randomArray([4, 3], 2);
    const {dx} = softmaxLoss(x, [2, 0, 1, 2]);
    expectGradient(dx, numericGradient((moved) => softmaxLoss(moved, [2, 0, 1, 2]).loss, x), 'dx');
  });

  it('matches central differences: weights that do not add up to 1', () => {
    const x = randomArray([3, 4], 3);
    const y = array([3, 4], [0.2, 0.8, 0, 0, 1, 2, 3, 0.5, 0, 0, 0, 0]);
    const {dx} = softmaxLoss(x, y);
    expectGradient(dx, numericGradient((moved) => softmaxLoss(moved, y).loss, x), 'dx');
    expect(Array.from(dx.data.slice(8))).toEqual([0, 0, 0, 0]);
  });

  const x = randomArray([2, 3], 4);
  const refusals: Array<[string, () => unknown, RegExp]> = [
    ['a class too large', () => softmaxLoss(x, [0, 3]),
      /^softmaxLoss: labels must be whole numbers from 0 to 2, the classes of x \[2,3\]\. Got 3 at row 1/],
    ['a negative class', () => softmaxLoss(x, [-1, 0]), /from 0 to 2.*Got -1 at row 0/],
    ['a class that is not whole', () => softmaxLoss(x, [0.5, 0]), /whole numbers.*Got 0\.5/],
    ['a NaN class', () => softmaxLoss(x, array([2], [NaN, 0])), /whole numbers.*Got NaN/],
    ['too few labels', () => softmaxLoss(x, [0]), /one label per row of x\. Got 1 labels for x \[2,3\]/],
    ['too many labels', () => softmaxLoss(x, array([3], [0, 1, 2])), /one label per row of x\. Got 3 labels/],
    ['weights of another shape', () => softmaxLoss(x, array([2, 2], [0, 1, 1, 0])),
      /y must have shape \[2\] \(classes\) or \[2,3\] \(weights\).*Got \[2,2\]/],
    ['weights transposed', () => softmaxLoss(x, array([3, 2], [0, 1, 1, 0, 1, 0])), /Got \[3,2\]/],
    ['weights for more rows', () => softmaxLoss(x, array([3, 3], new Float64Array(9))), /Got \[3,3\]/],
    ['one column of rank 3', () => softmaxLoss(x, array([2, 1, 1], [0, 1])), /Got \[2,1,1\]/],
    ['labels of rank 3', () => softmaxLoss(x, array([2, 3, 1], [0, 1, 1, 0, 1, 0])), /Got \[2,3,1\]/],
    ['rows of labels', () => softmaxLoss(x, [[0, 1, 0], [1, 0, 0]] as never), /whole numbers.*Got \[0,1,0\]/],
    ['no labels', () => softmaxLoss(x, undefined as never), /y must be 2 labels or an array \[2,3\].*Got undefined/],
    ['null for labels', () => softmaxLoss(x, null as never), /y must be 2 labels or an array \[2,3\].*Got null/],
    ['labels that are neither', () => softmaxLoss(x, {} as never), /y must be 2 labels or an array.*Got a Object/],
    ['labels with no float64', () => softmaxLoss(x, {shape: [2], data: [0, 1]} as never), /y must be \{shape.*data \[0,1\]/],
    ['x of rank 1', () => softmaxLoss(array([3], [1, 2, 3]), [0]), /x must have 2 axes, \[N, C\]/],
  ];
  itThrows(refusals);
});
