import * as fc from 'fast-check';

import {
  axesOf, checkPoolPadding, checkWindow, dilatedSize, inputShape, normalizePadding, normalizePair,
  outputLength, outputShape, placeWindow, sidePadding, tiles,
} from '../src/geometry';
import type {WindowOptions} from '../src/geometry';
import {show} from '../src/validate';

type Padding = 'valid' | 'same' | [number, number];

const place = (size: [number, number], kernel: unknown, options: WindowOptions = {}) =>
  placeWindow('op', checkWindow('op', 'kernelSize', kernel, options), [2, ...size, 3]);

describe('outputLength', () => {
  const lengths: [W: number, F: number, S: number, D: number, P: Padding, out: number, source: string][] = [
    [5, 3, 2, 1, [1, 1], 3, 'the demo: (5 - 3 + 2)/2 + 1'],
    [227, 11, 4, 1, 'valid', 55, 'im2col: (227 - 11)/4 + 1'],
    [32, 3, 1, 1, [1, 1], 32, 'F=3 S=1 P=1 keeps the size'],
    [32, 2, 2, 1, 'valid', 16, 'pooling halves'],
    [7, 7, 1, 1, 'valid', 1, 'fully connected as 7x7'],
    [12, 7, 1, 1, 'valid', 6, '(12 - 7)/1 + 1'],
    [7, 3, 3, 1, 'valid', 2, 'a pixel is left over'],
    [7, 3, 2, 2, 'valid', 2, 'F\' = 5'],
    [7, 3, 2, 1, 'same', 4, 'ceil(7/2)'],
    [3, 3, 5, 1, 'same', 1, 'ceil(3/5)'],
    [2, 4, 1, 1, [2, 1], 2, 'the window is larger than the image'],
    [1, 1, 1, 1, 'valid', 1, 'a single pixel'],
  ];
  for (const [W, kernel, stride, dilation, padding, out, source] of lengths) {
    it(`W=${W} F=${kernel} S=${stride} D=${dilation} P=${padding}: ${out}, ${source}`, () => {
      expect(outputLength('op', 'height', W, {kernel, stride, dilation, padding, exactFit: false})).toBe(out);
    });
  }

  it('an unknown size stays unknown', () => {
    expect(outputLength('op', 'width', null, {kernel: 3, stride: 2, dilation: 1, padding: 'same', exactFit: true})).toBeNull();
  });

  it('counts the positions of a window that stays inside the padded axis', () => {
    const size = (least: number, most: number) => fc.integer({min: least, max: most});
    fc.assert(fc.property(size(1, 20), size(1, 5), size(1, 4), size(1, 3), size(0, 4), size(0, 4),
      (W, kernel, stride, dilation, before, after) => {
        const padded = W + before + after;
        const extent = dilatedSize(kernel, dilation);
        fc.pre(padded >= extent);
        let positions = 0;
        for (let start = 0; start + extent <= padded; start += stride) positions++;
        const window = {kernel, stride, dilation, padding: [before, after] as Padding, exactFit: false};
        return outputLength('op', 'height', W, window) === positions;
      }), {numRuns: 300, seed: 1});
    expect(true).toBeTrue();
  });

  const exact = {kernel: 3, stride: 2, dilation: 1, padding: 'valid' as Padding, exactFit: true};
  it('exactFit takes what divides', () => expect(outputLength('op', 'height', 7, exact)).toBe(3));
  it('exactFit refuses what does not, and says what would', () => {
    expect(() => outputLength('op', 'height', 8, exact)).toThrowError(
      'op: exactFit: (W - F + 2P)/S + 1 = (8 - 3 + 0)/2 + 1 is not a whole number along the height. ' +
      'Use height 7 or 9.');
  });
  it('exactFit names no size of 0', () => {
    expect(() => outputLength('op', 'width', 1, {...exact, kernel: 4, stride: 5, padding: [2, 2]})).toThrowError(
      /along the width\. Use width 5\.$/);
  });
  it('exactFit counts the padding of both sides', () => {
    expect(() => outputLength('op', 'height', 4, {...exact, padding: [1, 3]})).toThrowError(
      /\(4 - 3 \+ 4\)\/2 \+ 1 is not a whole number along the height\. Use height 3 or 5\.$/);
  });
  it('refuses a window that does not fit', () => {
    expect(() => outputLength('op', 'width', 2, {...exact, dilation: 2, padding: [1, 1]})).toThrowError(
      'op: a window of 5 (kernel 3, dilation 2) does not fit the padded width 4 (2 + 1 + 1). ' +
      'Use a smaller kernel or more padding.');
  });
});

