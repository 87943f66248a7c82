import {affineBackward, affineForward, array, convForward} from '../../src/reference';
import {itThrows} from '../support/messages';
import {expectGradient, numericGradient, randomArray} from '../support/numeric_gradient';

describe('reference affine', () => {
  it('multiplies rows by columns and adds the bias', () => {
    const w = array([2, 3], [1, 0, 1, 0, 1, 10]);
    const {out} = affineForward(array([2, 2], [1, 2, 3, 4]), w, array([3], [0, 100, 0]));
    expect(out).toEqual(array([2, 3], [1, 102, 21, 3, 104, 43]));
  });

  it('flattens every example', () => {
    const x = randomArray([2, 3, 2, 2], 1);
    const w = randomArray([12, 5], 2);
    const flat = {shape: [2, 12], data: x.data};
    expect(affineForward(x, w, null).out).toEqual(affineForward(flat, w, null).out);
    expect(affineForward(array([2], [3, 4]), array([1, 2], [1, 10]), null).out).toEqual(array([2, 2], [3, 30, 4, 40]));
  });

  it('equals a convolution whose filter covers the image', () => {
    const x = randomArray([2, 3, 4, 4], 3);
    const filters = randomArray([5, 3, 4, 4], 4);
    const b = randomArray([5], 5);
    const w = array([48, 5], Array.from({length: 240}, (_, i) => filters.data[(i % 5) * 48 + Math.floor(i / 5)]));
    const {out} = affineForward(x, w, b);
    const {out: volume} = convForward(x, filters, b, {stride: 1, pad: 0});
    expect(volume.shape).toEqual([2, 5, 1, 1]);
    out.data.forEach((value, i) => expect(value).toBeCloseTo(volume.data[i], 12));
  });

  [[2, 3], [3, 2, 2], [2, 1, 2, 3], [4]].forEach((shape, i) => {
    it(`matches central differences: x=${shape}`, () => {
      const x = randomArray(shape, 10 * i);
      const D = x.data.length / shape[0];
      const w = randomArray([D, 3], 10 * i + 1);
      const b = randomArray([3], 10 * i + 2);
      const {out, cache} = affineForward(x, w, b);
      const dout = randomArray(out.shape, 10 * i + 3);
      const {dx, dw, db} = affineBackward(dout, cache);
      expectGradient(dx, numericGradient((moved) => affineForward(moved, w, b).out, x, dout), 'dx');
      expectGradient(dw, numericGradient((moved) => affineForward(x, moved, b).out, w, dout), 'dw');
      expectGradient(db, numericGradient((moved) => affineForward(x, w, moved).out, b, dout), 'db');
    });
  });

  it('has no db without a bias', () => {
    const {out, cache} = affineForward(array([1, 1], [1]), array([1, 1], [1]), null);
    expect(affineBackward(out, cache).db).toBeNull();
  });

  const x = randomArray([2, 3, 2], 6);
  const w = randomArray([6, 4], 7);
  const {cache} = affineForward(x, w, null);
  const refusals: Array<[string, () => unknown, RegExp]> = [
    ['w of the wrong length', () => affineForward(x, randomArray([5, 4], 1), null),
      /^affineForward: an example of x flattens to 6 .* w expects 5 .*Got x \[2,3,2\], w \[5,4\]\. Use a w of \[6,4\]/],
    ['w of rank 3', () => affineForward(x, randomArray([6, 4, 1], 1), null), /w must have 2 axes, \[D, M\]/],
    ['x that is not an array', () => affineForward(null as never, w, null), /^affineForward: x must be \{shape.*Got null/],
    ['x of rank 0', () => affineForward(array([], [1]), w, null), /x must have a batch axis/],
    ['b of the wrong length', () => affineForward(x, w, randomArray([3], 1)), /b must have shape \[4\].*Got \[3\]/],
    ['dout of another shape', () => affineBackward(x, cache),
      /^affineBackward: dout must have shape \[2,4\].*Got \[2,3,2\]/],
    ['no cache', () => affineBackward(x, {} as never), /cache must be the one that affineForward returned/],
  ];
  itThrows(refusals);
});
