import {array, maxPoolBackward, maxPoolForward} from '../../src/reference';
import type {MaxPoolOptions, ReferenceArray, Ties} from '../../src/reference';
import {itThrows} from '../support/messages';
import {distinctArray, expectGradient, numericGradient, randomArray, tiedArray} from '../support/numeric_gradient';

const image = (height: number, width: number, ...values: number[]) => array([1, 1, height, width], values);
const square = (size: number, rest: Partial<MaxPoolOptions> = {}): MaxPoolOptions =>
  ({poolHeight: size, poolWidth: size, ...rest});
const values = (x: ReferenceArray) => Array.from(x.data);

/** dx for a dout of 1, 10, 100, ... window by window. */
const powersBack = (x: ReferenceArray, options: MaxPoolOptions) => {
  const {out, cache} = maxPoolForward(x, options);
  const dout = array(out.shape, values(out).map((_, i) => 10 ** i));
  return values(maxPoolBackward(dout, cache).dx);
};

describe('reference maxPoolForward', () => {
  it('F=2 S=2 halves both sides', () => {
    const x = array([1, 2, 4, 4], [
      1, 1, 2, 4, 5, 6, 7, 8, 3, 2, 1, 0, 1, 2, 3, 4,
      -1, -1, -2, -4, -5, -6, -7, -8, -3, -2, -1, 0, -1, -2, -3, -4,
    ]);
    const {out} = maxPoolForward(x, square(2, {stride: 2}));
    expect(out).toEqual(array([1, 2, 2, 2], [6, 8, 3, 4, -1, -2, -1, 0]));
  });

  it('F=3 S=2 overlaps', () => {
    const x = image(5, 5, ...[...Array(25).keys()].map((i) => (i * 7) % 25));
    // Rows: 0 7 14 21 3 | 10 17 24 6 13 | 20 2 9 16 23 | 5 12 19 1 8 | 15 22 4 11 18
    expect(maxPoolForward(x, square(3, {stride: 2})).out).toEqual(image(2, 2, 24, 24, 22, 23));
  });

  it('takes the window as the default stride, each side by itself', () => {
    const {out} = maxPoolForward(image(2, 6, 1, 2, 3, 4, 5, 6, 0, 0, 9, 0, 0, 0), {poolHeight: 1, poolWidth: 3});
    expect(out).toEqual(image(2, 2, 3, 6, 9, 0));
  });

  it('counts padding as minus infinity', () => {
    const {out} = maxPoolForward(image(2, 2, -5, -6, -7, -8), square(2, {stride: 2, pad: 1}));
    expect(out).toEqual(image(2, 2, -5, -6, -7, -8));
  });

  it('pads each side by its own', () => {
    const {out} = maxPoolForward(image(1, 3, 3, 1, 2), {poolHeight: 1, poolWidth: 2, stride: 1, pad: [[0, 0], [1, 0]]});
    expect(out).toEqual(image(1, 3, 3, 3, 2));
  });

  it('looks at every D-th pixel', () => {
    const {out} = maxPoolForward(image(1, 5, 0, 9, 1, 8, 2),
      {poolHeight: 1, poolWidth: 2, stride: 1, dilation: [1, 2]});
    expect(out).toEqual(image(1, 3, 1, 9, 2));
  });

  it('leaves out rows and columns that fill no window', () => {
    expect(maxPoolForward(image(3, 3, 1, 2, 9, 3, 4, 9, 9, 9, 9), square(2)).out).toEqual(image(1, 1, 4));
  });

  it('has NaN for every window that holds NaN, and infinities as they are', () => {
    const x = image(1, 8, NaN, 1, 2, NaN, -Infinity, -Infinity, Infinity, 3);
    expect(maxPoolForward(x, {poolHeight: 1, poolWidth: 2}).out).toEqual(image(1, 4, NaN, NaN, -Infinity, Infinity));
  });
});

