import {array} from '../../src/reference';
import type {ReferenceArray} from '../../src/reference';
import {
  at, checkArray, checkCache, checkNumber, checkOptions, checkShape, checkWhole, map, positionsAlong, readAxis, show, sizeOf,
  sumAt, zeros,
} from '../../src/reference/array';
import {itThrows} from '../support/messages';

describe('reference array', () => {
  it('copies shape and values', () => {
    const [shape, values] = [[2, 2], [1, 2, 3, 4]];
    const made = array(shape, values);
    shape[0] = values[0] = 9;
    expect(made).toEqual({shape: [2, 2], data: Float64Array.of(1, 2, 3, 4)});
  });

  it('of no axis holds one value', () => expect(array([], [7]).data).toEqual(Float64Array.of(7)));

  it('zeros copies its shape', () => {
    const shape = [2, 3];
    const made = zeros(shape);
    shape[0] = 9;
    expect(made).toEqual({shape: [2, 3], data: new Float64Array(6)});
  });

  it('map gives value and position, and leaves x alone', () => {
    const x = array([3], [1, 2, 3]);
    const mapped = map(x, (value, position) => 10 * value + position);
    expect(mapped).toEqual({shape: [3], data: Float64Array.of(10, 21, 32)});
    expect(x.data).toEqual(Float64Array.of(1, 2, 3));
    mapped.shape[0] = 9;
    expect(x.shape).toEqual([3]);
  });

  it('counts and finds entries row by row', () => {
    expect([sizeOf([]), sizeOf([5]), sizeOf([2, 3, 4])]).toEqual([1, 5, 24]);
    const shape = [2, 3, 4, 5];
    let position = 0;
    for (let a = 0; a < 2; a++) for (let b = 0; b < 3; b++) for (let c = 0; c < 4; c++) for (let d = 0; d < 5; d++) {
      expect(at(shape, a, b, c, d)).toBe(position++);
    }
  });

  const along: [shape: number[], axes: number[], where: number[]][] = [
    [[2, 3], [0], [0, 0, 0, 1, 1, 1]],
    [[2, 3], [1], [0, 1, 2, 0, 1, 2]],
    [[2, 3], [0, 1], [0, 1, 2, 3, 4, 5]],
    [[2, 3], [], [0, 0, 0, 0, 0, 0]],
    [[2, 2, 2], [0, 2], [0, 1, 0, 1, 2, 3, 2, 3]],
  ];
  for (const [shape, axes, where] of along) {
    it(`positions of [${shape}] along [${axes}]`, () => expect(Array.from(positionsAlong(shape, axes))).toEqual(where));
  }

  it('sums what shares a position', () =>
    expect(sumAt(Int32Array.of(0, 1, 0, 2), 4, (i) => i + 1)).toEqual(Float64Array.of(4, 2, 4, 0)));

  it('reads an axis from both ends', () =>
    expect([0, 2, -1, -3].map((axis) => readAxis('f', axis, [4, 5, 6]))).toEqual([0, 2, 2, 0]));

  const shown: [value: unknown, text: string][] = [
    [undefined, 'undefined'], [1.5, '1.5'], [NaN, 'NaN'], ['a', '\'a\''], [[1, 'a', [2]], '[1,\'a\',[2]]'], [null, 'null'],
    [true, 'true'], [{shape: [2, 3]}, 'an array of shape [2,3]'], [{}, 'a Object'], [new Float32Array(1), 'a Float32Array'],
    [Object.create(null), 'a object'], [Symbol('s'), 'Symbol(s)'],
  ];
  for (const [value, text] of shown) it(`shows ${text}`, () => expect(show(value)).toBe(text));
});