describe('sidePadding', () => {
  const pads: [padding: Padding, W: number, F: number, S: number, D: number, pad: [number, number]][] = [
    ['valid', 7, 3, 2, 1, [0, 0]],
    ['same', 7, 3, 1, 1, [1, 1]],
    ['same', 6, 3, 2, 1, [0, 1]],
    ['same', 5, 2, 1, 1, [0, 1]],
    ['same', 7, 3, 1, 2, [2, 2]],
    ['same', 7, 4, 1, 1, [1, 2]],
    ['same', 4, 1, 3, 1, [0, 0]],
    [[2, 3], 9, 3, 1, 1, [2, 3]],
  ];
  for (const [padding, W, F, S, D, pad] of pads) {
    it(`P=${padding} W=${W} F=${F} S=${S} D=${D}: ${pad}, the odd one at the end`, () =>
      expect(sidePadding(padding, W, F, S, D)).toEqual(pad));
  }
});

describe('normalizePadding', () => {
  it('spells out every form', () => {
    expect(normalizePadding('op', 'valid')).toBe('valid');
    expect(normalizePadding('op', 'same')).toBe('same');
    expect(normalizePadding('op', 2)).toEqual([[2, 2], [2, 2]]);
    expect(normalizePadding('op', [1, 2])).toEqual([[1, 1], [2, 2]]);
    expect(normalizePadding('op', [[1, 2], [3, 4]])).toEqual([[1, 2], [3, 4]]);
  });
  const wrong = [-1, 0.5, NaN, Infinity, '1', 'Same', null, undefined, true, [1], [1, 2, 3], [1, -1], [[1, 2], 3], [3, [1, 2]],
    [[1, 2], [3]], [[1, 2], [3, NaN]], {}];
  for (const padding of wrong) {
    it(`refuses ${show(padding)}`, () =>
      expect(() => normalizePadding('op', padding)).toThrowError(/^op: padding must be 'valid', 'same', a whole number.*Got /));
  }
});

describe('normalizePair', () => {
  it('takes one number or two', () => {
    expect(normalizePair('op', 'strides', 2)).toEqual([2, 2]);
    expect(normalizePair('op', 'strides', [2, 3])).toEqual([2, 3]);
  });
  for (const value of [0, -1, 1.5, NaN, '2', null, [1], [1, 2, 3], [1, 0], [1, '2']]) {
    it(`refuses ${show(value)}`, () =>
      expect(() => normalizePair('op', 'strides', value)).toThrowError(
        `op: strides must be a whole number of at least 1 or a pair of them, [vertical, horizontal]. Got ${show(value)}. ` +
        'Pass such a number or pair.'));
  }
});