describe('reference maxPoolBackward', () => {
  const tied = image(2, 4, 1, 1, 5, 5, 1, 0, 5, 5);
  const ties: Array<[Ties, number[]]> = [
    ['all', [1, 1, 10, 10, 1, 0, 10, 10]],
    ['first', [1, 0, 10, 0, 0, 0, 0, 0]],
    ['split', [1 / 3, 1 / 3, 2.5, 2.5, 1 / 3, 0, 2.5, 2.5]],
  ];
  ties.forEach(([rule, dx]) => {
    it(`divides ties: ${rule}`, () => expect(powersBack(tied, square(2, {ties: rule}))).toEqual(dx));
  });

  it('gives every maximum the full dout by default', () => {
    expect(powersBack(tied, square(2))).toEqual([1, 1, 10, 10, 1, 0, 10, 10]);
  });

  it('takes the first in row order, not in column order', () => {
    expect(powersBack(image(2, 2, 0, 1, 1, 0), square(2, {ties: 'first'}))).toEqual([0, 1, 0, 0]);
  });

  it('adds up where windows overlap', () => {
    expect(powersBack(image(1, 3, 0, 5, 1), {poolHeight: 1, poolWidth: 2, stride: 1})).toEqual([0, 11, 0]);
    expect(powersBack(image(1, 3, 5, 5, 5), {poolHeight: 1, poolWidth: 2, stride: 1})).toEqual([1, 11, 10]);
  });

  it('takes ties of -Infinity with padding for the pixels alone', () => {
    const x = image(1, 2, -Infinity, -Infinity);
    const options: MaxPoolOptions = {poolHeight: 1, poolWidth: 3, stride: 1, pad: [[0, 0], [1, 1]]};
    expect(powersBack(x, options)).toEqual([11, 11]);
    expect(powersBack(x, {...options, ties: 'split'})).toEqual([5.5, 5.5]);
  });

  it('passes nothing through a window that contains NaN', () => {
    const x = image(1, 4, NaN, 1, 2, 1);
    (['all', 'first', 'split'] as Ties[]).forEach((rule) => {
      expect(powersBack(x, {poolHeight: 1, poolWidth: 2, ties: rule})).toEqual([0, 0, 10, 0]);
    });
  });

  it('masks with 0 whatever dout holds', () => {
    const {cache} = maxPoolForward(image(1, 4, 1, 2, 4, 3), {poolHeight: 1, poolWidth: 2});
    expect(values(maxPoolBackward(image(1, 2, NaN, Infinity), cache).dx)).toEqual([0, NaN, Infinity, 0]);
  });

  it('passes nothing through a dilated window that meets padding alone', () => {
    const options: MaxPoolOptions = {poolHeight: 1, poolWidth: 2, stride: 1, pad: [0, 3], dilation: 4};
    // The windows start at -3 .. 1 and have two pixels: -3 and 1, -2 and 2, -1 and 3, 0 and 4, 1 and 5.
    const x = image(1, 3, 7, 8, 9);
    expect(maxPoolForward(x, options).out).toEqual(image(1, 5, 8, 9, -Infinity, 7, 8));
    expect(powersBack(x, options)).toEqual([1000, 10001, 10]);
  });

  const cases: Array<[string, number[], MaxPoolOptions]> = [
    ['F=2 S=2', [2, 2, 4, 6], square(2, {stride: 2})],
    ['F=3 S=2', [1, 2, 5, 7], square(3, {stride: 2})],
    ['F=3 S=2, left over', [1, 2, 6, 4], square(3, {stride: 2})],
    ['F=2x3 S=[1,2]', [1, 1, 4, 6], {poolHeight: 2, poolWidth: 3, stride: [1, 2]}],
    ['P=[[1,0],[0,2]]', [1, 2, 4, 4], square(3, {stride: 2, pad: [[1, 0], [0, 2]]})],
    ['P=[1,2] D=2', [1, 1, 5, 6], square(2, {stride: 2, pad: [1, 2], dilation: 2})],
    ['D=[1,2] S=3', [2, 1, 7, 8], square(3, {stride: 3, dilation: [1, 2]})],
  ];
  cases.forEach(([title, shape, options], i) => {
    (['all', 'first', 'split'] as Ties[]).forEach((rule) => {
      it(`matches central differences: x=${shape} ${title} ties=${rule}`, () => {
        const x = distinctArray(shape, i + 1);
        const option = {...options, ties: rule};
        const {out, cache} = maxPoolForward(x, option);
        const dout = randomArray(out.shape, i + 20);
        const {dx} = maxPoolBackward(dout, cache);
        expectGradient(dx, numericGradient((moved) => maxPoolForward(moved, option).out, x, dout), 'dx');
      });
    });

    it(`gives each window's gradient out once, split or first: x=${shape} ${title}`, () => {
      const x = tiedArray(shape, 2, i + 40);
      const sum = (array: ReferenceArray) => values(array).reduce((total, value) => total + value, 0);
      (['first', 'split'] as Ties[]).forEach((rule) => {
        const {out, cache} = maxPoolForward(x, {...options, ties: rule});
        const dout = randomArray(out.shape, i + 60);
        expect(sum(maxPoolBackward(dout, cache).dx)).toBeCloseTo(sum(dout), 12);
      });
    });
  });
});