describe('the checks of the reference', () => {
  const x = array([2, 3], [1, 2, 3, 4, 5, 6]);
  const odd = (value: unknown) => value as ReferenceArray;

  it('let pass what is right', () => {
    checkArray('f', 'x', x);
    checkArray('f', 'x', x, 2, '[N, D]');
    checkShape('f', 'x', x, [2, 3], 'so it is');
    checkOptions('f', {a: 1}, ['a', 'b']);
    checkCache('f', 'g', {a: 1, b: undefined}, ['a', 'b']);
    for (const value of [0, 0.5, 1]) checkNumber('f', 'p', value, 0, 1);
    checkNumber('f', 'p', -1e300);
    checkWhole('f', 'n', 1, 1);
    expect(true).toBeTrue();
  });

  const made = 'Make one with reference.array(shape, values).';
  itThrows([
    ['null for an array', () => checkArray('f', 'x', odd(null)),
      `f: x must be {shape: number[], data: Float64Array}. Got null. ${made}`],
    ['no shape', () => checkArray('f', 'x', odd({data: new Float64Array(1)})),
      `f: x must be {shape: number[], data: Float64Array}. Got a Object with data a Float64Array. ${made}`],
    ['numbers for data', () => checkArray('f', 'x', odd({shape: [1], data: [1]})),
      `f: x must be {shape: number[], data: Float64Array}. Got an array of shape [1] with data [1]. ${made}`],
    ['a size of 0', () => checkArray('f', 'x', odd({shape: [2, 0], data: new Float64Array(0)})),
      'f: every size of x must be a whole number >= 1. Got shape [2,0]. Leave out empty batches and empty axes.'],
    ['half a size', () => checkArray('f', 'x', odd({shape: [2, 0.5], data: new Float64Array(1)})), /every size of x.*Got shape \[2,0\.5\]/],
    ['too few values', () => array([2, 2], [1, 2, 3]),
      'array: the result of shape [2,2] needs 4 values. Got 3. Correct the shape or the data.'],
    ['another rank', () => checkArray('f', 'x', x, 4, '[N, C, H, W]'),
      'f: x must have 4 axes, [N, C, H, W]. Got shape [2,3]. Reshape it.'],
    ['more than one axis', () => checkArray('f', 'x', x, 1, '[N]'), 'f: x must have 1 axis, [N]. Got shape [2,3]. Reshape it.'],
    ['another shape', () => checkShape('f', 'x', x, [3, 2], 'the shape of w'),
      'f: x must have shape [3,2], the shape of w. Got [2,3]. Reshape it or pass the one that belongs here.'],
    ['a shape that differs in one size', () => checkShape('f', 'x', x, [2, 4], 'the shape of w'), /x must have shape \[2,4\].*Got \[2,3\]/],
    ['a shape that goes on', () => checkShape('f', 'x', x, [2, 3, 1], 'the shape of w'), /x must have shape \[2,3,1\].*Got \[2,3\]/],
    ['a shape that ends early', () => checkShape('f', 'x', x, [2], 'the shape of w'), /x must have shape \[2\].*Got \[2,3\]/],
    ['no array where a shape is wanted', () => checkShape('f', 'x', odd(1), [1], 'so'), /f: x must be \{shape/],
    ['null for options', () => checkOptions('f', null as never, ['a', 'b']),
      'f: the options must be an object with a, b. Got null. Pass {} for the defaults.'],
    ['a list for options', () => checkOptions('f', [], ['a']), /options must be an object.*Got \[\]/],
    ['a word for options', () => checkOptions('f', 'a' as never, ['a']), /options must be an object.*Got 'a'/],
    ['unknown options', () => checkOptions('f', {a: 1, c: 2, d: 3}, ['a', 'b']),
      'f: unknown option \'c\', \'d\'. The options are a, b. Correct the spelling or remove it.'],
    ['null for a cache', () => checkCache('f', 'g', null as never, []),
      'f: cache must be the one that g returned. Got null. Pass `cache` of g\'s result.'],
    ['a number for a cache', () => checkCache('f', 'g', 1 as never, []), /cache must be the one that g returned\. Got 1\. Pass/],
    ['a cache that lacks a part', () => checkCache('f', 'g', {a: 1}, ['a', 'b']), /cache must be the one that g returned/],
    ['a number in words', () => checkNumber('f', 'p', '1' as never),
      'f: p must be a finite number. Got \'1\'. Pass one, or leave it out for the default.'],
    ['an infinite number', () => checkNumber('f', 'p', Infinity), /p must be a finite number\. Got Infinity/],
    ['a number below', () => checkNumber('f', 'p', -0.1, 0), /p must be a finite number >= 0\. Got -0\.1/],
    ['a number above', () => checkNumber('f', 'p', 1.1, 0, 1), /p must be a finite number >= 0 and <= 1\. Got 1\.1/],
    ['a number above, with no lower end', () => checkNumber('f', 'p', 2, undefined, 1), /p must be a finite number <= 1\. Got 2/],
    ['half where it must be whole', () => checkWhole('f', 'n', 1.5, 1),
      'f: n must be a whole number >= 1. Got 1.5. Pass a whole number from 1 on.'],
    ['a whole number below', () => checkWhole('f', 'n', 0, 1), /n must be a whole number >= 1\. Got 0/],
    ['an axis beyond', () => readAxis('f', 2, [4, 5]),
      'f: axis must be a whole number from -2 to 1 for x of shape [4,5]. Got 2. Name an axis that x has.'],
    ['an axis below', () => readAxis('f', -3, [4, 5]), /axis must be a whole number from -2 to 1.*Got -3/],
    ['half an axis', () => readAxis('f', 0.5, [4, 5]), /axis must.*Got 0\.5/],
  ]);
});
