import {array, reluBackward, reluForward} from '../../src/reference';
import type {ReferenceArray, ReluOptions} from '../../src/reference';
import {itThrows} from '../support/messages';
import {distinctArray, expectGradient, numericGradient, randomArray} from '../support/numeric_gradient';

const vector = (...values: number[]) => array([values.length], values);
const forward = (x: ReferenceArray, options?: ReluOptions) => Array.from(reluForward(x, options).out.data);
const backward = (x: ReferenceArray, dout: ReferenceArray, options?: ReluOptions) =>
  Array.from(reluBackward(dout, reluForward(x, options).cache).dx.data);

describe('reference relu', () => {
  it('is max(0, x), and passes dout where x > 0', () => {
    const x = array([2, 3], [-2, -0.5, 0, 0.5, 2, -1]);
    const {out, cache} = reluForward(x);
    expect(out).toEqual(array([2, 3], [0, 0, 0, 0.5, 2, 0]));
    expect(reluBackward(array([2, 3], [1, 2, 3, 4, -5, 6]), cache).dx).toEqual(array([2, 3], [0, 0, 0, 4, -5, 0]));
  });

  it('makes a plain 0 of -0', () => {
    expect(forward(vector(-0))).toEqual([0]);
  });

  it('keeps NaN in the forward, and infinities on their side', () => {
    expect(forward(vector(NaN, Infinity, -Infinity))).toEqual([NaN, Infinity, 0]);
    expect(forward(vector(NaN), {negativeSlope: 0.5, threshold: 1, maxValue: 2})).toEqual([NaN]);
  });

  it('masks with 0 whatever dout holds', () => {
    const dout = vector(NaN, Infinity, -Infinity, NaN, 7);
    expect(backward(vector(-1, 0, -Infinity, 2, NaN), dout)).toEqual([0, 0, 0, NaN, 0]);
    expect(backward(vector(Infinity), vector(3))).toEqual([3]);
    expect(backward(vector(9, 6, NaN), vector(NaN, Infinity, NaN), {maxValue: 6, negativeSlope: 2})).toEqual([0, 0, 0]);
  });

  it('follows the formula with a slope, a threshold and a limit', () => {
    const options = {negativeSlope: 0.5, threshold: 1, maxValue: 3};
    const x = vector(-1, 0, 1, 2, 3, 4);
    expect(forward(x, options)).toEqual([-1, -0.5, 1, 2, 3, 3]);
    expect(backward(x, vector(10, 10, 10, 10, 10, 10), options)).toEqual([5, 5, 5, 10, 0, 0]);
  });

  it('is 0 below a threshold without a slope', () => {
    expect(forward(vector(-1, 0.5, 1, 1.5), {threshold: 1})).toEqual([0, 0, 1, 1.5]);
    expect(backward(vector(-1, 0.5, 1, 1.5), vector(2, 2, 2, 2), {threshold: 1})).toEqual([0, 0, 0, 2]);
  });

  it('lets maxValue win over a threshold above it', () => {
    expect(forward(vector(0, 1, 2, 4), {threshold: 3, maxValue: 1})).toEqual([0, 1, 1, 1]);
    expect(backward(vector(0, 1, 2, 4), vector(7, 7, 7, 7), {threshold: 3, maxValue: 1})).toEqual([0, 0, 0, 0]);
  });

  it('takes a maxValue of null for none, and of 0 for 0', () => {
    expect(forward(vector(-1, 9), {maxValue: null})).toEqual([0, 9]);
    expect(forward(vector(-1, 9), {maxValue: 0})).toEqual([0, 0]);
  });

  const options: ReluOptions[] = [
    {}, {negativeSlope: 0.1}, {threshold: 0.5}, {maxValue: 0.7}, {negativeSlope: 0.3, threshold: -0.4, maxValue: 0.6},
  ];
  options.forEach((option) => {
    it(`matches central differences: ${JSON.stringify(option)}`, () => {
      const x = distinctArray([2, 3, 4], 1);
      const dout = randomArray(x.shape, 2);
      const {dx} = reluBackward(dout, reluForward(x, option).cache);
      expectGradient(dx, numericGradient((moved) => reluForward(moved, option).out, x, dout), 'dx');
    });
  });

  const x = vector(1, 2);
  const {cache} = reluForward(x);
  const refusals: Array<[string, () => unknown, RegExp]> = [
    ['an unknown option', () => reluForward(x, {alpha: 1} as ReluOptions),
      /^reluForward: unknown option 'alpha'\. The options are negativeSlope, threshold, maxValue/],
    ['a slope of NaN', () => reluForward(x, {negativeSlope: NaN}), /negativeSlope must be a finite number\. Got NaN/],
    ['a threshold in words', () => reluForward(x, {threshold: '1' as never}), /threshold must be.*Got '1'/],
    ['an infinite maxValue', () => reluForward(x, {maxValue: Infinity}), /maxValue must be.*Got Infinity/],
    ['x that is not an array', () => reluForward(3 as never), /^reluForward: x must be \{shape.*Got 3/],
    ['dout of another shape', () => reluBackward(vector(1), cache),
      /^reluBackward: dout must have shape \[2\].*Got \[1\]/],
    ['an empty cache', () => reluBackward(x, {} as never), /^reluBackward: cache must be the one that reluForward/],
    ['no cache', () => reluBackward(x, null as never), /cache must be the one that reluForward returned/],
  ];
  itThrows(refusals);
});