describe('reference max pooling refuses', () => {
  const x = image(3, 4, ...Array(12).keys());
  const {cache} = maxPoolForward(x, square(2));
  const pool = (options: object) => () => maxPoolForward(x, options as MaxPoolOptions);
  const refusals: Array<[string, () => unknown, RegExp]> = [
    ['a missing poolHeight', pool({poolWidth: 2}),
      /^maxPoolForward: poolHeight must be a whole number >= 1\. Got undef/],
    ['poolWidth 0', pool({poolHeight: 2, poolWidth: 0}), /poolWidth must be a whole number >= 1\. Got 0/],
    ['stride -1', pool(square(2, {stride: -1})), /stride must be a whole number >= 1.*Got -1/],
    ['dilation 0.5', pool(square(2, {dilation: 0.5})), /dilation must be a whole number >= 1.*Got 0\.5/],
    ['a negative pad', pool(square(2, {pad: [0, -1]})), /pad must be a whole number >= 0.*Got \[0,-1\]/],
    ['a pad as high as the window', pool({poolHeight: 2, poolWidth: 4, pad: 2}),
      /the pad on each side must be smaller than the window's span 2x4.*Got pad \[\[2,2\],\[2,2\]\]/],
    ['a pad as high as the window, on top alone', pool(square(2, {pad: [[2, 0], [0, 0]]})),
      /must be smaller than the window's span 2x2/],
    ['a pad as wide as the window, on one side', pool(square(2, {pad: [[0, 0], [0, 2]]})),
      /must be smaller than the window's span 2x2/],
    ['a pad as wide as the dilated window', pool(square(2, {pad: [1, 3], dilation: 2})), /the window's span 3x3/],
    ['a window that does not fit', pool(square(4)), /the window spans 4x4.*the padded image is only 3x4/],
    ['another rule for ties', pool(square(2, {ties: 'last' as Ties})),
      /ties must be 'all', 'first' or 'split'\. Got 'last'/],
    ['an unknown option', pool({...square(2), poolSize: 2}), /unknown option 'poolSize'\. The options are poolHeight/],
    ['no options', pool(undefined as never), /options must be an object.*Got undefined/],
    ['x of rank 3', () => maxPoolForward(array([1, 2, 2], [1, 2, 3, 4]), square(2)), /x must have 4 axes/],
    ['dout of another shape', () => maxPoolBackward(x, cache),
      /^maxPoolBackward: dout must have shape \[1,1,1,2\].*Got \[1,1,3,4\]/],
    ['an empty cache', () => maxPoolBackward(x, {} as never), /^maxPoolBackward: cache must be the one that maxPoolForward/],
    ['another cache', () => maxPoolBackward(x, {x} as never), /cache must be the one that maxPoolForward returned/],
  ];
  itThrows(refusals, '');

  it('no pad that is smaller than the dilated window', () => {
    expect(maxPoolForward(x, square(2, {pad: [1, 2], dilation: 2, stride: 1})).out.shape).toEqual([1, 1, 3, 6]);
  });
});
