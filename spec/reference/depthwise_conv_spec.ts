import {array, convBackward, convForward, depthwiseConvBackward, depthwiseConvForward} from '../../src/reference';
import type {WindowOptions} from '../../src/reference';
import {itThrows} from '../support/messages';
import {expectGradient, numericGradient, randomArray} from '../support/numeric_gradient';

const cases: Array<[title: string, x: number[], w: number[], options: WindowOptions]> = [
  ['S=1 P=0', [2, 3, 4, 5], [3, 1, 3, 2], {}],
  ['M=2 S=2 P=1', [1, 2, 5, 4], [2, 2, 3, 3], {stride: 2, pad: 1}],
  ['M=3 S=[2,3] P=[[0,1],[2,0]]', [2, 2, 5, 6], [2, 3, 2, 3], {stride: [2, 3], pad: [[0, 1], [2, 0]]}],
  ['D=[1,3] S=[3,2] P=2', [1, 2, 5, 7], [2, 1, 3, 2], {stride: [3, 2], pad: 2, dilation: [1, 3]}],
  ['1x1', [2, 3, 2, 3], [3, 2, 1, 1], {}],
  ['rows and columns left over', [1, 1, 6, 7], [1, 2, 2, 2], {stride: 3}],
];

describe('reference depthwiseConvForward', () => {
  it('keeps the channels apart, M in a row for each', () => {
    const x = array([1, 2, 1, 2], [1, 2, 10, 20]);
    const w = array([2, 2, 1, 2], [1, 1, 1, -1, 0, 1, 2, 0]);
    const {out} = depthwiseConvForward(x, w, array([4], [0, 0, 0, 5]));
    expect(out).toEqual(array([1, 4, 1, 1], [3, -1, 20, 25]));
  });

  cases.forEach(([title, xShape, wShape, options], i) => {
    it(`is a convolution with a group per channel: x=${xShape} w=${wShape} ${title}`, () => {
      const [x, w, b] = [randomArray(xShape, i), randomArray(wShape, i + 20), randomArray([wShape[0] * wShape[1]], i + 40)];
      const asGroups = array([wShape[0] * wShape[1], 1, wShape[2], wShape[3]], w.data);
      const depthwise = depthwiseConvForward(x, w, b, options);
      const grouped = convForward(x, asGroups, b, {...options, groups: wShape[0]});
      expect(depthwise.out).toEqual(grouped.out);
      const dout = randomArray(depthwise.out.shape, i + 60);
      const [own, same] = [depthwiseConvBackward(dout, depthwise.cache), convBackward(dout, grouped.cache)];
      expectGradient(own.dx, same.dx, 'dx', 1e-12);
      expectGradient(own.dw, array(wShape, same.dw.data), 'dw', 1e-12);
      expectGradient(own.db, same.db!, 'db', 1e-12);
    });
  });
});

describe('reference depthwiseConvBackward', () => {
  cases.forEach(([title, xShape, wShape, options], i) => {
    it(`matches central differences: x=${xShape} w=${wShape} ${title}`, () => {
      const [x, w, b] = [randomArray(xShape, i), randomArray(wShape, i + 20), randomArray([wShape[0] * wShape[1]], i + 40)];
      const {out, cache} = depthwiseConvForward(x, w, b, options);
      const dout = randomArray(out.shape, i + 60);
      const {dx, dw, db} = depthwiseConvBackward(dout, cache);
      expectGradient(dx, numericGradient((v) => depthwiseConvForward(v, w, b, options).out, x, dout), 'dx');
      expectGradient(dw, numericGradient((v) => depthwiseConvForward(x, v, b, options).out, w, dout), 'dw');
      expectGradient(db, numericGradient((v) => depthwiseConvForward(x, w, v, options).out, b, dout), 'db');
    });
  });

  it('has no db without b', () => {
    const {out, cache} = depthwiseConvForward(randomArray([1, 1, 3, 3], 1), randomArray([1, 1, 2, 2], 2), null);
    expect(depthwiseConvBackward(out, cache).db).toBeNull();
  });
});

describe('reference depthwise convolution refuses', () => {
  const [x, w] = [randomArray([1, 2, 4, 4], 1), randomArray([2, 3, 3, 3], 2)];
  const {cache} = depthwiseConvForward(x, w, null);
  itThrows([
    ['filters for other channels', () => depthwiseConvForward(x, randomArray([3, 1, 2, 2], 3), null),
      /depthwiseConvForward: x has 2 channels but w has filters for 3/],
    ['a bias of another length', () => depthwiseConvForward(x, w, array([2], [1, 2])), /b must have shape \[6\]/],
    ['groups', () => depthwiseConvForward(x, w, null, {groups: 2} as never), /unknown option 'groups'/],
    ['a filter that does not fit', () => depthwiseConvForward(x, randomArray([2, 1, 5, 5], 3), null), /spans 5x5/],
    ['a dout of another shape', () => depthwiseConvBackward(x, cache), /dout must have shape \[1,6,2,2\]/],
    ['a cache of another op', () => depthwiseConvBackward(x, {} as never), /the one that depthwiseConvForward returned/],
  ], '');
});
