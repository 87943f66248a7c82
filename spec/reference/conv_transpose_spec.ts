import {array, convBackward, convForward, convTransposeBackward, convTransposeForward} from '../../src/reference';
import type {ConvTransposeOptions} from '../../src/reference';
import {itThrows} from '../support/messages';
import {expectGradient, numericGradient, randomArray} from '../support/numeric_gradient';

const cases: Array<[title: string, x: number[], w: number[], options: ConvTransposeOptions, out: number[]]> = [
  ['S=1 P=0', [2, 3, 4, 5], [3, 2, 3, 2], {}, [2, 2, 6, 6]],
  ['S=2 P=1 outputPad=1', [1, 2, 3, 4], [2, 3, 3, 3], {stride: 2, pad: 1, outputPad: 1}, [1, 3, 6, 8]],
  ['S=[2,3] outputPad=[1,2] P=[[0,1],[2,0]]', [2, 2, 2, 3], [2, 1, 2, 3],
    {stride: [2, 3], outputPad: [1, 2], pad: [[0, 1], [2, 0]]}, [2, 1, 4, 9]],
  ['D=[1,3] S=[3,2]', [1, 2, 2, 3], [2, 2, 3, 2], {stride: [3, 2], dilation: [1, 3]}, [1, 2, 6, 8]],
  ['F smaller than S: places that nothing reaches', [1, 1, 2, 2], [1, 1, 1, 1], {stride: 3, outputPad: 2}, [1, 1, 6, 6]],
];

const inputs = (xShape: number[], wShape: number[], i: number) =>
  [randomArray(xShape, i), randomArray(wShape, i + 20), randomArray([wShape[1]], i + 40)] as const;

describe('reference convTransposeForward', () => {
  it('spreads each entry over its window', () => {
    const {out} = convTransposeForward(array([1, 1, 1, 2], [1, 10]), array([1, 1, 1, 3], [1, 2, 3]), array([1], [100]),
      {stride: [1, 2], outputPad: [0, 1]});
    expect(out).toEqual(array([1, 1, 1, 6], [101, 102, 113, 120, 130, 100]));
  });

  cases.forEach(([title, xShape, wShape, options, outShape], i) => {
    it(`is the adjoint of a convolution: x=${xShape} w=${wShape} ${title}`, () => {
      const [x, w] = inputs(xShape, wShape, i);
      const {out} = convTransposeForward(x, w, null, options);
      expect(out.shape).toEqual(outShape);
      const {outputPad: _, ...window} = options;
      const convolution = convForward(randomArray(outShape, i + 80), w, null, window);
      expect(convolution.out.shape).toEqual(xShape);
      expectGradient(out, convBackward(x, convolution.cache).dx, 'out', 1e-12);
    });
  });
});

describe('reference convTransposeBackward', () => {
  cases.forEach(([title, xShape, wShape, options], i) => {
    it(`matches central differences: x=${xShape} w=${wShape} ${title}`, () => {
      const [x, w, b] = inputs(xShape, wShape, i);
      const {out, cache} = convTransposeForward(x, w, b, options);
      const dout = randomArray(out.shape, i + 60);
      const {dx, dw, db} = convTransposeBackward(dout, cache);
      expectGradient(dx, numericGradient((v) => convTransposeForward(v, w, b, options).out, x, dout), 'dx');
      expectGradient(dw, numericGradient((v) => convTransposeForward(x, v, b, options).out, w, dout), 'dw');
      expectGradient(db, numericGradient((v) => convTransposeForward(x, w, v, options).out, b, dout), 'db');
    });
  });

  it('has no db without b', () => {
    const {out, cache} = convTransposeForward(randomArray([1, 1, 3, 3], 1), randomArray([1, 1, 2, 2], 2), null);
    expect(convTransposeBackward(out, cache).db).toBeNull();
  });
});

describe('reference transposed convolution refuses', () => {
  const [x, w] = [randomArray([1, 2, 4, 4], 1), randomArray([2, 3, 3, 3], 2)];
  const {cache} = convTransposeForward(x, w, null);
  itThrows([
    ['filters for other channels', () => convTransposeForward(x, randomArray([3, 2, 2, 2], 3), null),
      /convTransposeForward: x has 2 channels but w has filters for 3/],
    ['a bias of another length', () => convTransposeForward(x, w, array([2], [1, 2])), /b must have shape \[3\]/],
    ['an outputPad as large as the stride', () => convTransposeForward(x, w, null, {stride: 2, outputPad: 2}),
      /outputPad must be a whole number >= 0 below the stride \[2,2\]/],
    ['an outputPad that is no whole number', () => convTransposeForward(x, w, null, {stride: 2, outputPad: 0.5}), /Got 0.5/],
    ['padding that leaves nothing', () => convTransposeForward(x, w, null, {pad: 3}), /leaves an output of 0x0/],
    ['an unknown option', () => convTransposeForward(x, w, null, {groups: 2} as never), /unknown option 'groups'/],
    ['a dout of another shape', () => convTransposeBackward(x, cache), /dout must have shape \[1,3,6,6\]/],
    ['a cache of another op', () => convTransposeBackward(x, {} as never), /the one that convTransposeForward returned/],
  ], '');
});