describe('placeWindow', () => {
  it('x=[2,5,7,3] F=3,2 S=2,1 P=[1,0] D=1,2', () => {
    const g = place([5, 7], [3, 2], {strides: [2, 1], padding: [1, 0], dilationRate: [1, 2]});
    expect(g).toEqual({
      batch: 2, channels: 3, inSize: [5, 7], kernel: [3, 2], strides: [2, 1], dilation: [1, 2], padding: [[1, 1], [0, 0]],
      outSize: [3, 5], dataFormat: 'channelsLast',
    });
    expect(inputShape(g)).toEqual([2, 5, 7, 3]);
    expect(outputShape(g, 9)).toEqual([2, 3, 5, 9]);
  });

  it('reads channelsFirst shapes', () => {
    const window = checkWindow('op', 'kernelSize', 3, {dataFormat: 'channelsFirst'});
    const g = placeWindow('op', window, [2, 3, 5, 7]);
    expect([g.channels, g.inSize, g.outSize]).toEqual([3, [5, 7], [3, 5]]);
    expect(inputShape(g)).toEqual([2, 3, 5, 7]);
    expect(outputShape(g, 9)).toEqual([2, 9, 3, 5]);
    expect(axesOf('channelsFirst')).toEqual({batch: 0, height: 2, width: 3, channels: 1});
  });

  for (const [dataFormat, layout] of [['channelsLast', '[N, H, W, C]'], ['channelsFirst', '[N, C, H, W]']] as const) {
    it(`refuses another rank, in the layout it expects, ${dataFormat}`, () => {
      const window = checkWindow('op', 'kernelSize', 3, {dataFormat});
      expect(() => placeWindow('op', window, [5, 7, 3])).toThrowError(
        `op: x must have rank 4 (${layout}). Got [5,7,3]. Reshape it.`);
    });
  }

  for (const option of ['strides', 'dilationRate', 'padding', 'exactFit', 'dataFormat']) {
    it(`names the option it refuses, ${option}`, () =>
      expect(() => checkWindow('op', 'kernelSize', 3, {[option]: 'no'})).toThrowError(new RegExp(`^op: ${option} must be`)));
  }
  it('names the size of the window as the op calls it', () =>
    expect(() => checkWindow('op', 'poolSize', 0, {})).toThrowError(/^op: poolSize must be/));

  it('takes null for absent options', () => {
    const options = {strides: null, padding: null, dilationRate: null, dataFormat: null, exactFit: null};
    expect(checkWindow('op', 'kernelSize', 3, options as never)).toEqual(checkWindow('op', 'kernelSize', 3, {}));
  });

  it('refuses other data formats', () =>
    expect(() => checkWindow('op', 'kernelSize', 3, {dataFormat: 'NHWC' as never})).toThrowError(
      /^op: dataFormat must be one of 'channelsLast', 'channelsFirst'/));
});

describe('tiles', () => {
  it('windows side by side', () => expect(tiles(place([4, 6], 2, {strides: 2}))).toBeTrue());
  it('with something left over', () => expect(tiles(place([5, 7], [2, 3], {strides: [2, 3]}))).toBeTrue());
  for (const [what, kernel, options] of [
    ['overlap', 3, {strides: 2}], ['gaps', 2, {strides: 3}], ['padding', 2, {strides: 2, padding: 1}],
    ['padding on top', 2, {strides: 2, padding: [[1, 0], [0, 0]]}],
    ['padding at the bottom', 2, {strides: 2, padding: [[0, 1], [0, 0]]}],
    ['padding on the left', 2, {strides: 2, padding: [[0, 0], [1, 0]]}],
    ['padding on the right', 2, {strides: 2, padding: [[0, 0], [0, 1]]}], ['dilation', 2, {strides: 2, dilationRate: 2}],
  ] as [string, number, WindowOptions][]) {
    it(`not with ${what}`, () => expect(tiles(place([8, 8], kernel, options))).toBeFalse());
  }
});

describe('checkPoolPadding', () => {
  const check = (kernel: number, padding: WindowOptions['padding'], dilationRate = 1) => () =>
    checkPoolPadding('op', checkWindow('op', 'poolSize', kernel, {padding, dilationRate}));
  it('takes padding smaller than the window', () => {
    expect(check(2, 1)).not.toThrow();
    expect(check(2, 2, 2)).not.toThrow();
    expect(check(1, 'same')).not.toThrow();
  });
  it('refuses padding as large', () => {
    expect(check(2, 2)).toThrowError('op: padding along the height must be smaller than the window (2), since a window ' +
      'of only padding has nothing to pool. Got [2,2]. Pad less, or use a larger window.');
    expect(check(2, [[0, 0], [3, 0]], 2)).toThrowError(/op: padding along the width must be smaller than the window \(3\)/);
  });
});
