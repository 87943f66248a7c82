import {array, batchNormBackward, batchNormForward, layerNormBackward, layerNormForward} from '../../src/reference';
import type {LayerNormOptions, ReferenceArray} from '../../src/reference';
import {itThrows} from '../support/messages';
import {expectGradient, numericGradient, randomArray} from '../support/numeric_gradient';

const transpose = (x: ReferenceArray) => {
  const [rows, columns] = x.shape;
  return array([columns, rows],
    Array.from({length: rows * columns}, (_, i) => x.data[(i % rows) * columns + Math.floor(i / rows)]));
};

describe('reference layer norm', () => {
  it('normalises each row by its uncorrected variance', () => {
    // Row 0: mean 2, variance 1; row 1: mean 20, variance 100.
    const x = array([2, 2], [1, 3, 10, 30]);
    const {out} = layerNormForward(x, array([2], [1, 2]), array([2], [0, 5]), {eps: 0});
    expect(out).toEqual(array([2, 2], [-1, 7, -1, 7]));
  });

  it('adds eps to the variance, 1e-5 unless told', () => {
    const x = array([1, 2], [1, 3]);
    expect(layerNormForward(x, null, null, {eps: 3}).out).toEqual(array([1, 2], [-0.5, 0.5]));
    expect(layerNormForward(x, null, null).out.data[1]).toBeCloseTo(1 / Math.sqrt(1 + 1e-5), 14);
  });

  it('is batch norm of the transpose, as in the document', () => {
    const x = randomArray([3, 5], 1);
    const gamma = randomArray([5], 2);
    const beta = randomArray([5], 3);
    const dout = randomArray([3, 5], 4);
    const {out, cache} = layerNormForward(x, gamma, beta);
    // Batch norm of x^T with rows scaled afterwards: gamma belongs to the rows of x^T, not to its columns.
    const turned = batchNormForward(transpose(x), null, null, {mode: 'train'});
    const scaled = transpose(turned.out).data.map((value, i) => value * gamma.data[i % 5] + beta.data[i % 5]);
    out.data.forEach((value, i) => expect(value).toBeCloseTo(scaled[i], 13));
    const dxHat = array([3, 5], dout.data.map((value, i) => value * gamma.data[i % 5]));
    const dx = transpose(batchNormBackward(transpose(dxHat), turned.cache).dx);
    expectGradient(layerNormBackward(dout, cache).dx, dx, 'dx', 1e-12, 1e-13);
  });

  it('has gamma in the order of the axes of x, however axis names them', () => {
    const x = randomArray([2, 2, 3], 5);
    const gamma = randomArray([2, 3], 6);
    const {out} = layerNormForward(x, gamma, null, {axis: [1, 2]});
    expect(layerNormForward(x, gamma, null, {axis: [-1, 1]}).out).toEqual(out);
    const flat = layerNormForward({shape: [2, 6], data: x.data}, {shape: [6], data: gamma.data}, null).out;
    expect(out.data).toEqual(flat.data);
  });

  it('normalises over axes that do not lie together', () => {
    // For each c, over n and w: c = 0 has 1, 3, 5, 7, c = 1 has 0 four times.
    const x = array([2, 2, 2], [1, 3, 0, 0, 5, 7, 0, 0]);
    const a = Math.sqrt(5);
    const {out} = layerNormForward(x, array([2, 2], [a, 2 * a, 3 * a, 4 * a]), array([2, 2], [0, 10, 20, 30]),
      {axis: [0, 2], eps: 1e-30});
    [-3, 8, 0, 10, 23, 42, 20, 30].forEach((value, i) => expect(out.data[i]).toBeCloseTo(value, 12));
  });

  it('normalises over everything', () => {
    expect(layerNormForward(array([2, 1], [1, 3]), null, null, {axis: [0, 1], eps: 0}).out)
      .toEqual(array([2, 1], [-1, 1]));
  });

  const cases: Array<[number[], LayerNormOptions]> = [
    [[3, 5], {}],
    [[2, 3, 4], {axis: -1, eps: 0.1}],
    [[2, 3, 4], {axis: 1}],
    [[3, 4], {axis: 0}],
    [[2, 3, 2, 2], {axis: [1, 2, 3]}],
    [[2, 3, 2, 3], {axis: [3, 1]}],
    [[2, 3, 2], {axis: [0, -1]}],
    [[2, 3], {axis: [0, 1]}],
    [[6], {}],
  ];
  cases.forEach(([shape, options], i) => {
    const axes = [options.axis ?? -1].flat().map((axis) => (axis + shape.length) % shape.length).sort();
    const sizes = axes.map((axis) => shape[axis]);
    const x = randomArray(shape, 10 * i);
    const gamma = randomArray(sizes, 10 * i + 1);
    const beta = randomArray(sizes, 10 * i + 2);
    const dout = randomArray(shape, 10 * i + 3);

    it(`matches central differences: x=${shape} ${JSON.stringify(options)}`, () => {
      const {dx, dgamma, dbeta} = layerNormBackward(dout, layerNormForward(x, gamma, beta, options).cache);
      expectGradient(dx, numericGradient((moved) => layerNormForward(moved, gamma, beta, options).out, x, dout), 'dx');
      expectGradient(dgamma,
        numericGradient((moved) => layerNormForward(x, moved, beta, options).out, gamma, dout), 'dgamma');
      expectGradient(dbeta,
        numericGradient((moved) => layerNormForward(x, gamma, moved, options).out, beta, dout), 'dbeta');
    });

    it(`does without gamma and beta: x=${shape} ${JSON.stringify(options)}`, () => {
      const {dx, dgamma, dbeta} = layerNormBackward(dout, layerNormForward(x, null, null, options).cache);
      expectGradient(dx, numericGradient((moved) => layerNormForward(moved, null, null, options).out, x, dout), 'dx');
      expect([dgamma, dbeta]).toEqual([null, null]);
    });
  });

  const x = randomArray([2, 3, 4], 7);
  const {cache} = layerNormForward(x, null, null);
  const norm = (options: object) => () => layerNormForward(x, null, null, options);
  const refusals: Array<[string, () => unknown, RegExp]> = [
    ['gamma of another axis', () => layerNormForward(x, randomArray([3], 1), null),
      /^layerNormForward: gamma must have shape \[4\], the sizes of axes \[2\] of x \[2,3,4\]\. Got \[3\]/],
    ['gamma in the order of axis', () => layerNormForward(x, randomArray([4, 3], 1), null, {axis: [2, 1]}),
      /gamma must have shape \[3,4\], the sizes of axes \[1,2\].*Got \[4,3\]/],
    ['beta of the wrong rank', () => layerNormForward(x, null, randomArray([1, 4], 1)), /beta must have shape \[4\]/],
    ['an axis that x does not have', norm({axis: 3}), /axis must be a whole number from -3 to 2.*Got 3/],
    ['an axis far below', norm({axis: [0, -4]}), /axis must be a whole number from -3 to 2.*Got -4/],
    ['an axis that is not whole', norm({axis: 0.5}), /axis must be a whole number.*Got 0\.5/],
    ['an axis twice', norm({axis: [2, -1]}), /axis must name at least one axis, and each once\. Got \[2,-1\]/],
    ['no axis', norm({axis: []}), /axis must name at least one axis.*Got \[\]/],
    ['a negative eps', norm({eps: -1e-3}), /eps must be a finite number >= 0\. Got -0\.001/],
    ['an unknown option', norm({axes: 1}), /unknown option 'axes'\. The options are eps, axis/],
    ['x that is not an array', () => layerNormForward(null as never, null, null), /x must be \{shape.*Got null/],
    ['dout of another shape', () => layerNormBackward(randomArray([2, 4, 3], 1), cache),
      /^layerNormBackward: dout must have shape \[2,3,4\].*Got \[2,4,3\]/],
    ['an empty cache', () => layerNormBackward(x, {} as never),
      /^layerNormBackward: cache must be the one that layerNormForward/],
    ['no cache', () => layerNormBackward(x, 1 as never),
      /cache must be the one that layerNormForward returned\. Got 1/],
  ];
  itThrows(refusals);
});
